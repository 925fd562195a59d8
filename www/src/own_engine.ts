// An engine that is not the page's own, for the replay page and the playground: where its files are.

/** The full engine's file. */
export const full = new URL("full_bg.wasm", import.meta.url);

/** Fetches and compiles the page engine. */
export async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL("engine.wasm", import.meta.url));
  return WebAssembly.compile(await response.arrayBuffer());
}
