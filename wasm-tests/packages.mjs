// `npm run test:packages [-- --only NAME,…]`: the packed npm package in mini-projects, one for each tool that a front-end
// developer may use. Each is installed as a stranger would install it, built or served by the real tool, and driven in a real
// browser, in workerd or by the runtime itself.
//
// The projects stand in a temporary folder outside of this workspace, so that none finds a package it has not asked for.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { build } from "../js/tools/build.mjs";
import { chromium, must } from "../js/tools/setup.mjs";
import { drive, hears } from "./packages/drive.mjs";
import { front } from "./packages/front.mjs";
import { PROJECTS } from "./packages/projects.mjs";
import { launch } from "./page.mjs";
import { edge, freePort, health, origin, publish, root, until } from "./stage.mjs";

const here = join(root, "wasm-tests/packages");
const TEXT = /\.(html|js|cjs|mjs|astro|svelte|toml)$/;
/** What a server must say that is asked to do a browser's work. */
const ON_SERVER = /slotwise\/server/;

/** What a server decides for a visitor who has looked at smartphones. */
const DECIDED = { problem: null, hero: "smartphone", cards: 8 };

const flag = process.argv.indexOf("--only");
const only = flag > 0 ? (process.argv[flag + 1] ?? "").split(",") : Object.keys(PROJECTS);
const unknown = only.find((name) => !PROJECTS[name]);
if (unknown) {
  console.error(`slotwise: there is no project ${unknown}, expected ${Object.keys(PROJECTS).join(", ")}`);
  process.exit(2);
}

/** The environment of a project's commands: its own tools first, and nothing is reported to anyone. */
const environment = (folder) => ({
  ...process.env,
  PATH: [join(folder, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
  NODE_ENV: undefined,
  CI: "1",
  NO_COLOR: "1",
  DO_NOT_TRACK: "1",
  ASTRO_TELEMETRY_DISABLED: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
});

/** The groups of the commands that run. They end with this process, however it ends. */
const groups = new Set();
function end(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended.
  }
}
process.on("exit", () => groups.forEach(end));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** Starts a command in a group of its own. `text` is what it has printed so far. */
function begin(folder, [command, ...words]) {
  const child = spawn(command, words, { cwd: folder, env: environment(folder), stdio: ["ignore", "pipe", "pipe"], detached: true });
  const running = { text: "", out: "", stop: () => {} };
  child.stdout.setEncoding("utf8").on("data", (data) => {
    running.text += data;
    running.out += data;
  });
  child.stderr.setEncoding("utf8").on("data", (data) => {
    running.text += data;
  });
  running.ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code));
  });
  groups.add(child.pid);
  running.stop = async () => {
    end(child.pid);
    await running.ended;
    groups.delete(child.pid);
  };
  return running;
}

/** Runs a command to its end and returns what it printed; fails with all of it. */
async function run(folder, words, seconds = 300) {
  const running = begin(folder, words);
  const timer = setTimeout(running.stop, seconds * 1000);
  const code = await running.ended;
  clearTimeout(timer);
  await running.stop();
  assert.equal(code, 0, `${words.join(" ")} ended with ${code}:\n${running.text.slice(-3000)}`);
  return running.out;
}

/** The packed package; the path of its file. */
function pack(folder) {
  must("packing the package", "npm", ["pack", "--silent", "--pack-destination", folder], { cwd: join(root, "js"), stdio: "ignore" });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz")),
  );
}

/** Replaces `{{WORD}}` in a project's files. */
function fill(folder, words) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) fill(path, words);
    else if (TEXT.test(name)) {
      const text = readFileSync(path, "utf8");
      writeFileSync(
        path,
        Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`{{${word}}}`, value), text),
      );
    }
  }
}

/** Writes a project and installs what it needs. */
async function install(folder, { files, needs = {}, settings = {} }, tarball, words) {
  mkdirSync(folder, { recursive: true });
  for (const from of files) cpSync(join(here, from), folder, { recursive: true });
  fill(folder, words);
  const dependencies = { slotwise: `file:${tarball}`, ...needs };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "shop", private: true, dependencies, ...settings }, null, 2));
  await run(folder, ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"]);
}

/** Drives one mode of a project. Returns the bytes that a page took; undefined where there is no page. */
async function drivenIn(mode, project, folder, name, { shop, own, browser, port }) {
  const filled = (words) => words.map((word) => word.replaceAll("PORT", port));
  for (const command of mode.build ?? []) await run(folder, filled(command));
  if (mode.says) {
    const found = JSON.parse(await run(folder, mode.says));
    assert.match(found.problem, ON_SERVER);
    assert.deepEqual({ ...found, problem: "" }, { problem: "", fit: "function", events: true });
    return undefined;
  }
  if (mode.decides) {
    assert.deepEqual(JSON.parse(await run(folder, mode.decides)), DECIDED);
    return undefined;
  }
  const stops = [];
  try {
    let address = mode.folder && join(folder, mode.folder);
    if (mode.run) {
      const server = begin(folder, filled(mode.run));
      stops.push(server.stop);
      address = `http://127.0.0.1:${port}`;
      const ended = server.ended.then((code) => ({ code }));
      const answers = until(name, async () => (await fetch(address)).ok, 90);
      const early = await Promise.race([answers, ended]).catch((cause) => cause);
      assert.equal(early, true, `${mode.run.join(" ")}: ${early.message ?? "ended"}\n${server.text.slice(-3000)}`);
    }
    if (mode.is === "answer") {
      assert.deepEqual(await (await fetch(address + mode.path)).json(), DECIDED);
      return undefined;
    }
    const before = {
      page: () => front(own.url, address),
      edge: () => ({ url: address, stop: () => {} }),
      worker: () => ({ url: address, stop: () => {} }),
      "page behind a Worker": () => edge(shop, { url: address, origin: own.url }),
    };
    const is = mode.is ?? "page";
    const stage = await before[is]();
    stops.push(stage.stop);
    if (is !== "page") await until("the first sync", async () => (await health(stage)).snapshot);
    if (is === "worker") assert.equal(await (await fetch(`${stage.url}/own`)).text(), "my own");
    if (mode.hint) return await hears(browser, stage.url + mode.path, mode.hint);
    return await drive(browser, stage.url + (mode.path ?? "/"), {
      edge: is !== "page",
      counts: project.counts,
      loses: mode.loses,
      isDev: mode.isDev,
    });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

await build();
process.env.CHROMIUM = chromium();
const began = performance.now();
const home = mkdtempSync(join(tmpdir(), "slotwise-packages-"));
const shop = publish();
const own = await origin(shop);
const browser = await launch();
const tarball = pack(home);
const rows = [];
for (const name of only) {
  const project = PROJECTS[name];
  const folder = join(home, name);
  const version = project.tool ? `${project.tool} ${project.needs[project.tool]}` : "";
  const row = async (mode, act) => {
    const from = performance.now();
    let problem;
    const bytes = await act().catch((cause) => {
      problem = cause;
    });
    const seconds = (performance.now() - from) / 1000;
    rows.push([name, version, mode, problem ? "FAILED" : "ok", seconds.toFixed(1), bytes ? (bytes / 1000).toFixed(1) : ""]);
    console.log(`${problem ? "not ok" : "ok"}: ${name}, ${mode} (${seconds.toFixed(1)} s)${problem ? `\n${problem.message}` : ""}`);
    return !problem;
  };
  // The shop behind an edge of the project's own: a plain web server.
  const store = project.store && (await front(own.url, folder));
  const words = { PUBLIC_KEY: shop.publicKey, STORE: store?.url, ORIGIN: own.url, SLOTS: readFileSync(join(here, "slots.html"), "utf8") };
  if (await row("install", () => install(folder, project, tarball, words))) {
    for (const [mode, what] of Object.entries(project.modes)) {
      const port = await freePort();
      await row(mode, () => drivenIn(what, project, folder, name, { shop, own, browser, port: String(port) }));
    }
  }
  store?.stop();
  rmSync(folder, { recursive: true, force: true });
}
await browser.close();
await own.stop();
shop.remove();
rmSync(home, { recursive: true, force: true });

const head = ["project", "tool", "mode", "ok", "seconds", "kB to the browser"];
const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)));
for (const row of [head, ...rows])
  console.log(
    row
      .map((cell, at) => cell.padEnd(widths[at]))
      .join("  ")
      .trimEnd(),
  );
const failed = rows.filter(([, , , ok]) => ok !== "ok").length;
console.log(`\nin ${((performance.now() - began) / 1000).toFixed(0)} s\n${rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
