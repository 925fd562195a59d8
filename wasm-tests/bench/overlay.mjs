// Decisions with live prices and stock laid over the snapshot, beside the same ones without: 500 products sold out and 500
// repriced, those that the visits are shown most. In V8, by the page engine and by the Worker's.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { slotwise } from "../stage.mjs";
import { END_MS, SLOTS, shop, visits } from "./diginetica.mjs";
import { adoptAll, edgeEngine, pageEngine } from "./engines.mjs";
import { split } from "./next.mjs";
import { median, microsSince, quantile } from "./stats.mjs";

const VISITS = 1000;
/** Passes over all visits: the first ones warm V8 up, of the others each visit's median counts. */
const WARM = 2;
const COUNTED = 5;
const EACH = 500;
const LAID = 101;
const STEP_MS = 30_000;
const DECIDE_MS = END_MS + 1_000_000;
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const VISIT = { token: undefined, agent: AGENT, referrer: "", url: "https://shop.example/", zone: "Europe/Berlin", offset: 60 };
const PLACES = SLOTS.map((name) => ({ name, keys: [], personalised: false }));
const ASKER = {
  ...{ cookies: "", agent: AGENT, referrer: "", url: VISIT.url, continent: "EU" },
  ...{ hour: 12, weekday: 2, private: false, implied: true },
};

/** Page engines that have all of the snapshot. */
async function pages(model, wanted) {
  const make = await pageEngine();
  return Array.from({ length: wanted }, () => {
    const engine = make();
    engine.begin(VISIT, END_MS);
    adoptAll(engine, model);
    return engine;
  });
}

/** Median time of each visit, asked with and without in turn so that both see the same machine. */
function timed(visits, ways) {
  const spent = ways.map(() => visits.map(() => []));
  for (let pass = 0; pass < WARM + COUNTED; pass++) {
    for (const [at, visit] of visits.entries()) {
      for (const [way, decide] of ways.entries()) {
        const micros = decide(visit);
        if (pass >= WARM) spent[way][at].push(micros);
      }
    }
  }
  return spent.map((all) => all.map(median));
}

/** Median time of laying an overlay over the snapshot. */
function laying(lay) {
  const times = Array.from({ length: LAID }, () => {
    const began = process.hrtime.bigint();
    lay();
    return microsSince(began);
  });
  return median(times);
}

function tell({ report }, id, what, [without, laid]) {
  for (const [name, share] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ]) {
    const peer = { name: "without an overlay", value: quantile(without, share), unit: "µs" };
    report.figure(`overlay_${id}_${name}_us`, quantile(laid, share), "µs", { what: `${what}, ${name}`, peer });
  }
}

/** The body of an overlay about the products shown most, published by the program. */
function publishedOverlay(bench, model, counts) {
  const folder = join(bench.temporary, "overlay");
  cpSync(model.published, folder, { recursive: true });
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 2 * EACH);
  if (most.length < 2 * EACH) throw new Error(`the visits are shown ${most.length} products, expected ${2 * EACH}`);
  const fact = ([product], at) => (at % 2 ? { product, stock: "out" } : { product, price: 10 + at, usual_price: 20 + at });
  const facts = join(bench.temporary, "facts.jsonl");
  writeFileSync(facts, most.map((one, at) => JSON.stringify(fact(one, at))).join("\n"));
  const done = slotwise("overlay", facts, "--key", `${model.key}.overlay`, "--out", folder);
  if (done.code !== 0) throw new Error(done.err);
  const file = readFileSync(join(folder, "overlay"));
  const what = `overlay of ${EACH} products sold out and ${EACH} repriced, with its signature`;
  bench.report.figure("overlay_bytes", file.length, "bytes", { what, note: `${(file.length / 2 / EACH).toFixed(1)} a product` });
  return new Uint8Array(file.subarray(64));
}

/** The part `overlay`. */
export async function overlay(bench) {
  if (!split(bench, "diginetica")) return bench.report.skip("decisions with an overlay", "../shared/data/diginetica is not here");
  const model = shop(bench, false);
  const [plain, laid] = await pages(model, 2);
  const counts = new Map();
  const tokens = visits(bench)
    .slice(0, VISITS)
    .map((ids) => {
      plain.begin(VISIT, END_MS);
      for (const [at, id] of ids.entries()) plain.track("view_item", { items: [{ item_id: id }] }, END_MS + at * STEP_MS);
      for (const [, { items }] of plain.decide(PLACES, DECIDE_MS))
        for (const { item_id } of items) counts.set(item_id, (counts.get(item_id) ?? 0) + 1);
      return plain.token();
    });
  const body = publishedOverlay(bench, model, counts);
  const { report } = bench;
  const of = `overlay of ${2 * EACH} products`;
  report.figure(
    "overlay_lay_page_us",
    laying(() => laid.lay(body)),
    "µs",
    { what: `${of} laid over the snapshot by the page engine in V8` },
  );
  const page = (engine) => (token) => {
    engine.begin({ ...VISIT, token }, DECIDE_MS);
    const began = process.hrtime.bigint();
    engine.decide(PLACES, DECIDE_MS);
    return microsSince(began);
  };
  const where = `8 slots of 12 products (Diginetica, first ${VISITS} test prefixes), ${EACH} products sold out and ${EACH} repriced`;
  tell(bench, "page", `page engine in V8 until they are JS objects: ${where}`, timed(tokens, [page(plain), page(laid)]));
  const open = await edgeEngine();
  const [bare, dressed] = [open(model.snapshot, model.id), open(model.snapshot, model.id)];
  report.figure(
    "overlay_lay_edge_us",
    laying(() => dressed.lay(body)),
    "µs",
    { what: `${of} laid over the snapshot by the Worker's engine in V8` },
  );
  const edge = (shop) => (token) => {
    const began = process.hrtime.bigint();
    shop.decide(ASKER, { token }, DECIDE_MS);
    return microsSince(began);
  };
  tell(bench, "edge", `Worker's engine in V8 until they are JSON: ${where}`, timed(tokens, [edge(bare), edge(dressed)]));
}
