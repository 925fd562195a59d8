// Where the engines of `slotwise/inline` come from: this script, for bundlers that lose the files. Each engine is in a script
// of its own that loads when it is needed. With the option `wasm` the files are used nevertheless.

import * as file from "./engine_file.js";
import { unpack } from "./unpack.js";

/** The engines, deflated, in base64. The build puts them here. */
declare const PAGE_ENGINE: string;
declare const FULL_ENGINE: string;

/** Compiles the page engine. */
export const pageEngine = (wasm?: string | URL): Promise<WebAssembly.Module> =>
  wasm ? file.pageEngine(wasm) : WebAssembly.compileStreaming(unpack(PAGE_ENGINE));

/** The full engine. */
export const fullEngine = (wasm?: string | URL): URL | Promise<Response> =>
  wasm ? file.fullEngine(wasm) : Promise.resolve(unpack(FULL_ENGINE));
