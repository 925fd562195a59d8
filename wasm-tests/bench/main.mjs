// `npm run bench`: measures here and now, and prints each figure with its budget and its peer. Nothing fails:
// the numbers are to be read; `npm test` enforces the budgets of sizes and ratios.
//
//   npm run bench                                          every part
//   npm run bench -- --only sizes,rewrite --json FILE      some parts, and their figures as JSON
//   npm run bench -- --markdown BENCHMARKS.md              every part, as a page

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../../js/tools/build.mjs";
import { Bench } from "./bench.mjs";
import { counting } from "./counting.mjs";
import { edge } from "./edge.mjs";
import { first } from "./first.mjs";
import { flood } from "./flood.mjs";
import { intent } from "./intent.mjs";
import { lake } from "./lake.mjs";
import { large } from "./large.mjs";
import { lighthouse } from "./lighthouse.mjs";
import { load } from "./load.mjs";
import { next } from "./next.mjs";
import { overlay } from "./overlay.mjs";
import { page } from "./page.mjs";
import { peersBytes } from "./peers_bytes.mjs";
import { rewrite } from "./rewrite.mjs";
import { rooms } from "./rooms.mjs";
import { scorer } from "./scorer.mjs";
import { sisters } from "./sisters.mjs";
import { sizes } from "./sizes.mjs";
import { snapshot } from "./snapshot.mjs";
import { suitesRun } from "./suites.mjs";
import { swap } from "./swap.mjs";
import { daily, transport } from "./transport.mjs";

const PARTS = {
  ...{
    sizes,
    peers_bytes: peersBytes,
    rooms,
    snapshot,
    transport,
    days: daily,
    next,
    sisters,
    intent,
    large,
    lake,
    counting,
    flood,
    scorer,
    page,
    overlay,
    rewrite,
    edge,
    swap,
    load,
    first,
    lighthouse,
  },
  suites: suitesRun,
};

function refuse(why) {
  console.error(`slotwise: ${why}`);
  process.exit(2);
}

function words() {
  const options = { only: { type: "string" }, json: { type: "string" }, markdown: { type: "string" } };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(`${error.message}; expected --only PART,PART…, --json FILE, --markdown FILE`);
  }
}

const { only, json, markdown } = words();
const names = only?.split(",").map((name) => name.trim()) ?? Object.keys(PARTS);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length) refuse(`the benchmark has no part ${unknown.join(", ")}; its parts are ${Object.keys(PARTS).join(", ")}`);

await build();
const rust = spawnSync("rustc", ["--version"], { encoding: "utf8" }).stdout.trim();
const machine = `${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}; ${rust}`;
console.log(`\n${machine}; medians`);
const bench = new Bench();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => bench.end().finally(() => process.exit(1)));
let broken = false;
// In the order of the list: a later part may read a figure of an earlier one.
for (const [name, part] of Object.entries(PARTS).filter(([name]) => names.includes(name))) {
  console.log(`\n== ${name}`);
  bench.report.begin(name);
  try {
    await part(bench);
  } catch (error) {
    broken = true;
    bench.report.skip(name, `it broke: ${error.message}`.replaceAll("\n", " "));
    console.error(error);
  }
}
await bench.end();
const text = bench.report.markdown(machine);
console.log(`\n${text}`);
if (json) writeFileSync(resolve(json), bench.report.json());
if (markdown) writeFileSync(resolve(markdown), text);
process.exit(broken ? 1 : 0);
