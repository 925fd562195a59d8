// The whole Worker in real workerd beside a Worker that only passes pages on, and beside GrowthBook's edge package: time, throughput,
// start-up, bytes. What becomes of the store's headers and errors is in edge_answers.mjs. All Workers take turns, so that a busy machine
// disturbs them alike; each figure is the median of the rounds.

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../../js/tools/setup.mjs";
import { until } from "../stage.mjs";
import { errors, headersKept } from "./edge_answers.mjs";
import { bindings, modules, VERSION } from "./growthbook.mjs";
import { installed } from "./peers.mjs";
import { PLAIN, rounds, stage } from "./rewrite.mjs";
import { worker } from "./sizes.mjs";
import { median, quantile } from "./stats.mjs";
import { cpuMs, launched } from "./workerd.mjs";

const ROUNDS = 5;
const CONNECTIONS = [1, 8, 64];
/** How long a round lasts, in milliseconds. */
const ROUND_MS = 1500;
const STARTS = 7;
const PROXY = "plain proxy Worker";
const PAGE = "90 kB page with 8 slots";

/** Starts the load generator. What it returns sends a round of load. */
function generator(bench) {
  const undici = join(installed("undici", "undici@7.30.1"), "index.js");
  const child = fork(join(root, "wasm-tests/bench/edge_load.mjs"));
  bench.atEnd(() => child.disconnect());
  return async (url, headers, connections, ms = ROUND_MS) => {
    child.send({ undici, url, headers, connections, ms });
    const [{ problem, micros, seconds }] = await once(child, "message");
    if (problem) throw new Error(problem);
    return { persecond: micros.length / seconds, p50: median(micros), p99: quantile(micros, 0.99) };
  };
}

/** Requests a second, and how long one takes: the whole Worker for a visit and for none, over the plain proxy. */
async function throughput(bench, { workers, headers }) {
  const { report } = bench;
  const send = generator(bench);
  const { cookie, ...cold } = headers;
  const sides = [
    ["proxy", PROXY, workers.proxy, headers],
    ["warm", "whole Worker, a visit that has begun, 8 slots fitted", workers.ours, headers],
    ["cold", "whole Worker, a visit that has not begun", workers.ours, cold],
    ...(workers.growthbook ? [["growthbook", `@growthbook/edge-cloudflare ${VERSION}`, workers.growthbook, headers]] : []),
  ];
  for (const [, , { url }, sent] of sides) await send(url, sent, 8, 2 * ROUND_MS);
  for (const connections of CONNECTIONS) {
    const found = sides.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      // There and back again.
      const order = round % 2 ? [...sides.keys()].reverse() : [...sides.keys()];
      for (const at of order) found[at].push(await send(sides[at][2].url, sides[at][3], connections));
    }
    const at = `${connections} connection${connections > 1 ? "s" : ""}`;
    const middle = (rounds, name) => median(rounds.map((round) => round[name]));
    const over = (rounds, name) => median(rounds.map((round, number) => round[name] - found[0][number][name]));
    sides.forEach(([id, what], side) => {
      const proxy = (name, unit, scale = 1) => (side ? { name: PROXY, value: middle(found[0], name) / scale, unit } : null);
      const more = (name) =>
        side ? `${(over(found[side], name) / 1000).toFixed(2)} ms over the proxy, median of ${ROUNDS} paired rounds` : "";
      report.figure(`edge_${id}_${connections}_persecond`, middle(found[side], "persecond"), "/s", {
        what: `${PAGE}, ${at}: requests a second, ${what}`,
        peer: proxy("persecond", "/s"),
      });
      for (const name of ["p50", "p99"]) {
        report.figure(`edge_${id}_${connections}_${name}_ms`, middle(found[side], name) / 1000, "ms", {
          what: `${PAGE}, ${at}: ${name}, ${what}`,
          peer: proxy(name, "ms", 1000),
          note: more(name),
        });
      }
    });
  }
}

/** Starts a Worker and asks for its page until one is as it should be: ms and CPU ms until any came, and until that one did. */
async function start(bench, name, files, settings, headers, isIt) {
  const begun = performance.now();
  const { url, child } = await launched(bench, name, files, settings);
  const found = {};
  const now = () => ({ ms: performance.now() - begun, cpu: cpuMs(child.pid) });
  await until(`the first page of ${name}`, async () => {
    while (performance.now() - begun < 15_000) {
      const html = await fetch(url, { headers }).then(
        (answer) => (answer.ok ? answer.text() : ""),
        () => "",
      );
      if (html) found.first ??= now();
      if (html && isIt(html)) return Object.assign(found, { whole: now() });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
  process.kill(-child.pid, "SIGKILL");
  return found;
}

/** How long a Worker takes from nothing to its first page: a process of workerd, its script, and for ours the snapshot. */
async function startUp(bench, { settings, headers }, peer) {
  const { report } = bench;
  const { STORE_ORIGIN } = settings;
  const sides = {
    proxy: [{ "proxy.js": PLAIN }, { STORE_ORIGIN }, () => true],
    ours: [await worker(), { ...settings, CONSENT: "implied" }, (html) => html.includes("data-slotwise-personalised")],
    ...(peer && { growthbook: [peer, bindings(STORE_ORIGIN), (html) => html.includes("Changed")] }),
  };
  const found = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  // A killed process stays a zombie until it is collected, so ends are registered for nothing but the last.
  const quiet = { temporary: bench.temporary, atEnd: () => {} };
  for (let round = 0; round < STARTS; round++) {
    for (const [name, [files, bound, isIt]] of Object.entries(sides)) {
      found[name].push(await start(quiet, `start-${name}-${round}`, files, bound, headers, isIt));
    }
  }
  const middle = (name, when, unit) => median(found[name].map((one) => one[when][unit]));
  const peerOf = (when, unit) => ({ name: PROXY, value: middle("proxy", when, unit), unit: "ms" });
  for (const [unit, kind] of [
    ["ms", "time"],
    ["cpu", "CPU"],
  ]) {
    report.figure(`edge_start_proxy_${unit}`, middle("proxy", "first", unit), "ms", {
      what: `${kind} from the start of workerd's process to the first page: ${PROXY}`,
    });
    report.figure(`edge_start_${unit}`, middle("ours", "first", unit), "ms", {
      what: `${kind} from the start of workerd's process to the first page: the whole Worker`,
      peer: peerOf("first", unit),
    });
    report.figure(`edge_start_fitted_${unit}`, middle("ours", "whole", unit), "ms", {
      what: `${kind} from the start of workerd's process to the first fitted page: with manifest and snapshot from the origin`,
      peer: peerOf("first", unit),
    });
    if (!peer) continue;
    report.figure(`edge_start_growthbook_${unit}`, middle("growthbook", "whole", unit), "ms", {
      what: `${kind} from the start of workerd's process to the first page: @growthbook/edge-cloudflare, experiments in its script`,
      peer: peerOf("first", unit),
    });
  }
}

/** What a Worker adds: its own bytes, and those of the page. */
async function bytes(bench, { workers, store, headers }, peer) {
  const { report } = bench;
  const gzip = (files) => Object.values(files).reduce((sum, file) => sum + gzipSync(file).length, 0) / 1000;
  const added = async ({ url }) => {
    const html = await (await fetch(url, { headers })).text();
    return { raw: (html.length - store.html.length) / 1000, gzip: (gzipSync(html).length - gzipSync(store.html).length) / 1000 };
  };
  for (const [id, what, files, host] of [
    [
      "ours",
      "the whole Worker, with products of the shop in the slots and what the page's engine needs of them",
      await worker(),
      workers.ours,
    ],
    ...(peer
      ? [["growthbook", `@growthbook/edge-cloudflare ${VERSION}, its script injected, as is its default`, peer, workers.growthbook]]
      : []),
  ]) {
    const more = await added(host);
    report.figure(`edge_${id}_gzip_kb`, gzip(files), "kB", { what: `bytes of the Worker, minified, gzip: ${what}` });
    report.figure(`edge_${id}_page_kb`, more.raw, "kB", {
      what: `${PAGE}: bytes added to it: ${what}`,
      note: `${more.gzip.toFixed(2)} kB gzip`,
    });
  }
}

/** The part `edge`. */
export async function edge(bench) {
  const { report } = bench;
  const peer = await modules().catch((error) => report.skip("GrowthBook's edge package", error.message));
  const set = await stage(bench, peer);
  await bytes(bench, set, peer);
  await throughput(bench, set);
  await startUp(bench, set, peer);
  const { rewriter, ...others } = set.workers;
  const cpu = await rounds({ rewriter, ...others }, set.headers, 200, 5);
  for (const [name, what] of [
    ["ours", "the whole Worker"],
    ["growthbook", `@growthbook/edge-cloudflare ${VERSION}`],
  ]) {
    if (!cpu[name]) continue;
    report.figure(`edge_${name}_cpu_ms`, cpu[name].ms, "ms", {
      what: `${PAGE}: CPU a page, ${what}`,
      peer: { name: PROXY, value: cpu.proxy.ms, unit: "ms" },
    });
  }
  await headersKept(bench, set);
  await errors(bench, set);
}
