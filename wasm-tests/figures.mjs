// Figures of suites that `npm run bench` does not run, since they take minutes and must pass rather than be fast. A suite
// leaves them under `target/figures`, and the benchmark's report takes them from there.

import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../target/figures");
const file = (suite) => join(folder, `${suite}.jsonl`);

/** Tells of what a test has measured; a suite keeps it. `t`: the test. */
export function figure(t, id, value, unit, what) {
  t.diagnostic(`${what}: ${value} ${unit}`.trimEnd());
  const suite = process.env.SLOTWISE_SUITE;
  if (suite) appendFileSync(file(suite), `${JSON.stringify({ id, value, unit, what })}\n`);
}

/** Forgets the figures of a suite's last run. */
export function begin(suite) {
  mkdirSync(folder, { recursive: true });
  rmSync(file(suite), { force: true });
}

/** Figures of a suite's last run: `[{id, value, unit, what}]`. */
export function figures(suite) {
  if (!existsSync(file(suite))) return [];
  return readFileSync(file(suite), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Names of the suites that have left figures. */
export const suites = () => (existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.jsonl$/, "")) : []).sort();
