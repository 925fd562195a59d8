// The package's own engines, as they run in a page and in the Worker, in this process.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../js/tools/setup.mjs";
import { manifestOf } from "../stage.mjs";

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

/** Gives a page engine all of a published snapshot: its root, and every shard. */
export function adoptAll(engine, { published, id }) {
  const first = manifestOf(readFileSync(join(published, "manifest"), "utf8")).current.root;
  const read = (name) => new Uint8Array(readFileSync(join(published, "shard", name)));
  if (!engine.adopt(read(first), id)) throw new Error("the page engine does not take the root; build both anew");
  for (const name of readdirSync(join(published, "shard"))) if (name !== first) engine.extend(read(name));
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
