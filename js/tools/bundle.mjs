// Bundles the npm package from what tsc has written: `node js/tools/bundle.mjs FOLDER`, where FOLDER is beside `js/dist`, so
// that source maps name their sources from there. The engines must have been built.
//
// An entry is made in several variants by replacing inner modules. That costs a page no byte, unlike a choice at run time.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { sizes } from "./build.mjs";
import { root } from "./setup.mjs";

const folder = process.argv[2];
const engine = (name) => readFileSync(join(root, "js/dist", name));
const packed = (name) => JSON.stringify(deflateRawSync(engine(name), { level: 9 }).toString("base64"));
const integrity = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;

/** Replaces modules by others, and leaves out modules, under their own name or another. Names are those of imports. */
const modules = (swapped, left) => ({
  name: "modules",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer, kind, resolveDir }) => {
      if (kind === "entry-point") return undefined;
      if (path in left) return { path: left[path], external: true };
      const other = swapped[path];
      // The module in place of another may build upon it.
      return other && importer !== resolve(resolveDir, other) ? { path: resolve(resolveDir, other) } : undefined;
    });
  },
});

/** Bundles entries, by the names of their outputs. `left`: names of modules that stay imports; a list keeps the names. */
async function bundle(entries, { swapped = {}, left = {}, ...more }) {
  const outside = Array.isArray(left) ? Object.fromEntries(left.map((name) => [name, name])) : left;
  await build({
    absWorkingDir: folder,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([output, input]) => [output, `./${input}.js`])),
    outdir: folder,
    bundle: true,
    // Numbers of the contract stand where they are used, which the shop's own bundler cannot do any more.
    minifySyntax: true,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    allowOverwrite: true,
    logLevel: "warning",
    plugins: [modules(swapped, outside)],
    ...more,
  });
}

// Variants come first, because some modules are written over below.
const define = { PAGE_ENGINE: packed("engine.wasm"), FULL_ENGINE: packed("full_bg.wasm") };
await bundle(
  { inline: "index" },
  {
    left: { "./page.js": "./inline_page.js", "./explain.js": "./inline_explain.js", "./ledger.js": "./inline_ledger.js" },
  },
);
const inlined = { "./engine_file.js": "./engine_inlined.js" };
await bundle(
  { inline_page: "page", inline_explain: "explain", inline_ledger: "ledger" },
  {
    swapped: inlined,
    define,
    left: {
      "./full.js": "./full.js",
      "./exit.js": "./exit.js",
      "./overlay.js": "./overlay.js",
      "./asking.js": "./asking.js",
      "./explain.js": "./inline_explain.js",
    },
  },
);
await bundle(
  { "slotwise.global": "global" },
  {
    swapped: { "./engine_file.js": "./engine_global.js", "./full_engine.js": join(root, "js/dist/full_engine.js") },
    define: { ...define, FULL_INTEGRITY: JSON.stringify(integrity(engine("full_bg.wasm"))) },
    format: "iife",
    minify: true,
  },
);

// One file for what a page needs at once, and one for the engine: no bundler, and no page without one, is to make a chain of
// requests of them.
const lazy = ["./page.js", "./exit.js", "./overlay.js", "./asking.js", "./explain.js", "./ledger.js", "./full.js", "./engine_packed.js"];
await bundle(
  {
    index: "index",
    page: "page",
    exit: "exit",
    overlay: "overlay",
    asking: "asking",
    explain: "explain",
    ledger: "ledger",
    engine_packed: "engine_packed",
  },
  { left: lazy, define },
);
await bundle({ outside: "outside", crawler: "crawler" }, {});
// The bindings share one watch of the page's address. Those for React import the package by its name, so they get the build
// that fits the host.
await bundle({ ga4: "ga4", element: "element" }, { left: ["./navigate.js"] });
await bundle({ react: "react" }, { left: { react: "react", "./index.js": "slotwise", "./navigate.js": "./navigate.js" } });

const script = readFileSync(join(folder, "slotwise.global.js"));
const { raw, gzip, brotli } = sizes(script);
console.log(`build: slotwise.global.js ${raw} bytes, ${gzip} gzip, ${brotli} brotli, integrity="${integrity(script)}"`);
