// Where the engines come from: files beside this script. Bundlers that know `new URL(…, import.meta.url)` move them along.
//
// `slotwise/inline` and `slotwise/global` are built with engine_inlined.ts and engine_global.ts in place of this file.

/** Fetches and compiles the page engine. A module is compiled once, and instantiated for each snapshot. */
export async function pageEngine(wasm?: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(wasm ?? new URL("./engine.wasm", import.meta.url));
  if (!response.ok) throw new Error(`${response.url}: status ${response.status}, expected 200`);
  // Streaming compilation needs the right content type.
  const streams = response.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** The full engine's file. It is beside the page engine's, if that one is somewhere else. */
export const fullEngine = (wasm?: string | URL): URL | Promise<Response> =>
  wasm ? new URL("full_bg.wasm", new URL(wasm, document.baseURI)) : new URL("./full_bg.wasm", import.meta.url);
