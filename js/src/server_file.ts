// The engine's file for hosts that have files: Node, Deno and Bun. It stands beside this script.

import type { Load } from "./server_engine.js";

/** Reads a file, or fetches it where the package itself came from a server. */
async function read(url: URL): Promise<BufferSource> {
  if (url.protocol === "file:") return (await import("node:fs/promises")).readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}, expected 200`);
  return response.arrayBuffer();
}

/** Loads the engine beside this script, or the one that is named. */
export const load: Load = (wasm) => read(new URL(wasm ?? "./edge_engine_bg.wasm", import.meta.url));
