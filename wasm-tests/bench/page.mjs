// A whole page, eight slots of twelve products each: decided in Wasm, and until the decisions are JS objects. The
// first is the price of deciding, the second what a page really waits for.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../js/tools/setup.mjs";
import { publish } from "../stage.mjs";
import { END_MS, plan, SLOTS, shop, visits } from "./diginetica.mjs";
import { split } from "./next.mjs";
import { LOOKS, ranker } from "./scorer.mjs";
import { median, microsSince, quantile } from "./stats.mjs";

/** Passes over all visits: the first ones warm V8 up, of the others each visit's median counts. */
const WARM = 2;
const COUNTED = 5;
const ROUNDS = 4;
const STEP_MS = 30_000;
const DECIDE_MS = END_MS + 1_000_000;
const HOW = { false: "no guardrails but the page's own", true: "caps, diversity, kept places, a pin" };

/** Times of all sessions, and how many products a page had on average. */
function timed(sessions, decide) {
  const spent = sessions.map(() => []);
  let products = 0;
  for (let pass = 0; pass < WARM + COUNTED; pass++) {
    products = 0;
    for (const [at, session] of sessions.entries()) {
      const { micros, shown } = decide(session);
      products += shown;
      if (pass >= WARM) spent[at].push(micros);
    }
  }
  if (products === 0) throw new Error("the pages have no product, expected about 96 each");
  return { spent: spent.map(median), shown: Math.round(products / sessions.length) };
}

function tell({ report }, id, what, { spent, shown }) {
  for (const [name, share] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ]) {
    report.figure(`${id}_${name}_us`, quantile(spent, share), "µs", { what: `${what}, ${name}`, note: `${shown} products a page` });
  }
}

/** Deciding alone, without the answer: the core's `decide_all`, timed by `rank.rs`. */
function alone(bench, Ranker, id, where, snapshot, sessions, guarded) {
  const core = new Ranker(snapshot);
  const found = timed(sessions, (ids) => {
    const began = process.hrtime.bigint();
    const shown = core.page(ids, ROUNDS);
    return { micros: microsSince(began) / ROUNDS, shown };
  });
  tell(bench, id, `8 slots of 12 products decided in Wasm (${where}; ${HOW[guarded]})`, found);
}

/** The package's own engine, as a page uses it; undefined until it is built. */
async function pageEngine() {
  const [script, wasm] = ["engine.js", "engine.wasm"].map((name) => join(root, "js/dist", name));
  if (!existsSync(script) || !existsSync(wasm)) return undefined;
  const { PageEngine } = await import(pathToFileURL(script).href);
  if (!PageEngine) return undefined;
  const module = new WebAssembly.Module(readFileSync(wasm));
  return () => new PageEngine(module);
}

const VISIT = {
  token: undefined,
  agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  referrer: "https://www.google.com/",
  url: "https://shop.example/",
  zone: "Europe/Berlin",
  offset: 60,
};
const PLACES = SLOTS.map((name) => ({ name, keys: [], fitted: false }));

/** Until the decisions are objects: one call of the package's engine, as a page makes it. */
function objects(bench, engine, id, where, { snapshot, id: name }, sessions, guarded) {
  engine.begin(VISIT, END_MS);
  if (!engine.adopt(new Uint8Array(snapshot), name)) throw new Error("the page engine does not take the snapshot; build both anew");
  const tokens = sessions.map((ids) => {
    engine.begin(VISIT, END_MS);
    for (const [at, id] of ids.entries()) engine.track("view_item", { items: [{ item_id: id }] }, END_MS + at * STEP_MS);
    return engine.token();
  });
  const found = timed(tokens, (token) => {
    engine.begin({ ...VISIT, token }, DECIDE_MS);
    const began = process.hrtime.bigint();
    const decisions = engine.decide(PLACES, DECIDE_MS);
    const micros = microsSince(began);
    return { micros, shown: decisions.reduce((sum, decision) => sum + (decision?.items.length ?? 0), 0) };
  });
  tell(bench, id, `8 slots of 12 products until they are JS objects in V8 (${where}; ${HOW[guarded]})`, found);
}

/** The part `page`. */
export async function page(bench) {
  const Ranker = await ranker(bench);
  const engine = await pageEngine();
  const where = "Diginetica, first 5,000 test prefixes";
  for (const guarded of [false, true]) {
    const more = guarded ? "_guarded" : "";
    if (split(bench, "diginetica")) {
      const model = shop(bench, guarded);
      const sessions = visits(bench);
      if (engine) objects(bench, engine(), `page_js${more}`, where, model, sessions, guarded);
      else bench.report.skip(`page_js${more}_p50_us`, "js/dist has no engine.js with a PageEngine and engine.wasm beside it");
      alone(bench, Ranker, `page_engine${more}`, where, model.snapshot, sessions, guarded);
    } else {
      bench.report.skip(`page_js${more}_p50_us, page_engine${more}_p50_us`, "../shared/data/diginetica is not here");
    }
    const file = join(bench.temporary, `plan${more}.json`);
    writeFileSync(file, JSON.stringify(plan(guarded, LOOKS[0])));
    const demo = publish({ plan: file });
    bench.atEnd(() => demo.remove());
    const sessions = Array.from({ length: 1000 }, (_, at) => LOOKS.slice(0, 1 + (at % LOOKS.length)));
    alone(bench, Ranker, `page_engine_demo${more}`, "demo snapshot", readFileSync(demo.snapshotFile()), sessions, guarded);
  }
}
