// Where the engines of `slotwise/inline` come from: scripts, so nothing has to be moved along and nothing is fetched but
// scripts. With the option `wasm` the files are used nevertheless.

import { unpacked } from "./engine_packed.js";
import { unpack } from "./unpack.js";

/** The full engine, deflated, in base64. The build puts it here. */
declare const FULL_ENGINE: string;

/** Compiles the page engine. */
export const pageEngine = (wasm?: string | URL): Promise<WebAssembly.Module> =>
  wasm ? WebAssembly.compileStreaming(fetch(wasm)) : unpacked();

/** The full engine. */
export const fullEngine = async (wasm?: string | URL): Promise<Response> =>
  wasm ? fetch(new URL("full_bg.wasm", new URL(wasm, document.baseURI))) : unpack(FULL_ENGINE);

/** Addresses of the two engines' files, so that the ledger knows them: none without the option `wasm`. */
export const engineFiles = (wasm?: string | URL): (string | undefined)[] =>
  wasm ? ["", "full_bg.wasm"].map((name) => new URL(name, new URL(wasm, document.baseURI)).href) : [];
