// `npm start`: builds, trains on the bundled sample, starts the origin, the store and the edge, and says where.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { build } from "../js/tools/build.mjs";
import { must, root } from "../js/tools/setup.mjs";
import { writeFeed } from "./feed.mjs";

const began = Date.now();
const port = (name, usual) => {
  const number = Number(process.env[name] ?? usual);
  if (Number.isInteger(number) && number > 0 && number < 65536) return number;
  console.error(`slotwise: ${name} is ${process.env[name]}, expected a port from 1 to 65535`);
  process.exit(2);
};
const edgePort = port("SLOTWISE_EDGE_PORT", 8787);
const originPort = port("SLOTWISE_ORIGIN_PORT", 8788);
const storePort = port("SLOTWISE_STORE_PORT", 8789);

function free(number, variable) {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => {
      console.error(`slotwise: port ${number} is taken; stop what uses it, or set ${variable} to another`);
      process.exit(2);
    });
    server.listen(number, "127.0.0.1", () => server.close(resolve));
  });
}
await free(edgePort, "SLOTWISE_EDGE_PORT");
await free(originPort, "SLOTWISE_ORIGIN_PORT");
await free(storePort, "SLOTWISE_STORE_PORT");

await build();

const demo = join(root, "target/demo");
const binary = join(root, "target/release/slotwise");
const key = join(demo, "key");
const published = join(demo, "published");
const kinds = join(root, "www/data/kinds.json");
const languages = join(root, "www/data/languages.json");
const inputs = [binary, join(root, "www/data/rees46-2019-oct.csv.gz"), join(root, "www/plan.json"), kinds, languages, `${key}.secret`];
mkdirSync(demo, { recursive: true });
const keys = ["secret", "public", "intake", "overlay", "overlay.public"].map((name) => `${key}.${name}`);
if (!keys.every((file) => existsSync(file))) {
  for (const file of keys) rmSync(file, { force: true });
  must("making the keys", binary, ["keygen", "--out", key], { stdio: ["ignore", "ignore", "inherit"] });
}
const manifest = join(published, "manifest");
if (!existsSync(manifest) || inputs.some((input) => statSync(input).mtimeMs > statSync(manifest).mtimeMs)) {
  console.log("train: on the bundled REES46 sample");
  const [, events, plan] = inputs;
  const feed = join(demo, "products.csv");
  writeFeed(feed);
  must("training", binary, [
    "train",
    "--events",
    events,
    "--catalogue",
    feed,
    "--plan",
    plan,
    "--key",
    `${key}.secret`,
    "--overlay-key",
    `${key}.overlay.public`,
    "--out",
    published,
  ]);
}

const publicKey = readFileSync(`${key}.public`, "utf8").trim();
const originUrl = `http://127.0.0.1:${originPort}`;
const storeUrl = `http://127.0.0.1:${storePort}`;
const edgeUrl = `http://127.0.0.1:${edgePort}`;
const children = new Map();
let stopping = false;

function start(name, command, words, env = {}) {
  const log = openSync(join(demo, `${name}.log`), "w");
  // A process group of its own, so that a stop reaches what wrangler starts in turn.
  const child = spawn(command, words, { cwd: root, detached: true, stdio: ["ignore", log, log], env: { ...process.env, ...env } });
  children.set(name, child);
  child.once("exit", (code) => {
    children.delete(name);
    end(child);
    if (stopping) return;
    console.error(`slotwise: the ${name} ended with ${code}; its last words:\n${tail(name)}`);
    if (name === "origin") console.error("slotwise: the store and the edge go on; no event is kept until you start again");
    else stop(1);
  });
}

const tail = (name) =>
  readFileSync(join(demo, `${name}.log`), "utf8")
    .trim()
    .split("\n")
    .slice(-12)
    .join("\n");

/** Stops a child and whatever it started. */
function end(child) {
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}

function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const child of children.values()) end(child);
  setTimeout(() => process.exit(code), 300);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(0));

async function answers(name, url) {
  const end = Date.now() + 60_000;
  while (Date.now() < end && children.has(name)) {
    try {
      if ((await fetch(`${url}/_slotwise/health`)).ok) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.error(`slotwise: the ${name} does not answer at ${url}; the end of target/demo/${name}.log:\n${tail(name)}`);
  stop(1);
  await new Promise(() => {});
}

const consent = process.env.SLOTWISE_CONSENT ?? "implied";
const intakeKey = readFileSync(`${key}.intake`, "utf8").trim();
const given = ["--public-key", `${key}.public`, "--intake-key", `${key}.intake`, "--overlay-key", `${key}.overlay`];
const serve = ["serve", "--published", published, ...given];
start("origin", binary, [...serve, "--log", join(demo, "events"), "--listen", `127.0.0.1:${originPort}`]);
start("store", process.execPath, [join(root, "www/server/main.mjs")], {
  SLOTWISE_STORE_PORT: String(storePort),
  SLOTWISE_ORIGIN: originUrl,
  SLOTWISE_PUBLIC_KEY: publicKey,
  SLOTWISE_CONSENT: consent,
  SLOTWISE_INTAKE_KEY: intakeKey,
});
const settings = {
  STORE_ORIGIN: storeUrl,
  SLOTWISE_ORIGIN: originUrl,
  SLOTWISE_PUBLIC_KEY: publicKey,
  SLOTWISE_INTAKE_KEY: intakeKey,
  CONSENT: consent,
  SYNC_SECS: "2",
  OVERLAY_SECS: "5",
};
const vars = Object.entries(settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
const wrangler = [
  "dev",
  "--local",
  "--ip",
  "127.0.0.1",
  "--port",
  String(edgePort),
  "--inspector-port",
  "0",
  "--show-interactive-dev-session=false",
  ...vars,
];
start("edge", process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...wrangler], {
  WRANGLER_SEND_METRICS: "false",
  CI: "1",
});
await answers("origin", originUrl);
await answers("store", storeUrl);
await answers("edge", edgeUrl);
console.log(`\nSlotwise demo: ${edgeUrl}   (the store without the edge: ${storeUrl})`);
console.log(`ready in ${((Date.now() - began) / 1000).toFixed(0)} s; stop with Ctrl-C; logs in target/demo`);
