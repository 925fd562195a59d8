// Bytes that travel: each file compressed by itself, as it is served or deployed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { sizes as compressed } from "../../js/tools/build.mjs";
import { root } from "../../js/tools/setup.mjs";

const dist = (name) => join(root, "js/dist", name);

/** The smallest bundle that a shop's bundler would make of an entry: its chunks, and who imports whom. */
async function chunks(entry, options = {}) {
  const settings = { bundle: true, splitting: true, format: "esm", target: "es2022", write: false, metafile: true, outdir: "out" };
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: [dist(entry)],
    logLevel: "warning",
    ...settings,
    ...options,
  });
  const bytes = new Map(outputFiles.map((file) => [file.path.slice(root.length + 1), Buffer.from(file.contents)]));
  const of = (name) => {
    const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === `js/dist/${name}`);
    if (!found) throw new Error(`js/dist/${entry} does not lead to ${name}; run \`npm run build\``);
    return found[0];
  };
  /** A chunk and all that it imports statically. */
  const reached = (path, found = new Set()) => {
    if (found.has(path)) return found;
    found.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path].imports) {
      if (kind === "import-statement" && !external) reached(next, found);
    }
    return found;
  };
  return { of, reached, all: new Set(bytes.keys()), bytes: (paths) => [...paths].map((path) => bytes.get(path)) };
}

function sum(files) {
  const all = files.map(compressed);
  const add = (kind) => all.reduce((total, each) => total + each[kind], 0) / 1000;
  return { raw: add("raw"), gzip: add("gzip"), brotli: add("brotli") };
}

/** The Worker as it is deployed: one bundled and minified script, and the Wasm that it imports. */
export async function worker() {
  const bundled = await chunks("edge.js", { minify: true, external: ["*.wasm"] });
  const [script, ...more] = bundled.bytes(bundled.reached(bundled.of("edge.js")));
  if (more.length) throw new Error(`the Worker's bundle has ${more.length + 1} scripts, expected one`);
  return { "edge.js": script, "edge_engine_bg.wasm": readFileSync(dist("edge_engine_bg.wasm")) };
}

/** The small entries by name, each with all that it brings along but React and the eager script. */
async function bindings() {
  const external = ["react", "slotwise"];
  const names = ["ga4", "react", "element", "stream", "contract"];
  const made = await Promise.all(names.map((name) => chunks(`${name}.js`, { minify: true, external })));
  return Object.fromEntries(names.map((name, at) => [name, sum(made[at].bytes(made[at].all))]));
}

/** What is compared with budgets, in kB. */
export async function measured() {
  const script = await chunks("index.js", { minify: true });
  const eager = script.reached(script.of("index.js"));
  const page = script.reached(script.of("page.js")).difference(eager);
  // In place of the Wasm, where a bundler has lost it.
  const packed = script.reached(script.of("engine_packed.js")).difference(page);
  // What is left comes with `explain()`.
  const exit = script.reached(script.of("exit.js")).difference(eager).difference(page);
  const overlay = script.reached(script.of("overlay.js")).difference(eager).difference(page);
  const asking = script.reached(script.of("asking.js")).difference(eager).difference(page);
  const lazy = exit.union(overlay).union(asking);
  const full = script.all.difference(eager).difference(page).difference(packed).difference(lazy);
  const inline = await chunks("inline.js", { minify: true });
  const inlineEager = inline.reached(inline.of("inline.js"));
  return {
    eager: sum(script.bytes(eager)),
    page: sum([...script.bytes(page), readFileSync(dist("engine.wasm"))]),
    exit: sum(script.bytes(exit)),
    overlay: sum(script.bytes(overlay)),
    asking: sum(script.bytes(asking)),
    packed: sum(script.bytes(packed)),
    inlineEager: sum(inline.bytes(inlineEager)),
    inlinePage: sum(inline.bytes(inline.reached(inline.of("inline_page.js")).difference(inlineEager))),
    global: sum([readFileSync(dist("slotwise.global.js"))]),
    full: sum([...script.bytes(full), readFileSync(dist("full_bg.wasm"))]),
    worker: sum(Object.values(await worker())),
    ...(await bindings()),
  };
}

/** The part `sizes`. */
export async function sizes({ report }) {
  const { eager, page, exit, overlay, asking, packed, inlineEager, inlinePage, full, worker: edge, global, ...entries } = await measured();
  const three = ({ raw, gzip, brotli }) => `${raw.toFixed(1)} kB raw, ${gzip.toFixed(1)} gzip, ${brotli.toFixed(1)} brotli`;
  report.figure("eager_brotli_kb", eager.brotli, "kB", {
    what: "script that must be there at once, minified with all it imports statically, brotli",
    note: three(eager),
  });
  report.figure("page_engine_brotli_kb", page.brotli, "kB", {
    what: "page engine: Wasm and the scripts that come with it, brotli",
    note: three(page),
  });
  report.figure("page_brotli_kb", page.brotli + eager.brotli, "kB", {
    what: "all that a page fetches of the package in the end, without `explain()`, brotli",
  });
  report.figure("packed_engine_brotli_kb", packed.brotli, "kB", {
    what: "page engine in a script, in place of its Wasm where a bundler loses that, brotli",
    note: three(packed),
  });
  report.figure("inline_eager_brotli_kb", inlineEager.brotli, "kB", {
    what: "`slotwise/inline`: script that must be there at once, brotli",
    note: three(inlineEager),
  });
  report.figure("inline_engine_brotli_kb", inlinePage.brotli, "kB", {
    what: "`slotwise/inline`: page engine and the scripts that come with it, brotli",
    note: three(inlinePage),
  });
  report.figure("global_brotli_kb", global.brotli, "kB", {
    what: "`slotwise/global`: one file with page engine, GA4 and the element, brotli",
    note: three(global),
  });
  report.figure("exit_brotli_kb", exit.brotli, "kB", { what: "panels on leaving, only where a page has one, brotli", note: three(exit) });
  report.figure("overlay_brotli_kb", overlay.brotli, "kB", {
    what: "live prices and stock, only where the shop publishes them, brotli",
    note: three(overlay),
  });
  report.figure("asking_brotli_kb", asking.brotli, "kB", {
    what: "questions to the edge, only where the plan keeps rows there, brotli",
    note: three(asking),
  });
  report.figure("full_engine_brotli_kb", full.brotli, "kB", { what: "full engine, fetched for `explain()`, brotli", note: three(full) });
  report.figure("worker_gzip_kb", edge.gzip, "kB", { what: "Worker: minified script and Wasm, gzip", note: three(edge) });
  for (const [name, size] of Object.entries(entries)) {
    report.figure(`${name}_brotli_kb`, size.brotli, "kB", {
      what: `\`slotwise/${name}\` without what other entries bring, minified, brotli`,
      note: three(size),
    });
  }
}
