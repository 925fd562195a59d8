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
import { intentRows } from "./bench_intent.mjs";
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

// The public click logs where they are at hand. Every choice is the trainer's, from the training file alone.
const shared = join(root, "../shared/data");
const folder = join(root, "target/bench");
mkdirSync(folder, { recursive: true });
let snapshot = readFileSync(shop.snapshotFile());
let prefixes = [smartphones, smartphones.slice(1), smartphones.slice(2)];
let which = "demo snapshot; Diginetica skipped: its files are not here";

/** Runs `slotwise evaluate next` and returns our figures and the peers'. */
function evaluate(name, ...more) {
  const [train, test] = ["train", "test"].map((part) => join(shared, name, `${part}.txt.gz`));
  const json = join(temporary, "evaluation.json");
  console.log(`evaluating ${name} ${more.join(" ")}`);
  const run = slotwise("evaluate", "next", "--train", train, "--test", test, "--json", json, ...more);
  if (run.code !== 0) throw new Error(run.err);
  return JSON.parse(readFileSync(json, "utf8")).methods;
}

const two = (value) => value.toFixed(2);
const quality = (method) => `${two(method.recall_at_20)} / ${two(method.mrr_at_20)}`;
for (const [name, title, budget, published] of [
  ["diginetica", "Diginetica", "54.8 / 20.1", "SR-GNN 50.73 / 17.59, COTREC 54.18 / 19.07, GCE-GNN 54.22 / 19.04"],
  ["yoochoose64", "YooChoose 1/64", "71.3 / 31.4", "NARM 68.32 / 28.76, SR-GNN 70.57 / 30.94, best listed MRR 32.61"],
]) {
  if (!existsSync(join(shared, name, "train.txt.gz"))) {
    row(`${title}: skipped, ${join("../shared/data", name)} is not here`, "");
    continue;
  }
  const search = join(temporary, `${name}.search`);
  const file = join(temporary, `${name}.slotwise`);
  const { slotwise: ours, ...peers } = evaluate(name, "--peers", "--search", search, "--snapshot", file);
  const beside = Object.entries(peers).map(([peer, method]) => `${peer} ${quality(method)}`);
  row(`${title}, K=32: R@20 / MRR@20`, quality(ours), budget, `same run: ${beside.join(", ")}; published: ${published}`);
  const width = (value) => half(ours[`${value}_interval`]);
  row(`${title}: 95 % of a bootstrap over sessions`, `± ${width("recall_at_20")} / ± ${width("mrr_at_20")}`);
  row(
    `${title}: items not seen in the session, R@20 / MRR@20`,
    `${two(ours.recall_at_20_unseen)} / ${two(ours.mrr_at_20_unseen)}`,
    "",
    `vmis_knn ${two(peers.vmis_knn.recall_at_20_unseen)} / ${two(peers.vmis_knn.mrr_at_20_unseen)}`,
  );
  const ratio = (at) => `${(peers.vmis_knn[`decision_us_${at}`] / ours[`decision_us_${at}`]).toFixed(1)} times`;
  row(
    `${title}: native decision from the session on, p50 / p99, against VMIS-kNN`,
    `${two(ours.decision_us_p50)} / ${two(ours.decision_us_p99)} µs: ${ratio("p50")} / ${ratio("p99")}`,
    "30 times",
    `vmis_knn ${two(peers.vmis_knn.decision_us_p50)} / ${two(peers.vmis_knn.decision_us_p99)} µs (${peers.vmis_knn.parameters})`,
  );
  row(`${title}: training, search included`, `${ours.train_seconds.toFixed(0)} s`, name === "diginetica" ? "600 s" : "");
  const given = evaluate(name, "--search", search).slotwise;
  row(`${title}: training, kernels given`, `${given.train_seconds.toFixed(1)} s`, name === "diginetica" ? "20 s" : "");
  const bits = (method) =>
    `${(method.snapshot_bytes / 1e6).toFixed(2)} MB, ${two(method.bits_per_entry)} bits an entry; the entries' entropy is ${two(method.entropy_bits_per_entry)}`;
  row(`${title}: snapshot, all sections`, bits(ours), name === "diginetica" ? "2.2 MB, 12 bits" : "");
  if (name === "diginetica") {
    const small = evaluate(name, "--neighbours", "16").slotwise;
    row(`${title}, K=16: R@20 / MRR@20`, `${quality(small)}; ${bits(small)}`, "53.2 / 19.8; 1.2 MB");
    which = "Diginetica, first 5,000 test prefixes";
    snapshot = readFileSync(file);
    const tests = join(shared, name, "test.txt.gz");
    const lines = gunzipSync(readFileSync(tests)).toString().trim().split("\n");
    prefixes = lines.slice(0, 5000).map((line) => line.split("\t")[0].trim().split(/\s+/));
    instructions(file, tests);
    criterion(file, tests);
  }
}

intentRows(row, shared, folder);
{
  const env = { ...process.env, SLOTWISE_SHOP: shop.snapshotFile() };
  must("timing intent", "cargo", ["bench", "--bench", "decision", "--", "--quiet"], { env });
  const estimates = readFileSync(join(root, "target/criterion/intent/of_a_session/new/estimates.json"), "utf8");
  const { point_estimate: nanos } = JSON.parse(estimates).median;
  row(
    "native: features, purchase, cart and exit of a session, mean of 1,000 (Criterion)",
    `${(nanos / 1e6).toFixed(2)} µs`,
    "1 µs a score",
  );
}

function half([low, high]) {
  return two((high - low) / 2);
}

/** Instructions of a native decision: what two passes execute beyond one, which no other load disturbs. */
function instructions(file, tests) {
  if (spawnSync("valgrind", ["--version"]).status !== 0) {
    row("instructions of a native decision: skipped, valgrind is not here", "");
    return;
  }
  must("building decisions", "cargo", ["build", "--release", "--example", "decision"]);
  const count = (passes) => {
    const program = join(root, "target/release/examples/decision");
    const out = `--callgrind-out-file=${join(temporary, "callgrind")}`;
    const run = spawnSync("valgrind", ["--tool=callgrind", out, program, file, tests, `${passes}`], { encoding: "utf8" });
    return Number(/Collected : (\d+)/.exec(run.stderr)[1]);
  };
  row("instructions of a native decision, mean (callgrind, 5,000 Diginetica prefixes)", `${Math.round((count(2) - count(1)) / 5000)}`);
}

/** The mean time of the same decisions by Criterion. */
function criterion(file, tests) {
  const env = { ...process.env, SLOTWISE_SNAPSHOT: file, SLOTWISE_TESTS: tests };
  must("timing decisions", "cargo", ["bench", "--bench", "decision", "--", "--quiet"], { env });
  const path = join(root, "target/criterion/decision/top_20/new/estimates.json");
  const { point_estimate: nanos } = JSON.parse(readFileSync(path, "utf8")).median;
  row("native decision, mean over the same prefixes (Criterion)", `${(nanos / 5000 / 1000).toFixed(2)} µs`);
}

// The scorer alone in V8.
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
const looks = prefixes.slice(0, 1000).map((prefix) => prefix.toReversed().slice(-16).map(String));
const times = [];
for (let pass = 0; pass < 3; pass++) {
  times.length = 0;
  for (const trail of trails) {
    const began = process.hrtime.bigint();
    ranker.rank(trail, 20, 20);
    times.push(Number(process.hrtime.bigint() - began) / 20_000);
  }
}
times.sort((a, b) => a - b);
const decision = quantile(times, 0.5);
row(
  `decision in V8: rows scored, top 20 (${which})`,
  `p50 ${decision.toFixed(2)} µs, p99 ${quantile(times, 0.99).toFixed(2)} µs`,
  "2 / 8 µs",
);
function pages(what, snapshot, sessions, guarded) {
  const pager = new Ranker(snapshot).plan_page(guarded);
  const spent = [];
  let products = 0;
  for (let pass = 0; pass < 6; pass++) {
    spent.length = 0;
    products = 0;
    for (const ids of sessions) {
      const began = process.hrtime.bigint();
      products += pager.page(ids, 10);
      spent.push(Number(process.hrtime.bigint() - began) / 1e4);
    }
  }
  spent.sort((a, b) => a - b);
  const shown = (products / sessions.length).toFixed(0);
  const micros = (share) => quantile(spent, share).toFixed(1);
  const how = guarded ? "caps, diversity, kept places, a pin" : "no guardrails but the page's own";
  row(
    `page of 8 slots with 12 products each, decided in V8 (${what}; ${shown} products; ${how})`,
    `p50 ${micros(0.5)} µs, p99 ${micros(0.99)} µs`,
    "p50 50 µs",
  );
}
{
  const demo = new Ranker(readFileSync(shop.snapshotFile()));
  const ids = "1004856 1004767 1004833 1005115 1004856 1004249 1004767 1005105 1002544 1004856 1003317 1004870".split(" ");
  const spent = [];
  for (let pass = 0; pass < 400; pass++) {
    const began = process.hrtime.bigint();
    demo.intent(ids.slice(0, 1 + (pass % ids.length)), 100);
    if (pass >= 100) spent.push(Number(process.hrtime.bigint() - began) / 1e5);
  }
  spent.sort((a, b) => a - b);
  const micros = (share) => quantile(spent, share).toFixed(2);
  const visits = looks.map((_, at) => ids.slice(0, 1 + (at % ids.length)));
  for (const guarded of [false, true]) {
    pages(which, snapshot, looks, guarded);
    pages("demo snapshot", readFileSync(shop.snapshotFile()), visits, guarded);
  }
  row("features, purchase, cart and exit of a session in V8", `p50 ${micros(0.5)} µs, p99 ${micros(0.99)} µs`, "2 µs a score");
}
try {
  const { scan } = await import("./onnx.mjs");
  const { f32, int8, version } = await scan(43_097);
  const times = (micros) => `${Math.round(micros / decision)} times`;
  row(
    "against a scan of 43,097 embeddings of 64 numbers, f32 / int8, p50",
    `${times(f32)} / ${times(int8)}`,
    "100 times",
    `ONNX Runtime Web ${version}, one thread: ${Math.round(f32)} / ${Math.round(int8)} µs`,
  );
} catch (error) {
  row("against ONNX Runtime Web: skipped", `${error.message}`.split("\n")[0]);
}

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
const filled = [...fitted.matchAll(/data-slotwise-fitted/g)].length;

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
