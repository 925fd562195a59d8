// Google's Lighthouse on every kind of page of the demo behind the edge, and on every page of the manual, as a phone and as a
// desktop: performance, accessibility, best practices, search engines, and layout shift.
//
// A page's figure is the lowest of its scores, because each has the same aim. What each of them was is beside it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import sirv from "sirv";
import { root } from "../../js/tools/setup.mjs";
import { freePort } from "../stage.mjs";
import { CLS, SCORE } from "./budgets.mjs";
import { demo, executable, FLAGS, PAGES } from "./demo.mjs";
import { installed } from "./peers.mjs";
import { median } from "./stats.mjs";

const VERSION = "13.5.0";
/** Attempts for one run: now and then the browser closes the page under Lighthouse's hands. */
const ATTEMPTS = 3;
/** Performance varies with what else the machine does; the rest does not. */
const RUNS = Number(process.env.SLOTWISE_LIGHTHOUSE_RUNS ?? 3);
/** Only these pages, by their names. */
const ONLY = process.env.SLOTWISE_LIGHTHOUSE_ONLY?.split(",");
const isAsked = (name) => ONLY?.includes(name) ?? true;
/** Lighthouse's own settings. A phone has a slow network and a CPU four times slower, both simulated. */
const DEVICES = (process.env.SLOTWISE_LIGHTHOUSE_DEVICES ?? "mobile,desktop").split(",");
const CATEGORIES = { performance: "performance", accessibility: "accessibility", "best-practices": "best practices", seo: "SEO" };
/** The demo's other pages: a category with sections, one without products left, and the pages in other languages. */
const MORE = {
  sections: "/category/electronics",
  nothing_found: "/search?q=xyzzy",
  german: "/de",
  german_product: "/de/product/1004856",
  arabic: "/ar",
  arabic_product: "/ar/product/1004856",
};
/** Of the manual's references, which are generated, one page of each kind stands for all. */
const REFERENCES = ["reference/index.html", "typescript/functions/index.load.html", "code/src/lib.rs.html"];

/** Lighthouse and a browser for it. It clears the browser's storage before each run. */
async function auditor(bench, folder) {
  const { default: audit, desktopConfig } = await import(join(folder, "node_modules/lighthouse/core/index.js"));
  const port = await freePort();
  const browser = await chromium.launch({ executablePath: executable(), args: [...FLAGS, `--remote-debugging-port=${port}`] });
  bench.atEnd(() => browser.close());
  const flags = {
    port,
    logLevel: "error",
    onlyCategories: Object.keys(CATEGORIES),
    // Cart and search say that they are not to be indexed.
    skipAudits: ["is-crawlable"],
    // Of beacons the browser tells no end, and Lighthouse would wait for it three quarters of a minute.
    maxWaitForLoad: 20_000,
    disableFullPageScreenshot: true,
  };
  return async (url, device) => {
    for (let left = ATTEMPTS - 1; ; left--) {
      const { lhr } = await audit(url, flags, device === "desktop" ? desktopConfig : undefined);
      if (!lhr.runtimeError) return measured(lhr);
      if (left === 0) throw new Error(`Lighthouse on ${url}: ${lhr.runtimeError.message}`);
    }
  };
}

/** What one run found; also what cost points. */
function measured({ categories, audits }) {
  const number = (name) => audits[name].numericValue;
  const cost = Object.keys(CATEGORIES).flatMap((category) =>
    categories[category].auditRefs
      .filter(({ id, weight }) => category !== "performance" && weight > 0 && audits[id].score !== null && audits[id].score < 1)
      .map(({ id }) => id),
  );
  return {
    scores: Object.keys(CATEGORIES).map((category) => Math.round(categories[category].score * 100)),
    cost,
    cls: number("cumulative-layout-shift"),
    fcp: number("first-contentful-paint"),
    lcp: number("largest-contentful-paint"),
    tbt: number("total-blocking-time"),
    bytes: number("total-byte-weight"),
  };
}

/** The medians of a page's runs. */
async function page(audit, url, device, times) {
  const runs = [];
  for (let run = 0; run < times; run++) runs.push(await audit(url, device));
  const middle = (read) => median(runs.map(read));
  const scores = Object.values(CATEGORIES).map((_, at) => middle(({ scores }) => scores[at]));
  const cost = [...new Set(runs.flatMap(({ cost }) => cost))];
  return {
    scores,
    lowest: Math.min(...scores),
    cls: Math.max(...runs.map(({ cls }) => cls)),
    words: Object.values(CATEGORIES)
      .map((name, at) => `${name} ${scores[at]}`)
      .concat(cost.length ? `points lost by ${cost.join(", ")}` : [])
      .join(", "),
    times: `FCP ${Math.round(middle((run) => run.fcp))} ms, LCP ${Math.round(middle((run) => run.lcp))} ms, TBT ${Math.round(middle((run) => run.tbt))} ms, ${Math.round(middle((run) => run.bytes) / 1000)} kB`,
  };
}

/** Serves the manual, if it was built: addresses of its pages, by file. */
async function manual(bench) {
  const folder = join(root, "target/manual");
  if (!existsSync(join(folder, "index.html"))) return undefined;
  const plain = sirv(folder);
  // Compressed, as any host serves it.
  const server = createServer((request, response) => {
    const [path] = request.url.split("?");
    const type = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" }[extname(path)];
    if (!type || path.includes("..") || !existsSync(join(folder, path))) return plain(request, response);
    response.setHeader("content-type", `${type}; charset=utf-8`).setHeader("content-encoding", "gzip");
    response.end(gzipSync(readFileSync(join(folder, path))));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  bench.atEnd(() => server.close());
  const own = readdirSync(folder).filter((name) => name.endsWith(".html") && name !== "404.html");
  const others = readdirSync(join(folder, "reference")).map((name) => `reference/${name}`);
  const files = [
    ...own,
    ...others.filter((name) => name.endsWith(".html")),
    ...REFERENCES.filter((name) => existsSync(join(folder, name))),
  ];
  return [...new Set(files)].map((file) => [file, `http://127.0.0.1:${server.address().port}/${file}`]);
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
  const audit = await auditor(bench, folder);
  const shifts = [];
  const asked = Object.entries({ ...PAGES, ...MORE }).filter(([name]) => isAsked(name));
  if (asked.length > 0) {
    const url = await demo(bench);
    for (const [name, path] of asked) {
      for (const device of DEVICES) {
        const { lowest, words, times, cls } = await page(audit, url + path, device, RUNS);
        shifts.push([cls, `${name}, ${device}`]);
        console.log(`  ${path} ${device}: ${words}; ${times}`);
        const what = `Lighthouse ${VERSION}, ${device}, the demo's ${path} behind the edge: lowest score, medians of ${RUNS}`;
        report.figure(`lighthouse_${name}_${device}`, lowest, "", { what, note: `${words}; ${times}`, budget: SCORE });
      }
    }
  }
  const book = isAsked("manual") ? await manual(bench) : [];
  if (!book) report.skip("lighthouse_manual", "target/manual is not here; run `npm run docs`");
  for (const device of book?.length ? DEVICES : []) {
    const pages = [];
    // Static pages vary little: more runs only for what would miss its aim.
    for (const [file, url] of book) {
      const once = await page(audit, url, device, 1);
      const found = once.lowest < SCORE.least ? await page(audit, url, device, RUNS) : once;
      pages.push({ ...found, file });
      shifts.push([found.cls, `${file}, ${device}`]);
      console.log(`  ${file} ${device}: ${found.words}; ${found.times}`);
    }
    const worst = pages.reduce((worst, next) => (next.lowest < worst.lowest ? next : worst));
    const what = `Lighthouse ${VERSION}, ${device}, the manual's ${pages.length} pages: lowest score of all`;
    report.figure(`lighthouse_manual_${device}`, worst.lowest, "", {
      what,
      note: `${worst.file}: ${worst.words}; ${worst.times}; 100 everywhere: ${pages.filter(({ lowest }) => lowest === 100).length} pages`,
      budget: SCORE,
    });
  }
  const [most, where] = shifts.reduce((worst, next) => (next[0] > worst[0] ? next : worst), [0, ""]);
  report.figure("lighthouse_cls", most, "", { what: "largest layout shift of all these pages", note: where, budget: CLS });
}
