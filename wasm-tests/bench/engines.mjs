// The package's own engines, as they run in a page and in the Worker, in this process.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../js/tools/setup.mjs";

/** A script of the built package, and the Wasm module beside it. */
async function built(script, wasm) {
  const [code, module] = [script, wasm].map((name) => join(root, "js/dist", name));
  if (!existsSync(code) || !existsSync(module)) throw new Error(`js/dist has no ${script} with ${wasm} beside it; run \`npm run build\``);
  return { ...(await import(pathToFileURL(code).href)), module: new WebAssembly.Module(readFileSync(module)) };
}

/** Makes page engines. */
export async function pageEngine() {
  const { PageEngine, module } = await built("engine.js", "engine.wasm");
  return () => new PageEngine(new WebAssembly.Instance(module));
}

/** Opens snapshots with the Worker's engine, whole or made by a patch from one that is open. */
export async function edgeEngine() {
  const { initSync, Opening, module } = await built("edge_engine.js", "edge_engine_bg.wasm");
  initSync({ module });
  const open = (bytes, id) => {
    const opening = new Opening(bytes.length);
    opening.add(new Uint8Array(bytes));
    return opening.open(id);
  };
  open.patched = (shop, patch) => Opening.patched(shop, patch);
  return open;
}
