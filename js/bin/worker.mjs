#!/usr/bin/env node
// `slotwise-worker check|dev|deploy`: checks the settings of the project's wrangler.toml, then hands over to the project's
// wrangler. All further words go on to it.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs, parseEnv } from "node:util";
import { problems } from "./check.mjs";

const USAGE = `slotwise-worker check     checks the settings with which the Worker would be deployed
slotwise-worker dev       checks them with those of .dev.vars, then runs \`wrangler dev\`
slotwise-worker deploy    checks them, then runs \`wrangler deploy\`, with key.intake as the Worker's secret
Further words go to wrangler.`;

const folder = process.cwd();

function fail(text, code = 2) {
  console.error(`slotwise: ${text}`);
  process.exit(code);
}

/** The project's wrangler: its module, and its program. */
async function wrangler() {
  const require = createRequire(join(folder, "package.json"));
  let file;
  try {
    file = require.resolve("wrangler/package.json");
  } catch {
    fail("wrangler is not installed here; run `npm install --save-dev wrangler` in the Worker's project");
  }
  const { version, engines } = JSON.parse(readFileSync(file, "utf8"));
  const [least] = /[\d.]+/.exec(engines?.node ?? "") ?? ["0"];
  if (process.versions.node.localeCompare(least, "en", { numeric: true }) < 0) {
    fail(`wrangler ${version} needs Node ${least} or newer, this is ${process.versions.node}; install a newer Node`);
  }
  return { module: await import(pathToFileURL(require.resolve("wrangler")).href), program: join(dirname(file), "bin/wrangler.js") };
}

/** The settings of wrangler.toml, for the environment and file that the words name; with those of .dev.vars if it is for here. */
function settings(module, words, local) {
  const options = { env: { type: "string", short: "e" }, config: { type: "string", short: "c" } };
  const { values } = parseArgs({ args: words, options, strict: false });
  let read;
  try {
    read = module.unstable_readConfig(values);
  } catch (cause) {
    fail(cause.message);
  }
  if (!read.configPath) fail("there is no wrangler.toml here; `npm create slotwise` makes a project with one");
  const own = [`.dev.vars.${values.env}`, ".dev.vars"].map((name) => join(folder, name)).find((path) => existsSync(path));
  const vars = { ...read.vars, ...(local && own ? parseEnv(readFileSync(own, "utf8")) : {}) };
  return { vars, routes: [read.routes ?? [], read.route ?? []].flat(), folder, local };
}

/** A file with the Worker's secret, which is gone when this process ends; undefined if there is no key. */
function secrets() {
  const key = join(folder, "key.intake");
  if (!existsSync(key)) {
    console.log("slotwise: key.intake is not here; the Worker keeps the secret SLOTWISE_INTAKE_KEY that it has");
    return undefined;
  }
  const place = mkdtempSync(join(tmpdir(), "slotwise-"));
  process.on("exit", () => rmSync(place, { recursive: true, force: true }));
  const file = join(place, "secrets.json");
  writeFileSync(file, JSON.stringify({ SLOTWISE_INTAKE_KEY: readFileSync(key, "utf8").trim() }), { mode: 0o600 });
  return file;
}

const [command, ...words] = process.argv.slice(2);
if (!["check", "dev", "deploy"].includes(command)) {
  (command === "--help" ? console.log : console.error)(USAGE);
  process.exit(command === "--help" ? 0 : 2);
}
const { module, program } = await wrangler();
const found = await problems(settings(module, words, command === "dev"));
for (const problem of found) console.error(`slotwise: ${problem}`);
if (found.length > 0) fail(`${found.length} ${found.length === 1 ? "problem" : "problems"} in the settings, nothing was started`, 1);
console.log("slotwise: the settings are right: shop and origin answer, and the snapshot fits the key");
if (command === "check") process.exit(0);

const file = command === "deploy" ? secrets() : undefined;
const child = spawn(process.execPath, [program, command, ...(file ? ["--secrets-file", file] : []), ...words], { stdio: "inherit" });
// A stop is for wrangler to carry out; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
