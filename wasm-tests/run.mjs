// `npm test`: every runner, and one closing line over all. `npm run check` is the part of it that needs no build.
//
// Two cores are busy most of the time: compilers leave one idle while they link, specs while they wait. So what shares no
// folder of cargo's runs in lanes side by side, and each step's output is shown when it has ended. Specs run two at a time,
// and lints in what they leave idle, except beside those that measure.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, constants, setPriority } from "node:os";
import { join } from "node:path";
import { build } from "../js/tools/build.mjs";
import { chromium, root, wasmRunner, wasmTarget } from "../js/tools/setup.mjs";

const checkOnly = process.argv.includes("--check-only");
const bin = (name) => join(root, "node_modules/.bin", name);
const total = { passed: 0, failed: 0, skipped: 0 };
const stages = [];

/**
 * Runs a command and returns what it printed, with the exit code. What is `live` is shown at once, all else in the end. What
 * `yields` takes only the time of a core that nothing else wants.
 */
function show(name, command, words, { env = {}, live = false, yields = false } = {}) {
  const began = Date.now();
  if (live) console.log(`\n== ${name}`);
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    if (yields && child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let text = "";
    const take = (data) => {
      text += data;
      if (live) process.stdout.write(data);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const end = (code) => {
      const secs = Math.round((Date.now() - began) / 1000);
      stages.push({ stage: name, seconds: secs });
      if (!live) console.log(`\n== ${name}, ${secs} s\n${text}`);
      resolve({ code, text });
    };
    child.on("error", (error) => {
      take(error.message);
      end(1);
    });
    child.on("close", end);
  });
}

/** A check is one test: it passes or it fails. */
async function check(name, command, words, options) {
  const { code } = await show(name, command, words, options);
  total[code === 0 ? "passed" : "failed"] += 1;
}

/** Says what is not checked, and why. */
function skip(name, reason) {
  console.log(`\n== ${name}\nskipped: ${reason}`);
  total.skipped += 1;
}

/** A step without which nothing can be tested. */
async function needed(name, command, words) {
  const { code } = await show(name, command, words);
  if (code === 0) return;
  console.error(`slotwise: ${name} failed; what is wrong stands above`);
  process.exit(2);
}

/** A runner reports its own counts; one that ends badly without a failure counts as one. */
async function runner(name, command, words, patterns, options) {
  const { code, text } = await show(name, command, words, options);
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

/** What takes seconds. */
async function style() {
  await check("rustfmt", "cargo", ["fmt", "--all", "--check"]);
  for (const own of ["js/tools/bindgen", "wasm-tests/fuzz"]) {
    await check(`rustfmt, ${own}`, "cargo", ["fmt", "--check", "--manifest-path", `${own}/Cargo.toml`]);
  }
  await check("biome", bin("biome"), ["check", "--error-on-warnings", "--diagnostic-level=warn"]);
  await dependencies();
}

/** Lints of all code, and its documentation. */
async function lints() {
  const clippy = (name, ...words) => check(`clippy, ${name}`, "cargo", ["clippy", "--locked", ...words, ...strict], { yields: true });
  await clippy("native", "--release", "--workspace", "--all-targets");
  for (const feature of ["page", "full", "edge"]) await clippy(feature, "--profile", "wasm", "--lib", ...WASM, "--features", feature);
  const env = { RUSTDOCFLAGS: "-D warnings" };
  await check("documentation", "cargo", ["doc", "--release", "--locked", "--workspace", "--no-deps"], { env, yields: true });
}

/** What is in the native folder of cargo. */
async function nativeLane() {
  // This also builds the native program and those of the specs: on their own they would need the library once more, with
  // other features.
  const programs = ["--features", "slotwise-programs/train"];
  await runner("cargo test, native", "cargo", ["test", "--release", "--locked", "--workspace", ...programs, "--no-fail-fast"], CARGO);
}

/** What is in the wasm32 folder of cargo: the engines, and what is tested on wasm32. */
async function wasmLane() {
  for (const engine of ["page", "full", "edge"]) await part(engine);
  const vectors = ["test", "--profile", "wasm", "--locked", ...WASM, "--features", "words", "--test", "vectors"];
  const env = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: wasmRunner() };
  await runner("cargo test, wasm32", "cargo", vectors, CARGO, { env });
  await needed("random triples on wasm32", process.execPath, ["wasm-tests/programs.mjs"]);
}

/** What has folders of its own. */
async function otherLane() {
  for (const other of ["bindgen", "runner", "playground"]) await part(other);
}

/** Builds one part. */
const part = (name) => needed(`building: ${name}`, process.execPath, ["js/tools/build.mjs", name]);

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

/** Specs that measure times or fill the machine. */
const ALONE = ["budgets", "outage"].map((name) => `wasm-tests/${name}.test.mjs`);

/** The specs, and beside those that do not measure, the lints. */
async function specs() {
  const all = readdirSync(join(root, "wasm-tests"))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => `wasm-tests/${name}`);
  const options = { env: { CHROMIUM: chromium(), FORCE_COLOR: "0", SLOTWISE_BUILT: "1" }, live: true };
  // Not with `--test-force-exit`: it ends a spec before all of its results have been read.
  const words = (count) => ["--test", `--test-concurrency=${count}`, "--test-timeout=120000", "--test-reporter=spec"];
  const others = all.filter((name) => !ALONE.includes(name));
  const atOnce = Math.min(4, availableParallelism());
  await Promise.all([lints(), runner("workerd and Chromium", process.execPath, [...words(atOnce), ...others], NODE, options)]);
  await runner("workerd and Chromium, one at a time", process.execPath, [...words(1), ...ALONE], NODE, options);
}

wasmTarget();
await style();
if (!checkOnly) {
  await Promise.all([nativeLane(), wasmLane(), otherLane()]);
  await build({ native: false });
}
await types();
await (checkOnly ? lints() : specs());
console.table(stages.filter(({ seconds }) => seconds > 2));
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed ? 1 : 0);
