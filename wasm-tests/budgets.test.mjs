// Budgets of sizes and ratios: what grows past its budget fails here, in the change that makes it grow. The figures
// are the benchmark's own. Times are not enforced, since they depend on the machine.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Bench } from "./bench/bench.mjs";
import { BUDGETS, bound, kept } from "./bench/budgets.mjs";
import { ratios } from "./bench/rewrite.mjs";
import { measured } from "./bench/sizes.mjs";

/** Short rounds, many of them: the median of their ratios is steadier than one long round. */
const ROUNDS = { requests: 200, count: 9 };

const bench = new Bench();
after(() => bench.end());

/** Fails with what was found, what was expected and what to do. */
function enforce(id, value, unit) {
  const budget = BUDGETS[id];
  const leeway = budget.enforced ? ` and ${budget.enforced * 100} % for noise` : "";
  const advice = "see where it went with `npm run bench -- --only sizes,rooms,rewrite`";
  assert.ok(kept(value, budget, budget.enforced), `${id} is ${value.toFixed(2)} ${unit}, expected ${bound(budget)}${leeway}; ${advice}`);
}

const sizes = await measured();

test("the script that must be there at once keeps its budget", () => enforce("eager_brotli_kb", sizes.eager.brotli, "kB"));

test("the page engine with its scripts keeps its budget", () => enforce("page_engine_brotli_kb", sizes.page.brotli, "kB"));

for (const name of ["global", "ga4", "react", "element"]) {
  test(`the entry ${name} keeps its budget`, () => enforce(`${name}_brotli_kb`, sizes[name].brotli, "kB"));
}

test("the Worker keeps its budget", () => enforce("worker_gzip_kb", sizes.worker.gzip, "kB"));

test("a rewritten page costs no more CPU than its share of HTMLRewriter's", async () => {
  const { slots, none } = await ratios(bench, ROUNDS);
  console.log(`  rewrite_ratio ${slots.ours.ratio.toFixed(2)}, without slots ${none.ours.ratio.toFixed(2)}`);
  enforce("rewrite_ratio", slots.ours.ratio, "times");
  enforce("rewrite_ratio_no_slots", none.ours.ratio, "times");
});
