// Time to the first decision on a cold page without an edge: a phone four times slower on slow 4G, nothing cached, a visitor
// nobody knows. Counted from the last byte of what the engine needs until the page's slots are filled. The first of the snapshot's files
// is its root; what follows when the slots are filled does not count.

import { chromium } from "playwright-core";
import { demoStore, publish } from "../stage.mjs";
import { executable, FLAGS, PAGES } from "./demo.mjs";
import { mainThread, NETWORK, SLOWER, spent, TRACED } from "./load.mjs";
import { median } from "./stats.mjs";

const RUNS = 5;
const FILLED = "slotwise filled";

/** When the bytes of a file had all arrived, in microseconds of the trace's clock. */
function arrived(events, part) {
  const sent = events.find(({ name, args }) => name === "ResourceSendRequest" && args.data.url.includes(part));
  const id = sent?.args.data.requestId;
  const end = events.find(({ name, args }) => name === "ResourceFinish" && args.data.requestId === id);
  if (!end) throw new Error(`the trace has no end of ${part}`);
  return end.args.data.finishTime ? end.args.data.finishTime * 1e6 : end.ts;
}

async function visit(browser, url) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true });
  const page = await context.newPage();
  // The mark is set in the turn in which the slots change: apply() fills all of them in one.
  await page.addInitScript((mark) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector("[data-slotwise-personalised]")) return;
      performance.mark(mark);
      console.debug(mark);
      observer.disconnect();
    }).observe(document, { subtree: true, attributeFilter: ["data-slotwise-personalised"] });
  }, FILLED);
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", NETWORK);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await browser.startTracing(page, { categories: [...TRACED, "blink.user_timing"] });
  // The page says when: a script that asks again and again would take a phone's processor away from the page.
  const filled = page.waitForEvent("console", { predicate: (message) => message.text() === FILLED, timeout: 30_000 });
  await page.goto(url, { waitUntil: "commit" });
  await filled;
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  await context.close();
  const end = traceEvents.find(({ name }) => name === FILLED).ts;
  const engine = arrived(traceEvents, "/engine.wasm");
  const root = arrived(traceEvents, "/_slotwise/shard/");
  const last = Math.max(engine, root);
  const { whole } = mainThread(traceEvents);
  const busy = whole.filter(({ ts, dur }) => ts + dur > last && ts < end);
  // A task that the mark falls into counts up to it.
  const cpu = busy.reduce((sum, task) => sum + (spent(task) * (Math.min(end, task.ts + task.dur) - Math.max(last, task.ts))) / task.dur, 0);
  return { engine: (end - engine) / 1000, wall: (end - last) / 1000, cpu };
}

/** The part `first`. */
export async function first(bench) {
  const shop = publish();
  bench.atEnd(() => shop.remove());
  const store = await demoStore(shop);
  bench.atEnd(() => store.stop());
  const browser = await chromium.launch({ executablePath: executable(), args: FLAGS });
  bench.atEnd(() => browser.close());
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await visit(browser, store.url + PAGES.product));
  const { report } = bench;
  const what = `cold product page of the demo without an edge, CPU ${SLOWER} times slower, slow 4G: from the last byte of`;
  const middle = (key) => median(runs.map((run) => run[key]));
  const note = `median of ${RUNS}: ${runs.map(({ wall }) => Math.round(wall)).join(", ")} ms`;
  report.figure("first_decision_ms", middle("wall"), "ms", { what: `${what} engine and root until the slots are filled`, note });
  report.figure("first_decision_cpu_ms", middle("cpu"), "ms", { what: `${what} engine and root, CPU time of the main thread` });
  report.figure("first_decision_engine_ms", middle("engine"), "ms", { what: `${what} the engine alone` });
}
