// Builds everything: the native program, the Wasm modules, the npm package, the demo's files. `npm run build -- PART…`
// builds only these parts, in this order.
// Cargo knows best what is up to date on its side; what follows it is skipped when its inputs are the
// same as last time, by hash.

import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { shorten } from "./imports.mjs";
import { bind, bindgen, must, root, wasmRunner, wasmTarget } from "./setup.mjs";

const dist = join(root, "js/dist");
/** Modules as linked, before they are made small: their functions still have names. */
const linked = join(root, "target/linked");
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

const RUST = ["src", "Cargo.toml", "Cargo.lock", "js/tools/bindgen", "js/tools/build.mjs", "js/tools/imports.mjs", "package-lock.json"];

export function native() {
  return when("native program", RUST, ["target/release/slotwise"], () =>
    must("building the native program", "cargo", ["build", "--release", "--locked", "--bin", "slotwise"]),
  );
}

/**
 * How each module is made small. Large functions inlined into their one caller compress worse, so the two engines whose
 * bytes count, those of the page and of the Worker, are spared that. Nor does any machine need the hints at how loads are
 * aligned: all alike, they compress to nothing.
 */
const LONG = [
  ...["--flatten", "--rereloop", "-O1", "--coalesce-locals-learning", "-Oz", "--optimize-instructions", "-Oz"],
  ...["--one-caller-inline-max-function-size=20", "--low-memory-unused", "--dealign", "--reorder-locals"],
];
const PASSES = { "engine.wasm": LONG, "full_bg.wasm": ["-Oz"], "edge_engine_bg.wasm": LONG };

function optimise(name, from, to, more) {
  const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
  must("wasm-opt", bin("wasm-opt"), [...PASSES[name], ...features, ...more, from, "-o", to]);
}

/** Makes a linked module small. */
function small(name, from, to) {
  mkdirSync(linked, { recursive: true });
  copyFileSync(from, join(linked, name));
  optimise(name, from, to, ["--strip-debug", "--strip-producers", "--strip-target-features"]);
}

/** A built module with the names of its functions, to see whose bytes they are; its path. */
export function named(name) {
  const from = join(linked, name);
  const to = join(linked, `named_${name}`);
  if (!existsSync(to) || statSync(to).mtimeMs < statSync(from).mtimeMs) optimise(name, from, to, ["-g"]);
  return to;
}

/**
 * Passes of LLVM that these two engines do without. They copy code to save time, also where the crate is built for size, and
 * cost a fiftieth of the bytes: partial redundancy elimination, loop strength reduction, code moved out of loops, and common
 * subexpressions of machine code, which wasm-opt finds again. (LLVM's attributor, `-attributor-enable=module`, would save as
 * much again, but the Worker then panics at its first snapshot.)
 */
const LEAN = ["-enable-pre=false", "-disable-lsr", "-disable-licm-promotion", "-disable-machine-licm", "-disable-machine-cse"];

/** The library as a Wasm module with one feature. */
function module(feature) {
  wasmTarget();
  const cargo = ["rustc", "--locked", "--lib", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown", "--profile", "wasm"];
  const lean = feature === "full" ? [] : ["--", ...LEAN.map((pass) => `-Cllvm-args=${pass}`)];
  // A dynamic library has one name whatever its features, so cargo takes another engine for one that nothing has changed in.
  must("forgetting the engine before", "cargo", ["clean", "--quiet", "--package", "slotwise", ...cargo.slice(5)]);
  must(`building the ${feature} engine`, "cargo", [...cargo, "--no-default-features", "--features", feature, ...lean]);
  return join(root, "target/wasm32-unknown-unknown/wasm/slotwise.wasm");
}

/** Where the names of the files stand that a part has put into the package. */
const placed = (part) => `target/placed/${part}`;

/** Puts a part's files in place of those of the last build. */
function place(part, fresh) {
  const names = readdirSync(fresh);
  mkdirSync(dist, { recursive: true });
  for (const name of names) {
    rmSync(join(dist, name), { recursive: true, force: true });
    renameSync(join(fresh, name), join(dist, name));
  }
  rmSync(fresh, { recursive: true });
  mkdirSync(join(root, "target/placed"), { recursive: true });
  writeFileSync(join(root, placed(part)), names.join("\n"));
}

/** Removes from the package what no part has put there: it would be published. */
function sweep() {
  const kept = new Set(files(join(root, "target/placed")).flatMap((list) => readFileSync(list, "utf8").split("\n")));
  for (const name of readdirSync(dist)) if (!kept.has(name)) rmSync(join(dist, name), { recursive: true });
}

function told(name) {
  const { raw, gzip, brotli } = sizes(readFileSync(join(dist, name)));
  console.log(`build: ${name} ${raw} bytes, ${gzip} gzip, ${brotli} brotli`);
}

function emptied(folder) {
  const fresh = join(root, folder);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  return fresh;
}

/** The page engine: no glue, no imports. */
export function pageEngine() {
  return when("page engine", RUST, ["js/dist/engine.wasm", "target/linked/engine.wasm", placed("page")], () => {
    const fresh = emptied("target/fresh-page");
    small("engine.wasm", module("page"), join(fresh, "engine.wasm"));
    place("page", fresh);
    told("engine.wasm");
  });
}

/** The full engine (`full`) and the Worker (`edge`), with their glue. */
export function wasm(feature) {
  const name = `${feature}_engine`;
  const file = feature === "full" ? "full_bg.wasm" : `${name}_bg.wasm`;
  const outputs = [`js/dist/${file}`, `js/dist/${name}.js`, `target/linked/${file}`, placed(feature)];
  return when(`${feature} engine`, RUST, outputs, () => {
    const fresh = emptied(`target/fresh-${feature}`);
    bind("web", name, fresh, module(feature));
    const bound = join(fresh, `${name}_bg.wasm`);
    const made = join(fresh, "made.wasm");
    small(file, bound, made);
    rmSync(bound);
    renameSync(made, join(fresh, file));
    // The types of a module's raw exports; only the Worker imports its module by name.
    if (feature === "full") rmSync(join(fresh, `${name}_bg.wasm.d.ts`));
    // wasm-bindgen's glue has comments and long names, which is what a Worker's size is made of.
    const glue = join(fresh, `${name}.js`);
    must("minifying the glue", bin("esbuild"), [
      glue,
      "--minify",
      "--format=esm",
      "--target=es2022",
      "--allow-overwrite",
      "--log-level=warning",
      `--outfile=${glue}`,
    ]);
    shorten(join(fresh, file), glue);
    place(feature, fresh);
    told(file);
  });
}

export function sizes(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes, { params }).length };
}

export function npmPackage() {
  const licences = ["LICENSE-APACHE", "LICENSE-MIT"];
  const engines = ["engine.wasm", "full_bg.wasm", "full_engine.js", "full_engine.d.ts", "edge_engine.d.ts"].map(
    (name) => `js/dist/${name}`,
  );
  const inputs = ["js/src", "js/tsconfig.json", "js/tools/bundle.mjs", ...engines, "package-lock.json", ...licences];
  const outputs = ["index.js", "inline.js", "slotwise.global.js", "edge.js", "react.js"].map((name) => `js/dist/${name}`);
  return when("npm package", inputs, [...outputs, ...licences.map((name) => `js/${name}`), placed("package")], () => {
    // Beside `js/dist`, so that source maps name their sources from there.
    const fresh = emptied("js/fresh");
    must("compiling TypeScript", bin("tsc"), ["-p", "js", "--outDir", fresh]);
    must("bundling the package", process.execPath, [join(root, "js/tools/bundle.mjs"), fresh]);
    place("package", fresh);
    for (const name of licences) copyFileSync(join(root, name), join(root, "js", name));
  });
}

/** The trainer for the demo's playground, as a WASI program. */
export function playground() {
  return when("playground", [...RUST, "www/trainer"], ["target/playground.wasm"], () => {
    const words = ["build", "--locked", "--package", "slotwise-playground", "--target", "wasm32-wasip1", "--profile", "playground"];
    must("building the playground's trainer", "cargo", words);
    copyFileSync(join(root, "target/wasm32-wasip1/playground/playground.wasm"), join(root, "target/playground.wasm"));
  });
}

export function demo() {
  const inputs = [
    "target/playground.wasm",
    "www/src",
    "www/static",
    "www/build.mjs",
    "js/dist/index.js",
    "js/dist/page.js",
    "js/dist/exit.js",
    "js/dist/explain.js",
    "js/dist/full.js",
    "js/dist/engine.js",
    "js/dist/sync.js",
    "js/dist/engine.wasm",
    "js/dist/full_bg.wasm",
  ];
  return when("demo store", inputs, ["www/dist/main.js"], () => must("bundling the demo", process.execPath, [join(root, "www/build.mjs")]));
}

const PARTS = {
  native,
  page: pageEngine,
  bindgen,
  runner: wasmRunner,
  full: () => wasm("full"),
  edge: () => wasm("edge"),
  package: npmPackage,
  playground,
  demo,
};

/** Builds parts one after the other in a process of their own. */
function apart(...parts) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...parts], { cwd: root, stdio: "inherit" });
    // What is wrong is on the screen.
    child.on("exit", (code) => (code === 0 ? resolve() : process.exit(2)));
  });
}

/**
 * Everything, or all but the native program. Parts that share no files are built side by side: each of them leaves a core idle
 * at times.
 */
export async function build({ native = true } = {}) {
  wasmTarget();
  await Promise.all([apart(...(native ? ["native"] : []), "playground"), apart("page", "full", "edge"), apart("bindgen")]);
  npmPackage();
  sweep();
  demo();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const parts = process.argv.slice(2);
  const unknown = parts.find((part) => !PARTS[part]);
  if (unknown) {
    console.error(`slotwise: there is no part ${unknown}, expected ${Object.keys(PARTS).join(", ")}`);
    process.exit(2);
  }
  if (parts.length === 0) await build();
  for (const part of parts) PARTS[part]();
}
