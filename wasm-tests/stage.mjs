// The stage on which the end-to-end tests play: the real trainer, the real origin, the real workerd,
// on ports of their own. Nothing here stands in for a part of the product.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { Miniflare } from "miniflare";
import { root } from "../js/tools/setup.mjs";
import { writeFeed } from "../www/feed.mjs";

export { root };
export const binary = join(root, "target/release/slotwise");

/** Runs the command line and returns its exit code and what it said. */
export function slotwise(...words) {
  const run = spawnSync(binary, words, { cwd: root, encoding: "utf8" });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function must(...words) {
  const run = slotwise(...words);
  if (run.code !== 0) throw new Error(`slotwise ${words[0]} ended with ${run.code}:\n${run.err}`);
  return run;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function until(what, check, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await Promise.resolve(check()).catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A page from the edge without the data block at its end: what the shopper sees of it. */
export const withoutPack = (html) => html.replace(/<script type="text\/plain" data-slotwise-pack="[^"]*">[^<]*<\/script>/, "");

/** What the text of a manifest says: its first line. The signatures follow. */
export const manifestOf = (text) => JSON.parse(text.split("\n", 1)[0]);

/** The demo shop's click log. It is trained on with the shop's product feed. */
const SAMPLE = "www/data/rees46-2019-oct.csv.gz";

/**
 * Fills a folder with a key pair and a snapshot. Most specs want the same one, so it is trained once per program, log and plan,
 * and copied from then on.
 */
function fill(folder, plan, events, feed, train) {
  const hash = createHash("sha256").update(readFileSync(binary));
  for (const input of [plan, events, feed]) if (existsSync(resolve(root, input))) hash.update(readFileSync(resolve(root, input)));
  const kept = join(root, "target/published", hash.digest("hex").slice(0, 16));
  if (existsSync(kept)) return cpSync(kept, folder, { recursive: true });
  must("keygen", "--out", join(folder, "key"));
  train([events]);
  mkdirSync(join(root, "target/published"), { recursive: true });
  const fresh = mkdtempSync(`${kept}-`);
  cpSync(folder, fresh, { recursive: true });
  try {
    renameSync(fresh, kept);
  } catch {
    // Another spec was faster.
    rmSync(fresh, { recursive: true });
  }
}

/**
 * A folder with a key pair and a published snapshot, trained on `events` and the catalogue `products`. Unless so set,
 * nobody is held out, and the tour's slots, some of which change a visitor's very first page, are left out.
 */
export function publish({ events = SAMPLE, products, plan: planned = "www/plan.json", holdout = 0, tour = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "slotwise-"));
  const plan = join(folder, "plan.json");
  const whole = JSON.parse(readFileSync(resolve(root, planned), "utf8"));
  const slots = Object.fromEntries(Object.entries(whole.slots).filter(([name]) => tour || !name.startsWith("tour.")));
  writeFileSync(plan, JSON.stringify({ ...whole, holdout, slots }));
  const key = join(folder, "key");
  const published = join(folder, "published");
  const feed = products ?? join(folder, "products.csv");
  if (events === SAMPLE) writeFeed(feed);
  const catalogue = products || events === SAMPLE ? ["--catalogue", feed] : [];
  const train = (events) =>
    must("train", "--events", ...events, ...catalogue, "--plan", plan, "--key", `${key}.secret`, "--out", published);
  fill(folder, plan, events, feed, train);
  const manifest = () => manifestOf(readFileSync(join(published, "manifest"), "utf8"));
  return {
    folder,
    key,
    plan,
    published,
    manifest,
    publicKey: readFileSync(`${key}.public`, "utf8").trim(),
    intakeKey: readFileSync(`${key}.intake`, "utf8").trim(),
    snapshotFile: () => join(published, "snapshot", manifest().current.snapshot),
    train: (extra) => train([extra].flat()),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A snapshot opened by the edge's engine in Node. */
export function openShop(engine, bytes) {
  const opening = new engine.Opening(bytes.length);
  opening.add(bytes);
  return opening.open(createHash("sha256").update(bytes).digest("hex"));
}

/** Starts a server as its own process, and waits until `/_slotwise/health` answers there. */
export async function started(what, url, command, words, env = {}) {
  const child = spawn(command, words, { cwd: root, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
  await until(what, async () => (await fetch(`${url}/_slotwise/health`)).ok);
  return () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", resolve);
      child.kill("SIGKILL");
    });
}

/** Words that start the origin of a shop at a port, with the folder of its log. */
export const originWords = (shop, port, log, more = []) => {
  const keys = ["--public-key", `${shop.key}.public`, "--intake-key", `${shop.key}.intake`];
  return ["serve", "--published", shop.published, ...keys, "--log", log, "--listen", `127.0.0.1:${port}`, ...more];
};

/** The origin alone, with a log of its own, or one that is there. `more` are further words of its command line. */
export async function origin(shop, { more = [], log } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  log ??= join(shop.folder, `events-${port}`);
  const stop = await started("the origin", url, binary, originWords(shop, port, log, more));
  return { url, log, stop };
}

/** The whole lines of an event log, oldest first. */
export function logLines(folder) {
  const names = readdirSync(folder).filter((name) => /\.jsonl(\.gz)?$/.test(name));
  // A day that is being closed is there twice.
  const once = names.filter((name) => !names.includes(`${name}.gz`)).sort();
  const text = (name) =>
    (name.endsWith(".gz") ? gunzipSync(readFileSync(join(folder, name))) : readFileSync(join(folder, name))).toString();
  return once.flatMap((name) => text(name).split("\n").slice(0, -1));
}

/** The demo store and its origin. */
export async function demoStore(shop, { consent = "implied" } = {}) {
  const own = await origin(shop, { more: ["--overlay-key", `${shop.key}.overlay`] });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    SLOTWISE_STORE_PORT: String(port),
    SLOTWISE_ORIGIN: own.url,
    SLOTWISE_PUBLIC_KEY: shop.publicKey,
    SLOTWISE_CONSENT: consent,
    SLOTWISE_INTAKE_KEY: shop.intakeKey,
  };
  const stop = await started("the store", url, process.execPath, [join(root, "www/server/main.mjs")], env);
  return { url, origin: own.url, log: own.log, stopOrigin: own.stop, stop: () => Promise.all([stop(), own.stop()]) };
}

/** Waits until an edge has its first snapshot. */
export const synced = (host) => until("the first sync", async () => (await health(host)).snapshot);

/**
 * What most specs play on: a snapshot, the demo store, the Worker in front of it, and Chromium where `launch` says how it is
 * started. `stop` ends all that has begun, the last first.
 */
export async function demoStage({ launch, ...published } = {}) {
  const ends = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const shop = publish(published);
    ends.push(shop.remove);
    const store = await demoStore(shop);
    ends.push(store.stop);
    const worker = await edge(shop, store);
    ends.push(worker.stop);
    await synced(worker);
    const browser = await launch?.();
    if (browser) ends.push(() => browser.close());
    return { shop, store, worker, browser, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The files of the Worker: its entry, all that it imports, and the engine. */
function edgeModules() {
  const found = new Set(["edge.js"]);
  for (const name of found) {
    if (name.endsWith(".wasm")) continue;
    const text = readFileSync(join(root, "js/dist", name), "utf8");
    for (const [, imported] of text.matchAll(/^import .*?"\.\/([\w.]+)";$/gm)) found.add(imported);
  }
  return [...found];
}

/**
 * The Worker in real workerd, in front of a store. Where there is only an origin, that is the store as well. `queue`: how it
 * consumes its Queue, if it is to have one. `limit`: posts that a client may send in ten seconds.
 */
export async function edge(
  shop,
  store,
  { consent = "implied", syncSecs = 1, bindings = {}, kv = false, visits = false, queue, limit, mend = (modules) => modules } = {},
) {
  const file = (name) => readFileSync(join(root, "js/dist", name));
  const text = (value) => ({ type: "text", value: String(value) });
  const settings = {
    STORE_ORIGIN: store.url,
    SLOTWISE_ORIGIN: store.origin ?? store.url,
    SLOTWISE_PUBLIC_KEY: shop.publicKey,
    SLOTWISE_INTAKE_KEY: shop.intakeKey ?? "",
    CONSENT: consent,
    SYNC_SECS: syncSecs,
    ...bindings,
  };
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, text(value)]));
  const modules = Object.fromEntries(
    edgeModules().map((name) => [
      name,
      name.endsWith(".wasm") ? { type: "wasm", contents: new Uint8Array(file(name)) } : { type: "esm", contents: file(name).toString() },
    ]),
  );
  const bound = {
    ...(kv && { SNAPSHOTS: { type: "kv", id: "snapshots" } }),
    ...(visits && { VISITS: { type: "kv", id: "visits" } }),
    ...(queue && { EVENTS_QUEUE: { type: "queue", name: "events" } }),
    ...(limit && { RATE_LIMIT: { type: "rate-limit", namespace: "1", simple: { limit, period: 10 } } }),
  };
  const config = {
    name: "slotwise",
    compatibilityDate: "2026-11-01",
    manifest: { mainModule: "edge.js", modules: mend(modules) },
    env: { ...env, ...bound },
    triggers: queue ? [{ type: "queue", name: "events", ...queue }] : [],
  };
  const flare = new Miniflare({ host: "127.0.0.1", port: 0, workers: [{ config }] });
  const url = (await flare.ready).href.replace(/\/$/, "");
  return { url, flare, stop: () => flare.dispose() };
}

/** The Worker in workerd itself: Miniflare puts a proxy before it that holds bodies back. */
export async function bareEdge(shop, store, bindings = {}) {
  const port = await freePort();
  const home = mkdtempSync(join(tmpdir(), "slotwise-workerd-"));
  const modules = edgeModules().map((name, number) => {
    writeFileSync(join(home, `m${number}`), readFileSync(join(root, "js/dist", name)));
    return `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "m${number}")`;
  });
  const settings = { STORE_ORIGIN: store, SLOTWISE_PUBLIC_KEY: shop.publicKey, CONSENT: "implied", SYNC_SECS: 1, ...bindings };
  const vars = Object.entries(settings).map(([name, value]) => `(name = "${name}", text = "${value}")`);
  writeFileSync(
    join(home, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
const main :Workerd.Worker = (modules = [${modules.join(", ")}], bindings = [${vars.join(", ")}], compatibilityDate = "2026-11-01");
`,
  );
  const child = spawn(join(root, "node_modules/workerd/bin/workerd"), ["serve", join(home, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await until("workerd", async () => (await fetch(`${url}/_slotwise/health`)).status > 0);
  const stop = () => {
    process.kill(-child.pid, "SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  return { url, pid: child.pid, stop };
}

/** The user agent of a browser. */
export const AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";

/** A browser's cookie jar, as small as it gets. */
export class Jar {
  cookies = new Map();

  take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "" || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  headers(more = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return { ...(cookie ? { cookie } : {}), "user-agent": AGENT, ...more };
  }
}

/** Posts events as a page without the engine would. */
export async function post(url, jar, events, more = {}) {
  const headers = jar.headers({ "content-type": "application/json", ...more });
  return jar.take(await fetch(`${url}/_slotwise/events`, { method: "POST", headers, body: JSON.stringify({ events }) }));
}

/** What `/_slotwise/health` answers. */
export const health = async ({ url }) => (await fetch(`${url}/_slotwise/health`)).json();

/** Asks an edge for decisions. */
export const ask = (url, question, headers = {}) =>
  fetch(`${url}/_slotwise/decide`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(question),
  });

/** A visitor who has seen three smartphones. */
export async function phoneLover({ url }) {
  const jar = new Jar();
  for (const id of smartphones) {
    const response = await post(url, jar, [view(id, "electronics.smartphone")]);
    if (response.status !== 202) throw new Error(`a beacon was answered ${response.status}: ${await response.text()}`);
  }
  return jar;
}

/** The events of an origin's log. */
export const logged = ({ log }) => logLines(log).map((line) => JSON.parse(line));

export const view = (id, category) => ({
  name: "view_item",
  params: { items: [{ item_id: id, ...(category ? { item_category: category } : {}) }] },
});

/** Three smartphones of the bundled sample. */
export const smartphones = ["1004856", "1004767", "1004833"];
