// Where the engines of `slotwise/global` come from. The page engine is in the script. The full engine, which only `explain()`
// needs, is a file beside the script; it must have the hash that was built in, so the script's own hash covers all code.

import { unpack } from "./unpack.js";

/** The page engine, deflated, in base64, and the hash of `full_bg.wasm`. The build puts them here. */
declare const PAGE_ENGINE: string;
declare const FULL_INTEGRITY: string;

/** The address of this script. Known only while it runs for the first time. */
const script = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src;

/** Compiles the page engine: the one of `wasm`, if there is such a file. */
export const pageEngine = async (wasm?: string | URL): Promise<WebAssembly.Module> =>
  WebAssembly.compileStreaming(wasm ? fetch(wasm) : unpack(PAGE_ENGINE));

/** The full engine's file. */
export async function fullEngine(wasm?: string | URL): Promise<Response> {
  const base = wasm ? new URL(wasm, document.baseURI) : script;
  if (!base) throw new Error("this script was not loaded by a script tag, so give load() the option `wasm`");
  const response = await fetch(new URL("full_bg.wasm", base), { integrity: FULL_INTEGRITY });
  if (!response.ok) throw new Error(`${response.url}: status ${response.status}, expected 200`);
  return response;
}
