// `npm test`: every runner one after the other, their output live, and one closing line over all. `npm run check` is the
// part of it that needs no build.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "../js/tools/build.mjs";
import { chromium, root, wasmRunner, wasmTarget } from "../js/tools/setup.mjs";

const checkOnly = process.argv.includes("--check-only");
const bin = (name) => join(root, "node_modules/.bin", name);
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command, shows what it prints, and returns it with the exit code. */
function show(command, words, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (data) => {
      text += data;
      process.stdout.write(data);
    });
    child.stderr.pipe(process.stderr, { end: false });
    child.on("error", (error) => resolve({ code: 1, text: `${text}${error.message}` }));
    child.on("close", (code) => resolve({ code, text }));
  });
}

/** A check is one test: it passes or it fails. */
async function check(name, command, words, env) {
  console.log(`\n== ${name}`);
  const { code } = await show(command, words, env);
  total[code === 0 ? "passed" : "failed"] += 1;
}

/** Says what is not checked, and why. */
function skip(name, reason) {
  console.log(`\n== ${name}\nskipped: ${reason}`);
  total.skipped += 1;
}

/** A runner reports its own counts; one that ends badly without a failure counts as one. */
async function runner(name, command, words, patterns, env) {
  console.log(`\n== ${name}`);
  const { code, text } = await show(command, words, env);
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((all, [, number]) => all + Number(number), 0);
  const counts = { passed: sum(patterns.passed), failed: sum(patterns.failed), skipped: sum(patterns.skipped) };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.passed + counts.failed === 0) {
    console.error(`${name} ran no test`);
    counts.failed = 1;
  }
  for (const kind of Object.keys(total)) total[kind] += counts[kind];
}

const CARGO = {
  passed: /^test result: .*?(\d+) passed/gm,
  failed: /^test result: .*?(\d+) failed/gm,
  skipped: /^test result: .*?(\d+) ignored/gm,
};
const NODE = { passed: /^ℹ pass (\d+)/gm, failed: /^ℹ fail (\d+)/gm, skipped: /^ℹ skipped (\d+)/gm };

const WASM = ["--target", "wasm32-unknown-unknown", "--no-default-features"];
const strict = ["--", "-D", "warnings"];

/** What needs no build: style, lints, documentation, dependencies. */
async function checks() {
  await check("rustfmt", "cargo", ["fmt", "--all", "--check"]);
  for (const own of ["js/tools/bindgen", "wasm-tests/fuzz"]) {
    await check(`rustfmt, ${own}`, "cargo", ["fmt", "--check", "--manifest-path", `${own}/Cargo.toml`]);
  }
  await check("biome", bin("biome"), ["check", "--error-on-warnings"]);
  await check("clippy, native", "cargo", ["clippy", "--release", "--locked", "--workspace", "--all-targets", ...strict]);
  for (const feature of ["page", "full", "edge"]) {
    const lib = ["clippy", "--profile", "wasm", "--locked", "--lib", ...WASM, "--features", feature];
    await check(`clippy, ${feature}`, "cargo", [...lib, ...strict]);
  }
  await check("documentation", "cargo", ["doc", "--release", "--locked", "--workspace", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" });
  await dependencies();
}

/** Licences, sources and known weaknesses of dependencies. */
async function dependencies() {
  if (spawnSync("cargo", ["deny", "--version"]).status !== 0) {
    skip("cargo deny", "it is not installed (`cargo install cargo-deny`); a test checks licences and sources");
    return;
  }
  await check("cargo deny", "cargo", ["deny", "--locked", "check", "bans", "licenses", "sources"]);
  if (spawnSync("cargo", ["deny", "--locked", "fetch", "db"], { cwd: root }).status === 0) {
    await check("cargo deny, advisories", "cargo", ["deny", "--locked", "check", "advisories"]);
  } else {
    skip("cargo deny, advisories", "their database cannot be reached");
  }
}

/** TypeScript, which knows the types of the bindings once they are built. */
async function types() {
  if (!existsSync(join(root, "js/dist/index.d.ts"))) {
    skip("tsc", "the bindings have not been built (`npm run build`)");
    return;
  }
  await check("tsc, package", bin("tsc"), ["-p", "js", "--noEmit"]);
  await check("tsc, demo", bin("tsc"), ["-p", "www", "--noEmit"]);
}

async function tests() {
  await runner("cargo test, native", "cargo", ["test", "--release", "--locked", "--workspace", "--no-fail-fast"], CARGO);
  const vectors = ["test", "--profile", "wasm", "--locked", ...WASM, "--features", "words", "--test", "vectors"];
  await runner("cargo test, wasm32", "cargo", vectors, CARGO, { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: wasmRunner() });
  const specs = readdirSync(join(root, "wasm-tests"))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => `wasm-tests/${name}`);
  const words = ["--test", "--test-concurrency=1", "--test-timeout=120000", "--test-force-exit", "--test-reporter=spec", ...specs];
  await runner("workerd and Chromium", process.execPath, words, NODE, { CHROMIUM: chromium(), FORCE_COLOR: "0" });
}

wasmTarget();
await checks();
if (!checkOnly) await build();
await types();
if (!checkOnly) await tests();
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed ? 1 : 0);
