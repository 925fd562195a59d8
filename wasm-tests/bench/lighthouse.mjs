// Google's Lighthouse on every page of the demo behind the edge, and on the manual: performance, accessibility, best practices
// and layout shift, as a phone and as a desktop.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { root } from "../../js/tools/setup.mjs";
import { run } from "./command.mjs";
import { demo, executable, FLAGS, PAGES } from "./demo.mjs";
import { installed } from "./peers.mjs";
import { median } from "./stats.mjs";

const VERSION = "13.5.0";
/** Attempts for one run: now and then the browser closes the page under Lighthouse's hands. */
const ATTEMPTS = 3;
/** Performance varies with what else the machine does; the rest does not. */
const RUNS = Number(process.env.SLOTWISE_LIGHTHOUSE_RUNS ?? 3);
/** Lighthouse's own settings. A phone has a slow network and a CPU four times slower, both simulated. */
const DEVICES = { mobile: [], desktop: ["--preset=desktop"] };
const CATEGORIES = { performance: "performance", accessibility: "accessibility", "best-practices": "best practices" };

function attempt(...words) {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return audit(...words);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** One run; also what cost points. */
function audit(bench, program, url, device) {
  const out = join(bench.temporary, "lighthouse.json");
  const categories = `--only-categories=${Object.keys(CATEGORIES).join(",")}`;
  // Of beacons the browser tells no end, and Lighthouse would wait for it three quarters of a minute.
  const words = [
    program,
    url,
    "--max-wait-for-load=20000",
    "--output=json",
    `--output-path=${out}`,
    categories,
    "--quiet",
    ...DEVICES[device],
  ];
  const env = { ...process.env, CHROME_PATH: executable() };
  run(`Lighthouse on ${url}`, process.execPath, [...words, `--chrome-flags=${FLAGS.join(" ")}`], { env });
  const { categories: found, audits } = JSON.parse(readFileSync(out, "utf8"));
  const number = (name) => audits[name].numericValue;
  const cost = ["accessibility", "best-practices"].flatMap((category) =>
    found[category].auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
      .map(({ id }) => id),
  );
  return {
    scores: Object.fromEntries(Object.keys(CATEGORIES).map((category) => [category, Math.round(found[category].score * 100)])),
    cost,
    cls: number("cumulative-layout-shift"),
    fcp: number("first-contentful-paint"),
    lcp: number("largest-contentful-paint"),
    tbt: number("total-blocking-time"),
    bytes: number("total-byte-weight"),
  };
}

/** Serves the manual, if it was built; its address. */
async function manual(bench) {
  const folder = join(root, "target/manual");
  if (!existsSync(join(folder, "index.html"))) return undefined;
  const server = createServer(sirv(folder, { brotli: true, gzip: true }));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  bench.atEnd(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
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
  const pages = Object.entries(PAGES).map(([name, path]) => [name, url + path]);
  const book = await manual(bench);
  if (book) pages.push(["manual", book]);
  else report.skip("lighthouse_manual", "target/manual is not here; run `npm run docs`");
  for (const [name, address] of pages) {
    for (const device of Object.keys(DEVICES)) {
      const runs = Array.from({ length: RUNS }, () => attempt(bench, program, address, device));
      const middle = (key) => median(runs.map((run) => run[key]));
      const id = `lighthouse_${name}_${device}`;
      const what = `Lighthouse ${VERSION}, ${device}, ${name === "manual" ? "the manual" : `the demo's ${name} page behind the edge`}`;
      const times = `FCP ${Math.round(middle("fcp"))} ms, LCP ${Math.round(middle("lcp"))} ms, TBT ${Math.round(middle("tbt"))} ms, ${Math.round(middle("bytes") / 1000)} kB`;
      const cost = [...new Set(runs.flatMap((run) => run.cost))].join(", ");
      for (const [category, words] of Object.entries(CATEGORIES)) {
        const note = category === "performance" ? times : cost;
        const score = median(runs.map(({ scores }) => scores[category]));
        report.figure(`${id}_${words.replace(" ", "_")}`, score, "", { what: `${what}: ${words}, median of ${RUNS}`, note });
      }
      report.figure(`${id}_cls`, middle("cls"), "", { what: `${what}: layout shift` });
    }
  }
}
