// A whole page, eight slots of twelve products each: until the decisions are JS objects, which is what a page waits
// for; in the page engine alone; and in the core without any host, which shows what the host costs.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publish } from "../stage.mjs";
import { END_MS, plan, SLOTS, shop, visits } from "./diginetica.mjs";
import { adoptAll, pageEngine } from "./engines.mjs";
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

/** Deciding without a page around it: the core's `decide_all`, timed by `rank.rs`. */
function core(bench, Ranker, id, where, snapshot, sessions, guarded) {
  const ranker = new Ranker(snapshot);
  const found = timed(sessions, (ids) => {
    const began = process.hrtime.bigint();
    const shown = ranker.page(ids, ROUNDS);
    return { micros: microsSince(began) / ROUNDS, shown };
  });
  tell(bench, id, `8 slots of 12 products decided by the core in Wasm (${where}; ${HOW[guarded]})`, found);
}

/** An engine whose calls of `ask` into Wasm are timed, and the microseconds of the last one. */
function watched(make) {
  const { Instance } = WebAssembly;
  const last = { micros: 0 };
  WebAssembly.Instance = function Watched(module, imports) {
    const { ask, ...others } = new Instance(module, imports).exports;
    const timed = (...words) => {
      const began = process.hrtime.bigint();
      ask(...words);
      last.micros = microsSince(began);
    };
    return { exports: { ...others, ask: timed } };
  };
  try {
    return { engine: make(), last };
  } finally {
    WebAssembly.Instance = Instance;
  }
}

const VISIT = {
  token: undefined,
  agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  referrer: "https://www.google.com/",
  url: "https://shop.example/",
  zone: "Europe/Berlin",
  offset: 60,
};
const PLACES = SLOTS.map((name) => ({ name, keys: [], personalised: false }));

/** One page decided by the package's engine after each visit: until the decisions are objects, and in Wasm alone. */
function whole(bench, make, more, where, model, sessions, guarded) {
  const opened = (engine) => {
    engine.begin(VISIT, END_MS);
    adoptAll(engine, model);
    return engine;
  };
  const first = opened(make());
  const tokens = sessions.map((ids) => {
    first.begin(VISIT, END_MS);
    for (const [at, id] of ids.entries()) first.track("view_item", { items: [{ item_id: id }] }, END_MS + at * STEP_MS);
    return first.token();
  });
  const { engine: second, last } = watched(make);
  opened(second);
  const decide = (engine, token) => {
    engine.begin({ ...VISIT, token }, DECIDE_MS);
    const began = process.hrtime.bigint();
    const decisions = engine.decide(PLACES, DECIDE_MS);
    const micros = microsSince(began);
    return { micros, shown: decisions.reduce((sum, [, decision]) => sum + decision.items.length, 0) };
  };
  const objects = timed(tokens, (token) => decide(first, token));
  const alone = timed(tokens, (token) => ({ shown: decide(second, token).shown, micros: last.micros }));
  const what = "8 slots of 12 products";
  tell(bench, `page_js${more}`, `${what} until they are JS objects in V8 (${where}; ${HOW[guarded]})`, objects);
  tell(bench, `page_engine${more}`, `${what} in the page engine alone (${where}; ${HOW[guarded]})`, alone);
}

/** The part `page`. */
export async function page(bench) {
  const Ranker = await ranker(bench);
  const make = await pageEngine().catch((error) => bench.report.skip("page_js_p50_us, page_engine_p50_us", error.message));
  const where = "Diginetica, first 5,000 test prefixes";
  for (const guarded of [false, true]) {
    const more = guarded ? "_guarded" : "";
    if (split(bench, "diginetica")) {
      const model = shop(bench, guarded);
      const sessions = visits(bench);
      if (make) whole(bench, make, more, where, model, sessions, guarded);
      core(bench, Ranker, `page_core${more}`, where, model.snapshot, sessions, guarded);
    } else {
      bench.report.skip(`pages of Diginetica${guarded ? ", with guardrails" : ""}`, "../shared/data/diginetica is not here");
    }
    const file = join(bench.temporary, `plan${more}.json`);
    writeFileSync(file, JSON.stringify(plan(guarded, LOOKS[0])));
    const demo = publish({ plan: file });
    bench.atEnd(() => demo.remove());
    const sessions = Array.from({ length: 1000 }, (_, at) => LOOKS.slice(0, 1 + (at % LOOKS.length)));
    core(bench, Ranker, `page_core_demo${more}`, "demo snapshot", readFileSync(demo.snapshotFile()), sessions, guarded);
  }
}
