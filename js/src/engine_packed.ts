// The page engine inside of a script.

import { unpack } from "./unpack.js";

/** The engine, deflated, in base64. The build puts it here. */
declare const PAGE_ENGINE: string;

/** Compiles the page engine. */
export const unpacked = (): Promise<WebAssembly.Module> => WebAssembly.compileStreaming(unpack(PAGE_ENGINE));
