// Google's Lighthouse on the demo behind the edge: mobile performance and layout shift of every kind of page.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { demo, executable, FLAGS, PAGES } from "./demo.mjs";
import { installed } from "./peers.mjs";
import { median } from "./stats.mjs";

const VERSION = "13.5.0";
const RUNS = 3;

/** One run with Lighthouse's own settings for a phone: a slow network and a CPU four times slower, simulated. */
function audit(bench, program, url) {
  const out = join(bench.temporary, "lighthouse.json");
  // Of beacons the browser tells no end, and Lighthouse would wait for it three quarters of a minute.
  const words = [
    program,
    url,
    "--max-wait-for-load=20000",
    "--output=json",
    `--output-path=${out}`,
    "--only-categories=performance",
    "--quiet",
  ];
  const env = { ...process.env, CHROME_PATH: executable() };
  run(`Lighthouse on ${url}`, process.execPath, [...words, `--chrome-flags=${FLAGS.join(" ")}`], { env });
  const { categories, audits } = JSON.parse(readFileSync(out, "utf8"));
  const number = (name) => audits[name].numericValue;
  return {
    score: categories.performance.score * 100,
    cls: number("cumulative-layout-shift"),
    fcp: number("first-contentful-paint"),
    lcp: number("largest-contentful-paint"),
    tbt: number("total-blocking-time"),
    bytes: number("total-byte-weight"),
  };
}

/** The part `lighthouse`. */
export async function lighthouse(bench) {
  const { report } = bench;
  let folder;
  try {
    folder = installed("lighthouse", `lighthouse@${VERSION}`);
  } catch (error) {
    report.skip("Lighthouse", error.message);
    return;
  }
  const program = join(folder, "node_modules/lighthouse/cli/index.js");
  const url = await demo(bench);
  for (const [name, path] of Object.entries(PAGES)) {
    const runs = Array.from({ length: RUNS }, () => audit(bench, program, url + path));
    const middle = (key) => median(runs.map((run) => run[key]));
    const note = `FCP ${Math.round(middle("fcp"))} ms, LCP ${Math.round(middle("lcp"))} ms, TBT ${Math.round(middle("tbt"))} ms, ${Math.round(middle("bytes") / 1000)} kB`;
    const what = `Lighthouse ${VERSION}, mobile, the demo's ${name} page behind the edge`;
    report.figure(`lighthouse_${name}`, Math.round(middle("score")), "", { what: `${what}: performance, median of ${RUNS}`, note });
    report.figure(`lighthouse_${name}_cls`, middle("cls"), "", { what: `${what}: layout shift` });
  }
}
