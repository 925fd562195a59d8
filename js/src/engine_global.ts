// Where the engines of `slotwise/global` come from. The page engine is in the script. The full engine, which only `explain()`
// needs, is a file beside the script; it must have the hash that was built in, so the script's own hash covers all code.

import { unpacked } from "./engine_packed.js";
import { script } from "./script.js";

/** The hash of `full_bg.wasm`. The build puts it here. */
declare const FULL_INTEGRITY: string;

/** Compiles the page engine: the one of `wasm`, if there is such a file. */
export const pageEngine = (wasm?: string | URL): Promise<WebAssembly.Module> =>
  wasm ? WebAssembly.compileStreaming(fetch(wasm)) : unpacked();

/** The full engine's file. */
export async function fullEngine(wasm?: string | URL): Promise<Response> {
  const base = wasm ? new URL(wasm, document.baseURI) : script;
  if (!base) throw new Error("full_bg.wasm is nowhere beside this script, because no script tag loaded it; give load() the option `wasm`");
  return fetch(new URL("full_bg.wasm", base), { integrity: FULL_INTEGRITY });
}

/** Addresses of the two engines' files, so that the ledger knows them. */
export const engineFiles = (wasm?: string | URL): (string | undefined)[] => [
  wasm && new URL(wasm, document.baseURI).href,
  new URL("full_bg.wasm", wasm ? new URL(wasm, document.baseURI) : (script ?? document.baseURI)).href,
];
