// Runs a script of this repository under the Node that package.json names, after installing what it
// needs. Uses nothing but Node 20's own modules, because in a fresh clone there is nothing else.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  console.error(`slotwise: this is Node ${process.versions.node}, expected 20 or newer; install it from your system's packages`);
  process.exit(2);
}

const [script, ...words] = process.argv.slice(2);
const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules/.package-lock.json");
const stale = !existsSync(installed) || (existsSync(lock) && statSync(lock).mtimeMs > statSync(installed).mtimeMs + 1000);
if (stale) {
  const began = Date.now();
  console.log("setup: installing node packages (about a minute the first time)");
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which npm
  // leaves out when it makes one. The versions in package.json are exact, and the lock is not written.
  const words = ["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"];
  const npm = spawnSync("npm", words, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (npm.status !== 0) {
    console.error("slotwise: npm could not install the packages; what it said stands above");
    process.exit(npm.status ?? 2);
  }
  console.log(`setup: node packages, ${((Date.now() - began) / 1000).toFixed(0)} s`);
}

const node = join(root, "node_modules/node/bin/node");
const child = spawn(existsSync(node) ? node : process.execPath, [join(root, script), ...words], { cwd: root, stdio: "inherit" });
// A stop is for the script to carry out; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
