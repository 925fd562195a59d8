// What the build and the tests need besides node packages, each installed only when it is missing.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Runs a command; its output is shown, and a failure ends the program with a clear word. */
export function must(what, command, words, options = {}) {
  const run = spawnSync(command, words, { cwd: root, stdio: "inherit", ...options });
  if (run.status !== 0) {
    console.error(`slotwise: ${what} failed: ${command} ${words.join(" ")} ${run.error ? run.error.message : `ended with ${run.status}`}`);
    process.exit(2);
  }
}

const answers = (command, words) => {
  const run = spawnSync(command, words, { encoding: "utf8" });
  return run.status === 0 ? run.stdout.trim() : "";
};

function timed(what, work) {
  const began = Date.now();
  console.log(`setup: ${what}`);
  work();
  console.log(`setup: done in ${((Date.now() - began) / 1000).toFixed(0)} s`);
}

export function wasmTarget() {
  if (!answers("cargo", ["--version"])) {
    console.error("slotwise: there is no cargo on the PATH; install Rust (https://rustup.rs), then run this again");
    process.exit(2);
  }
  const libraries = join(answers("rustc", ["--print", "sysroot"]), "lib/rustlib");
  const missing = ["wasm32-unknown-unknown", "wasm32-wasip1"].filter((target) => !existsSync(join(libraries, target)));
  if (missing.length === 0) return;
  timed(`adding Rust's targets ${missing.join(" and ")}`, () =>
    must("adding the wasm32 targets (without rustup, install them from your system's packages)", "rustup", ["target", "add", ...missing]),
  );
}

const tools = "target/tools";

/** Builds a program of `js/tools/bindgen`, which takes no time when it is there; its path. */
function tool(name, features = []) {
  const words = ["build", "--locked", "--quiet", "--manifest-path", "js/tools/bindgen/Cargo.toml", "--target-dir", tools];
  must(`building the tool ${name}`, "cargo", [...words, "--bin", name, ...features]);
  return join(root, tools, "debug", name);
}

/** The program that binds Wasm modules to JavaScript; its path. */
export const bindgen = () => tool("bindgen");

/** The program that runs Rust tests on wasm32; its path. */
export const wasmRunner = () => tool("runner", ["--features", "runner"]);

/** Binds a linked module to JavaScript: glue and module are written to a folder under a name. */
export function bind(target, name, folder, module) {
  must("wasm-bindgen", bindgen(), [target, name, folder, module]);
}

/** A Chromium for the tests; its path. */
export function chromium() {
  const named = [process.env.CHROMIUM, process.env.CHROME_BIN].filter(Boolean);
  const usual = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const find = () => [...named, ...usual.map((name) => answers("which", [name]))].find((path) => path && existsSync(path));
  const found = find();
  if (found) return found;
  if (process.getuid?.() === 0 && answers("which", ["apt-get"])) {
    timed("installing Chromium for the tests", () => {
      must("updating package lists", "apt-get", ["update", "-qq"]);
      must("installing Chromium", "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
        stdio: ["ignore", "ignore", "inherit"],
      });
    });
    const installed = find();
    if (installed) return installed;
  }
  console.error("slotwise: the tests need a Chromium: install chromium or google-chrome, or set CHROMIUM to its path");
  process.exit(2);
}

/**
 * Installs Debian's packages of servers that a suite wants, for root. None is started: on a machine that starts services itself nothing
 * is installed. A test that finds no such server is skipped and says so.
 */
export function servers(packages) {
  const missing = Object.entries(packages).filter(([program]) => !answers("which", [program]));
  if (missing.length === 0 || process.getuid?.() !== 0 || !answers("which", ["apt-get"]) || existsSync("/run/systemd/system")) return;
  const names = missing.map(([, name]) => name);
  console.log(`setup: installing ${names.join(" and ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const words of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...names],
  ]) {
    spawnSync("apt-get", words, { stdio: ["ignore", "ignore", "inherit"], env });
  }
}
