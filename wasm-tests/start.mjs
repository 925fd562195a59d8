// `npm run test:start`: README's ten-minute path in a new folder, command by command as README has it. All packages come
// packed, through a registry of its own; npm's cache is empty. The shop is served as it is, and the log is simulated.
//
// The time is the machine's: a person also reads and types. `--trainer FILE` takes another program, such as one built for
// release. `--keep` keeps the folder.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { make } from "../js/platform/make.mjs";
import { native, npmPackage, pageEngine, wasm } from "../js/tools/build.mjs";
import { chromium, root, wasmTarget } from "../js/tools/setup.mjs";
import { launch } from "./page.mjs";
import { binary, freePort, until } from "./stage.mjs";
import { writeLog } from "./start/log.mjs";
import { registry } from "./start/registry.mjs";
import { addScripts, markSlot, products, serveShop, writeShop } from "./start/shop.mjs";
import { fences } from "./start/steps.mjs";

const { values } = parseArgs({ options: { trainer: { type: "string" }, keep: { type: "boolean" } } });
process.env.CHROMIUM ??= chromium();
wasmTarget();
if (!values.trainer) native();
pageEngine();
for (const feature of ["full", "edge"]) wasm(feature);
npmPackage();

const home = mkdtempSync(join(tmpdir(), "slotwise-start-"));
const shop = join(home, "shop");
const work = join(home, "work");
const packed = join(home, "packed");
for (const folder of [shop, work, packed]) mkdirSync(folder);

const upstream = process.env.npm_config_registry ?? "https://registry.npmjs.org/";
const here = `${process.platform}-${process.arch}`;
const folders = [make(`cli-${here}`, resolve(values.trainer ?? binary)), make("cli"), make("create-slotwise"), join(root, "js")];
const ours = await registry(folders, packed, upstream);
for (const { name, bytes } of ours.sizes) console.log(`packed: ${name}, ${(bytes / 1000).toFixed(0)} kB`);
const count = writeShop(shop);
const served = await serveShop(shop);
const events = writeLog(join(work, "ga4.jsonl"), Date.now());
console.log(`a shop with ${count} static pages and ${products.length} products at ${served.url}`);
console.log(`its GA4 export, simulated: ${events} events in ${join(work, "ga4.jsonl")}\n`);

const npm = { npm_config_registry: ours.address, npm_config_cache: join(home, "cache") };
// On a terminal npm asks whether it may fetch create-slotwise; here nobody is asked.
const env = { ...process.env, ...npm, npm_config_yes: "true", WRANGLER_SEND_METRICS: "false" };
// What npm says of the run around this one is not for the project's.
for (const name of Object.keys(env)) if (/^npm_(package|lifecycle|config_local_prefix|command|execpath)/.test(name)) delete env[name];
const running = [];
const steps = [];
let cwd = work;
let edge = "";

/** Starts a command line; its output is kept. */
function start(line) {
  // A process group of its own, so that a stop reaches what npm starts in turn.
  const child = spawn(line, { cwd, env, shell: true, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const started = { child, text: "", code: undefined };
  const keep = (data) => {
    started.text += data;
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  child.on("close", (code) => {
    started.code = code;
  });
  return started;
}

/** Runs a command line to its end; what it said. `answers`: what a person types, by what is asked. */
async function run(line, answers = {}, expected = 0) {
  const one = start(line);
  const left = new Map(Object.entries(answers));
  await until(
    `the end of ${line}`,
    () => {
      for (const [asked, answer] of left) {
        if (!one.text.includes(asked)) continue;
        one.child.stdin.write(`${answer}\n`);
        left.delete(asked);
      }
      return one.code !== undefined;
    },
    600,
  );
  if (one.code !== expected) throw new Error(`${line} ended with ${one.code}, expected ${expected}:\n${one.text}`);
  if (left.size > 0) throw new Error(`${line} never asked ${[...left.keys()].join(", ")}:\n${one.text}`);
  return one.text;
}

/** Starts a command that keeps running, and waits for what it says when it is ready. */
async function keepRunning(line, pattern) {
  const one = start(line);
  running.push(one);
  const found = await until(
    `${line} to say that it is ready`,
    () => {
      if (one.code !== undefined) return { ended: true };
      return pattern.exec(one.text);
    },
    120,
  ).catch((cause) => ({ cause }));
  if (found.ended || found.cause) throw new Error(`${line} is not ready:\n${one.text}`);
  return found;
}

const isFree = (port) =>
  new Promise((answer) => {
    const server = createServer().once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });

/** What each command needs besides: answers, or to be left running. */
const COMMANDS = {
  "npm create": async (line) => {
    const answers = {
      "Address of the shop": served.url,
      "Addresses that go through the Worker": "",
      "Address of a product's page": "/{category}.html#{id}",
      "Google Analytics 4": "yes",
    };
    await run(line, answers);
  },
  "npm run train": async (line) => {
    const said = await run(line);
    console.log(said.trimEnd().replace(/^/gm, "    "));
  },
  "npm run serve": async (line) => {
    const port = (await isFree(8788)) ? 8788 : await freePort();
    if (port !== 8788) {
      const vars = join(cwd, ".dev.vars");
      writeFileSync(vars, readFileSync(vars, "utf8").replace("127.0.0.1:8788", `127.0.0.1:${port}`));
    }
    await keepRunning(port === 8788 ? line : `${line} -- --listen 127.0.0.1:${port}`, /127\.0\.0\.1:\d+/);
    await until("the origin", async () => (await fetch(`http://127.0.0.1:${port}/_slotwise/health`)).ok);
  },
  "npm run dev": async (line) => {
    const port = (await isFree(8787)) ? 8787 : await freePort();
    const more = port === 8787 ? "" : ` -- --port ${port}`;
    const [, address] = await keepRunning(line + more, /Ready on (http:\S+)/);
    edge = address;
  },
  // The shop is on this machine, so a deploy has to be refused; scaffold.test.mjs shows what else is.
  "npm run deploy": async (line) => {
    const said = await run(line, {}, 1);
    if (!said.includes("which the deployed Worker cannot reach")) throw new Error(`the deploy did not say why it is refused:\n${said}`);
    console.log(said.trimEnd().replace(/^/gm, "    "));
  },
};

async function shell(line) {
  const [, folder] = /^cd (\S+)$/.exec(line) ?? [];
  if (folder) {
    cwd = join(cwd, folder);
    return;
  }
  const known = Object.keys(COMMANDS).find((name) => line.startsWith(name));
  await (known ? COMMANDS[known](line) : run(line));
}

const project = join(work, "my-shop");
const scripts = [];

/** Changes a page of the shop, or all of them. */
function edit(names, change) {
  for (const name of names) writeFileSync(join(shop, name), change(readFileSync(join(shop, name), "utf8")));
}

/** What a person does in the shop's own files. */
const EDITS = {
  html(code) {
    if (code.includes("data-slotwise=")) edit(["index.html"], (text) => markSlot(text, code));
    else scripts.push(code);
  },
  js(code) {
    cpSync(join(project, "node_modules/slotwise/dist"), join(shop, "slotwise"), { recursive: true });
    const key = readFileSync(join(project, "key.public"), "utf8").trim();
    scripts.push(`<script type="module">\n${code.replace("…", key)}\n</script>`);
    const pages = readdirSync(shop).filter((name) => name.endsWith(".html"));
    edit(pages, (text) => addScripts(text, ...scripts));
  },
};

/** A visit in Chromium: agrees, looks at a rug, goes home. What the home page showed before and after, and its header. */
async function visit(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => message.type() === "error" && noise.push(`${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => noise.push(String(error)));
  const cards = () => page.locator("[data-slotwise='home.recommended'] > :not(template)").allInnerTexts();
  await page.goto(edge);
  const own = await cards();
  await page.getByText("I agree to cookies").click();
  await page.getByRole("link", { name: "rugs", exact: true }).click();
  const stored = page.waitForResponse((response) => response.url().endsWith("/_slotwise/events") && response.status() === 202);
  await page.getByRole("button", { name: "I agree" }).click();
  await page.locator("#rugs-2 button").click();
  await stored;
  const answer = await page.goto(edge);
  const header = answer.headers().slotwise ?? "";
  const html = await answer.text();
  const fitted = await cards();
  await context.close();
  return { own, fitted, header, html, noise };
}

/** The first personalised page. One visit in twenty is held out, so there may be another try. */
async function see() {
  const browser = await launch();
  try {
    for (let tries = 1; ; tries++) {
      const { own, fitted, header, html, noise } = await visit(browser);
      if (noise.length > 0) throw new Error(`the console said: ${noise.join("; ")}`);
      const isFitted = html.includes("data-slotwise-personalised") && fitted.some((card) => !own.includes(card));
      console.log(`    before: ${own.join(" | ")}\n    after:  ${fitted.join(" | ")}\n    slotwise: ${header}`);
      if (isFitted && fitted.some((card) => /rug|runner|kilim|mat/i.test(card))) return;
      if (tries === 5 || !/visit=holdout|^$/.test(header)) throw new Error("the page is not fitted to a visitor who looks at rugs");
    }
  } finally {
    await browser.close();
  }
}

async function step(name, what, work) {
  const began = performance.now();
  const end = (error) => {
    const secs = (performance.now() - began) / 1000;
    steps.push({ name, what, secs, error });
    console.log(`${error ? "failed" : "ok"}  ${secs.toFixed(1).padStart(5)} s  ${name}: ${what}`);
  };
  try {
    await work();
    end();
    return true;
  } catch (cause) {
    console.error(cause);
    end(cause);
    return false;
  }
}

/** All steps, as long as they succeed. */
async function walk() {
  for (const { step: name, language, code } of fences()) {
    if (language !== "sh") {
      if (!(await step(name, `${language} into the shop's pages`, () => EDITS[language](code)))) return;
      continue;
    }
    for (const line of code.split("\n").filter(Boolean)) {
      if (!(await step(name, line, () => shell(line)))) return;
      if (line.startsWith("npm run dev") && !(await step("See it", "Chromium, the first personalised page", see))) return;
    }
  }
}

try {
  await walk();
} finally {
  for (const { child } of running) {
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch {
      // It has ended meanwhile.
    }
  }
  ours.stop();
  served.stop();
  if (values.keep) console.log(`kept: ${home}`);
  else rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
const sum = steps.reduce((all, { secs }) => all + secs, 0);
const failed = steps.filter(({ error }) => error).length;
console.log(`\n${steps.length} steps, ${sum.toFixed(0)} s of the machine's time (npm's cache was empty)`);
console.log(`${steps.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 || edge === "" ? 1 : 0);
