// The entry of development builds: the same package, which also says on the console what a developer must know. Bundlers
// choose it by the export condition `development`; what a shopper gets holds none of it.
//
// Some development servers move the scripts and forget the engine (Vite 5 and 6), although their builds do not. There the
// entry `slotwise/inline` stands in.

import { engineLost, watched } from "./hints.js";
import { load as plain } from "./index.js";
import type { LoadOptions, Slotwise } from "./types.js";

export * from "./index.js";

/** How a Wasm file begins. A development server may answer with a page for a file that it does not have. */
const MAGIC = "\0asm";

/** Whether the engine's file is beside this script. Without the network nobody knows, and it counts as there. */
async function engineIsThere(): Promise<boolean> {
  try {
    const response = await fetch(new URL("./engine.wasm", import.meta.url));
    return response.ok && (await response.text()).startsWith(MAGIC);
  } catch (cause) {
    // A script without an address has no file beside it.
    return !(cause instanceof TypeError && cause.message.includes("URL"));
  }
}

/** Starts Slotwise on this page and watches how it is used. See `load` of the production build. */
export async function load(options: LoadOptions): Promise<Slotwise> {
  if (options.wasm || (await engineIsThere())) return watched(plain, options);
  engineLost();
  return watched((await import("./inline.js")).load, options);
}
