// `npm run bench`: the budgets as one table, measured here and now, each with what stands beside it.
// Nothing passes or fails: the numbers are to be read.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { build, sizes } from "../js/tools/build.mjs";
import { must, root, wasmBindgen } from "../js/tools/setup.mjs";
import { Jar, freePort, origin, post, publish, slotwise, smartphones, until, view } from "./stage.mjs";

const rows = [];
const row = (what, measured, budget = "", beside = "") => rows.push(`| ${what} | ${measured} | ${budget} | ${beside} |`);
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const read = (...names) => Buffer.concat(names.map((name) => readFileSync(join(root, "js/dist", name))));
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const median = (values) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
const three = ({ raw, gzip, brotli }) => `${kb(raw)} raw, ${kb(gzip)} gzip, ${kb(brotli)} brotli`;

build();
const temporary = mkdtempSync(join(tmpdir(), "slotwise-bench-"));

row("browser engine, Wasm and glue", three(sizes(read("engine_bg.wasm", "engine.js"))), "30 kB brotli");
row("Worker, Wasm and scripts", three(sizes(read("edge_engine_bg.wasm", "edge_engine.js", "edge.js"))), "150 kB gzip");

const shop = publish();
const sections = [...slotwise("inspect", shop.published).out.matchAll(/^([A-Z]{4}) +(\d+) /gm)];
for (const [, tag, bytes] of sections) row(`demo snapshot, section ${tag}`, `${bytes} bytes`);
row("demo snapshot, whole (6,493 items)", three(sizes(readFileSync(shop.snapshotFile()))));

// Diginetica where its files are at hand, else the demo's own snapshot.
const data = join(root, "../shared/data/diginetica");
const lines = (name) =>
  gunzipSync(readFileSync(join(data, name)))
    .toString()
    .trim()
    .split("\n");
let snapshot = readFileSync(shop.snapshotFile());
let prefixes = [smartphones, smartphones.slice(1), smartphones.slice(2)];
let which = "demo snapshot; Diginetica skipped: its files are not here";
if (existsSync(join(data, "train.txt.gz"))) {
  which = "Diginetica, first 5,000 test prefixes";
  const csv = ["event_time,event_type,product_id,category_code,user_session"];
  for (const [session, items] of lines("train.txt.gz").entries()) {
    for (const [step, item] of items.trim().split(/\s+/).entries())
      csv.push(`${1400000000 + session * 60 + step},view,${item},all,${session}`);
  }
  const events = join(temporary, "diginetica.csv");
  writeFileSync(events, `${csv.join("\n")}\n`);
  const out = join(temporary, "diginetica");
  const began = Date.now();
  const run = slotwise("train", "--events", events, "--key", `${shop.key}.secret`, "--out", out);
  if (run.code !== 0) throw new Error(run.err);
  row(`training Diginetica (${csv.length - 1} clicks), K=32`, `${((Date.now() - began) / 1000).toFixed(1)} s`, "20 s");
  snapshot = readFileSync(join(out, "snapshot", readdirSync(join(out, "snapshot"))[0]));
  const entry = /entries of ([\d.]+) bits/.exec(slotwise("inspect", out).out);
  row("Diginetica snapshot, all sections", `${(snapshot.length / 1e6).toFixed(2)} MB, ${entry[1]} bits an entry`, "2.2 MB, 12 bits");
  prefixes = lines("test.txt.gz")
    .slice(0, 5000)
    .map((line) => line.split("\t")[0].trim().split(/\s+/));
}

// The scorer alone in V8.
const folder = join(root, "target/bench");
mkdirSync(folder, { recursive: true });
const target = ["--target", "wasm32-unknown-unknown", "--no-default-features", "--profile", "wasm"];
must("building the scorer", "cargo", ["rustc", "--example", "rank", "--crate-type", "cdylib", ...target]);
const module = join(root, "target/wasm32-unknown-unknown/wasm/examples/rank.wasm");
must("wasm-bindgen", wasmBindgen(), ["--target", "nodejs", "--out-name", "rank", "--out-dir", folder, module]);
writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
const { Ranker } = (await import(pathToFileURL(join(folder, "rank.js")).href)).default;
const opened = [];
let ranker;
for (let round = 0; round < 9; round++) {
  ranker?.free();
  const began = process.hrtime.bigint();
  ranker = new Ranker(snapshot);
  opened.push(Number(process.hrtime.bigint() - began) / 1e6);
}
row(`snapshot opened and checked in V8 (${(snapshot.length / 1e6).toFixed(2)} MB)`, `${median(opened).toFixed(1)} ms`, "5 ms for 2.5 MB");
const trails = prefixes.map((prefix) =>
  Uint32Array.from(
    prefix
      .reverse()
      .slice(0, 16)
      .map((id) => ranker.item(id))
      .filter((item) => item !== undefined),
  ),
);
const times = [];
for (let pass = 0; pass < 2; pass++) {
  times.length = 0;
  for (const trail of trails) {
    const began = process.hrtime.bigint();
    for (let round = 0; round < 20; round++) ranker.rank(trail, 20);
    times.push(Number(process.hrtime.bigint() - began) / 20_000);
  }
}
times.sort((a, b) => a - b);
row(
  `decision in V8: rows scored, top 20 (${which})`,
  `p50 ${quantile(times, 0.5).toFixed(2)} µs, p99 ${quantile(times, 0.99).toFixed(2)} µs`,
  "2 / 8 µs",
);

// A page of 90 kB with 8 slots: our Worker against one that passes it through HTMLRewriter untouched.
const card =
  '<article class="card" data-item=""><a data-field="url" href="#"><img data-field="image" src="x" alt=""><b data-field="title">T</b></a><i data-field="price">1</i></article>';
const fill = (n) => `<div data-slotwise="bench.fill${n}"><template data-card>${card}</template>${card.repeat(8)}</div>`;
const choose = (n) =>
  `<section data-slotwise="bench.choose${n}"><div data-variant="welcome"><p>W</p></div><template data-variant="smartphone"><div><p>S</p></div></template></section>`;
const numbers = [1, 2, 3, 4];
const filler = '<p class="text">Lorem ipsum <em>dolor</em> sit amet, <a href="/x">consectetur</a> adipiscing elit.</p>\n';
let page = `<!doctype html><title>bench</title>${numbers.map((n) => fill(n) + choose(n)).join("")}`;
page += filler.repeat(Math.ceil((90_000 - page.length) / filler.length));
const slots = Object.fromEntries(
  numbers.flatMap((n) => [
    [`bench.fill${n}`, { kind: "fill", strategies: ["next_item", "bestsellers"], limit: 8 }],
    [
      `bench.choose${n}`,
      {
        kind: "choose",
        strategy: "category_affinity",
        default: "welcome",
        variants: { smartphone: { categories: ["electronics.smartphone"] } },
      },
    ],
  ]),
);
const plan = join(temporary, "plan.json");
writeFileSync(plan, JSON.stringify({ version: 1, slots }));
const benchShop = publish({ plan });
const server = await origin(benchShop);
const store = createServer((request, response) => {
  response.setHeader("content-type", "text/html; charset=utf-8");
  request.resume();
  response.end(page);
});
await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
const storeUrl = `http://127.0.0.1:${store.address().port}`;

/** Starts workerd itself, without any proxy before it. */
async function workerd(name, modules, bindings) {
  const port = await freePort();
  const home = join(temporary, name);
  mkdirSync(home, { recursive: true });
  const parts = Object.entries(modules).map(([path, bytes], number) => {
    writeFileSync(join(home, `m${number}`), bytes);
    return `(name = "${path}", ${path.endsWith(".wasm") ? "wasm" : "esModule"} = embed "m${number}")`;
  });
  const vars = Object.entries(bindings).map(([key, value]) => `(name = "${key}", text = "${value}")`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
const main :Workerd.Worker = (modules = [${parts.join(", ")}], bindings = [${vars.join(", ")}], compatibilityDate = "2026-11-01");
`;
  writeFileSync(join(home, "config.capnp"), config);
  const child = spawn(join(root, "node_modules/workerd/bin/workerd"), ["serve", join(home, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`workerd ${name}`, async () => (await fetch(url)).status > 0);
  return { url, child };
}

/** CPU seconds of a process group's members, from the kernel's own books. */
function cpuSeconds(leader) {
  const ticks = readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        return Number(fields[2]) === leader ? Number(fields[11]) + Number(fields[12]) : 0;
      } catch {
        return 0;
      }
    });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

const own = { "edge.js": read("edge.js"), "edge_engine.js": read("edge_engine.js"), "edge_engine_bg.wasm": read("edge_engine_bg.wasm") };
for (const name of readdirSync(join(root, "js/dist/snippets"), { recursive: true })) {
  if (name.endsWith(".js")) own[`snippets/${name}`] = read(`snippets/${name}`);
}
const through = `export default { async fetch(request, env) {
  const page = await fetch(env.STORE_ORIGIN);
  return new HTMLRewriter().on("[data-slotwise]", { element() {} }).transform(page);
} };`;
const plain = "export default { fetch: (request, env) => fetch(env.STORE_ORIGIN) };";
const settings = {
  STORE_ORIGIN: storeUrl,
  SLOTWISE_ORIGIN: server.url,
  SLOTWISE_PUBLIC_KEY: benchShop.publicKey,
  CONSENT: "implied",
  SYNC_SECS: "3600",
};
const ours = await workerd("ours", own, settings);
const peer = await workerd("peer", { "peer.js": through }, { STORE_ORIGIN: storeUrl });
const proxy = await workerd("proxy", { "proxy.js": plain }, { STORE_ORIGIN: storeUrl });
const jar = new Jar();
await until("the sync", async () => (await (await fetch(`${ours.url}/_slotwise/health`)).json()).snapshot);
for (const id of smartphones) await post(ours.url, jar, [view(id)]);
const fitted = await (await fetch(ours.url, { headers: jar.headers() })).text();
const filled = [...fitted.matchAll(/data-slotwise-arm="model"/g)].length;

async function cost(worker, requests = 400) {
  const before = cpuSeconds(worker.child.pid);
  for (let done = 0; done < requests; done += 4) {
    await Promise.all([1, 2, 3, 4].map(async () => (await fetch(worker.url, { headers: jar.headers() })).arrayBuffer()));
  }
  return ((cpuSeconds(worker.child.pid) - before) * 1000) / requests;
}
for (const worker of [ours, peer, proxy]) await cost(worker);
const measured = { ours: [], peer: [], proxy: [], ratio: [] };
for (let round = 0; round < 5; round++) {
  measured.ours.push(await cost(ours));
  measured.peer.push(await cost(peer));
  measured.proxy.push(await cost(proxy));
  measured.ratio.push(measured.ours.at(-1) / measured.peer.at(-1));
}
const ms = (values) => `${median(values).toFixed(2)} ms`;
row(
  `rewriting a ${kb(page.length)} page, ${filled} slots filled, CPU in workerd`,
  `${ms(measured.ours)}, ${median(measured.ratio).toFixed(2)} times the peer's`,
  "1.25 times",
  `HTMLRewriter untouched ${ms(measured.peer)}; plain proxy ${ms(measured.proxy)}`,
);

for (const { child } of [ours, peer, proxy]) process.kill(-child.pid, "SIGKILL");
store.close();
await server.stop();
for (const each of [shop, benchShop]) each.remove();
rmSync(temporary, { recursive: true, force: true });

const rust = spawnSync("rustc", ["--version"], { encoding: "utf8" }).stdout.trim();
console.log(`\n${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}; ${rust}\n`);
console.log("| what | measured | budget | beside it |\n|---|---|---|---|");
console.log(rows.join("\n"));
process.exit(0);
