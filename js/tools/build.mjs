// Builds everything: the native program, the two Wasm modules, the npm package, the demo's files.
// Cargo knows best what is up to date on its side; what follows it is skipped when its inputs are the
// same as last time, by hash.

import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { must, root, wasmBindgen, wasmTarget } from "./setup.mjs";

const dist = join(root, "js/dist");
const bin = (name) => join(root, "node_modules/.bin", name);
const WASM_FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

function files(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}

/** Does work whose inputs have changed since it was last done, or whose output is gone. */
function when(name, inputs, outputs, work) {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap((input) => files(join(root, input)))) hash.update(relative(root, file)).update(readFileSync(file));
  const stamp = join(root, "target/stamps", name);
  const now = hash.digest("hex");
  if (outputs.every((output) => existsSync(join(root, output))) && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return false;
  const began = Date.now();
  console.log(`build: ${name}`);
  work();
  mkdirSync(join(root, "target/stamps"), { recursive: true });
  writeFileSync(stamp, now);
  console.log(`build: ${name} in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return true;
}

const RUST = ["src", "Cargo.toml", "Cargo.lock", "js/tools/build.mjs", "package-lock.json"];

export function native() {
  return when("native program", RUST, ["target/release/slotwise"], () =>
    must("building the native program", "cargo", ["build", "--release", "--locked", "--bin", "slotwise"]),
  );
}

export function wasm(feature) {
  const name = feature === "browser" ? "engine" : "edge_engine";
  return when(`${feature} engine`, RUST, [`js/dist/${name}_bg.wasm`, `js/dist/${name}.js`], () => {
    wasmTarget();
    const bindgen = wasmBindgen();
    const cargo = ["rustc", "--locked", "--lib", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown", "--profile", "wasm"];
    must(`building the ${feature} engine`, "cargo", [...cargo, "--no-default-features", "--features", feature]);
    const fresh = join(root, `target/bindgen-${feature}`);
    rmSync(fresh, { recursive: true, force: true });
    const module = join(root, "target/wasm32-unknown-unknown/wasm/slotwise.wasm");
    must("wasm-bindgen", bindgen, ["--target", "web", "--out-name", name, "--out-dir", fresh, module]);
    const big = join(fresh, `${name}_bg.wasm`);
    const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
    must("wasm-opt", bin("wasm-opt"), [
      "-Oz",
      ...features,
      "--strip-debug",
      "--strip-producers",
      "--strip-target-features",
      big,
      "-o",
      big,
    ]);
    const glue = join(fresh, `${name}.js`);
    must("minifying the glue", bin("esbuild"), [
      glue,
      "--minify",
      "--target=es2022",
      "--allow-overwrite",
      "--log-level=warning",
      `--outfile=${glue}`,
    ]);
    mkdirSync(dist, { recursive: true });
    for (const entry of readdirSync(fresh)) {
      rmSync(join(dist, entry), { recursive: true, force: true });
      renameSync(join(fresh, entry), join(dist, entry));
    }
    const bytes = readFileSync(join(dist, `${name}_bg.wasm`));
    const { raw, gzip, brotli } = sizes(bytes);
    console.log(`build: ${name}_bg.wasm ${raw} bytes, ${gzip} gzip, ${brotli} brotli`);
  });
}

export function sizes(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes, { params }).length };
}

export function npmPackage() {
  const inputs = ["js/src", "js/tsconfig.json", "js/dist/full_engine.d.ts", "js/dist/edge_engine.d.ts"];
  return when("npm package", inputs, ["js/dist/index.js", "js/dist/page.js", "js/dist/edge.js"], () => {
    must("compiling TypeScript", bin("tsc"), ["-p", "js"]);
    // One file for what a page needs at once, and one for the engine: no bundler, and no page without one, is to make
    // a chain of requests of them.
    const entries = ["index.js", "page.js"].map((name) => join(dist, name));
    const lazy = ["./page.js", "./explain.js"].map((name) => `--external:${name}`);
    const words = ["--bundle", "--format=esm", "--target=es2022", "--allow-overwrite", "--log-level=warning", `--outdir=${dist}`];
    must("bundling the package", bin("esbuild"), [...entries, ...lazy, ...words]);
  });
}

export function demo() {
  const inputs = [
    "www/src",
    "www/static",
    "www/build.mjs",
    "js/dist/index.js",
    "js/dist/page.js",
    "js/dist/explain.js",
    "js/dist/full.js",
    "js/dist/engine.wasm",
    "js/dist/full_bg.wasm",
  ];
  return when("demo store", inputs, ["www/dist/main.js"], () => must("bundling the demo", process.execPath, [join(root, "www/build.mjs")]));
}

/** Everything, in order. */
export function build() {
  if (spawnSync("cargo", ["--version"]).status !== 0) wasmTarget();
  native();
  wasm("browser");
  wasm("edge");
  npmPackage();
  demo();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) build();
