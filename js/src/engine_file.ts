// Where the engines come from: files beside this script. Bundlers that know `new URL(…, import.meta.url)` move them along.
//
// Some tools move the script only (esbuild, Bun, Rollup, and Vite 5 to 7 while developing). Then the page engine comes from a
// script instead, which any bundler moves along. It is larger, so it is the second choice.
//
// `slotwise/inline` and `slotwise/global` are built with engine_inlined.ts and engine_global.ts in place of this file.

/** Fetches and compiles the page engine. A module is compiled once, and instantiated for each snapshot. */
export async function pageEngine(wasm?: string | URL): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compileStreaming(fetch(wasm ?? new URL("./engine.wasm", import.meta.url)));
  } catch (cause) {
    const { unpacked } = await import("./engine_packed.js").catch(() => {
      throw cause;
    });
    return unpacked();
  }
}

/** Addresses of the two engines' files, so that the ledger knows them. */
export const engineFiles = (wasm?: string | URL): (string | undefined)[] => [
  new URL(wasm ?? new URL("./engine.wasm", import.meta.url), document.baseURI).href,
  fullEngine(wasm).href,
];

/** The full engine's file. It is beside the page engine's, if that one is somewhere else. */
export const fullEngine = (wasm?: string | URL): URL =>
  wasm ? new URL("full_bg.wasm", new URL(wasm, document.baseURI)) : new URL("./full_bg.wasm", import.meta.url);
