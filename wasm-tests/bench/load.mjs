// What a page of the demo costs a phone: bytes and requests until something shows, until somebody can click and
// after the click, and how long the main thread is blocked. Chromium with the CPU four times slower, on a slow
// network, behind the edge; the visit has looked at phones before, so that the edge fits the page.

import { chromium } from "playwright-core";
import { demo, executable, FLAGS, PAGES } from "./demo.mjs";
import { median } from "./stats.mjs";

const RUNS = 3;
export const SLOWER = 4;
/** Lighthouse's slow 4G: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back. */
export const NETWORK = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
/** Beyond this a task blocks, as in Lighthouse's total blocking time. */
const LONG_MS = 50;
const QUIET_MS = 2500;
const MOST_MS = 20_000;
export const TRACED = ["-*", "toplevel", "loading", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "v8.wasm"];
/** Work of scripts within a task. */
const SCRIPT =
  /^(EvaluateScript|v8\.compile|v8\.evaluateModule|v8\.compileModule|FunctionCall|RunMicrotasks|v8\.wasm|wasm\.|TimerFire|FireIdleCallback)/;

/** Requests of a page as they were sent and came, in seconds of the browser's own clock. */
function listen(session) {
  const requests = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, timestamp, request }) =>
    requests.set(requestId, { sent: timestamp, url: request.url }),
  );
  session.on("Network.loadingFailed", ({ requestId, timestamp }) =>
    Object.assign(requests.get(requestId) ?? {}, { came: timestamp, bytes: 0 }),
  );
  session.on("Network.loadingFinished", ({ requestId, timestamp, encodedDataLength }) =>
    Object.assign(requests.get(requestId) ?? {}, { came: timestamp, bytes: encodedDataLength }),
  );
  return requests;
}

/** Of beacons, which outlive their page, the browser tells no end: their answers are empty and count as nothing. */
const awaited = (url) => url.startsWith("http") && !url.endsWith("/_slotwise/events");

/** Waits until nothing has been under way for a while; what never ends is waited for in vain, not for ever. */
async function quiet(page, requests) {
  let since = Date.now();
  for (const end = Date.now() + MOST_MS; Date.now() < end && Date.now() - since < QUIET_MS; ) {
    await page.waitForTimeout(100);
    if ([...requests.values()].some(({ url, came }) => awaited(url) && came === undefined)) since = Date.now();
  }
}

/** Requests sent in a span of time, and bytes of those that came in it. */
function traffic(requests, from, to) {
  const all = [...requests.values()].filter(({ url }) => url.startsWith("http"));
  const within = (moment) => moment !== undefined && moment > from && moment <= to;
  return {
    requests: all.filter(({ sent }) => within(sent)).length,
    kb: all.filter(({ came }) => within(came)).reduce((sum, { bytes }) => sum + bytes, 0) / 1000,
  };
}

/** CPU ms of an event, where the trace has them: a busy machine lengthens an event by what others do. */
export const spent = ({ dur, tdur = dur }) => tdur / 1000;

/** Events that are in no other one. */
export function outermost(events) {
  let end = 0;
  return events
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
    .filter(({ ts, dur }) => {
      if (ts < end) return false;
      end = ts + dur;
      return true;
    });
}

/** The page's main thread in a trace: what it did, and whether an event is of its process. */
export function mainThread(traceEvents) {
  const [{ pid, tid }] = traceEvents
    .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
    .map((thread) => ({ thread, size: traceEvents.filter((event) => event.pid === thread.pid && event.name === "EvaluateScript").length }))
    .sort((a, b) => b.size - a.size)
    .map(({ thread }) => thread);
  const mine = traceEvents.filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.dur > 0);
  const whole = outermost(mine.filter(({ name }) => name === "RunTask" || name === "ThreadControllerImpl::RunTask"));
  return { pid, mine, whole };
}

/** Tasks of the page's main thread in a trace: ms, those after the first paint, and what of them scripts took. */
function tasks(trace) {
  const { traceEvents } = JSON.parse(trace);
  const { pid, mine, whole } = mainThread(traceEvents);
  const scripts = mine.filter(({ name }) => SCRIPT.test(name));
  const painted = traceEvents.find(({ name, pid: of }) => name === "firstContentfulPaint" && of === pid)?.ts;
  if (painted === undefined) throw new Error("the trace knows no first contentful paint");
  return whole.map((task) => {
    const within = outermost(scripts.filter(({ ts }) => ts >= task.ts && ts < task.ts + task.dur));
    const late = Math.min(1, Math.max(0, (task.ts + task.dur - painted) / task.dur));
    return { ms: spent(task), late: spent(task) * late, script: within.reduce((sum, each) => sum + spent(each), 0) };
  });
}

async function visit(browser, url) {
  const context = await browser.newContext({
    viewport: { width: 412, height: 823 },
    deviceScaleFactor: 1.75,
    isMobile: true,
    hasTouch: true,
  });
  const page = await context.newPage();
  for (const id of ["1004767", "1004833"]) {
    const events = { events: [{ name: "view_item", params: { items: [{ item_id: id, item_category: "electronics.smartphone" }] } }] };
    await context.request.post(`${url}/_slotwise/events`, { data: events });
  }
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Performance.enable");
  await session.send("Network.emulateNetworkConditions", NETWORK);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const requests = listen(session);
  await browser.startTracing(page, { categories: TRACED });
  await page.goto(url + PAGES.product, { waitUntil: "load" });
  await quiet(page, requests);
  const trace = await browser.stopTracing();
  const [began] = [...requests.values()].map(({ sent }) => sent).sort((a, b) => a - b);
  // The page's clock starts with the navigation, the first request a little later.
  const { fetchStart, painted, personalised } = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation");
    const personalised = navigation.serverTiming.find(({ name }) => name === "slotwise")?.description ?? "";
    return {
      fetchStart: navigation.fetchStart,
      painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
      personalised,
    };
  });
  if (painted === undefined) throw new Error("the page painted nothing");
  const paint = began + (painted - fetchStart) / 1000;
  const now = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "Timestamp").value;
  const click = await now();
  await page.locator('[data-act="save"]').first().click();
  await quiet(page, requests);
  const end = await now();
  await context.close();
  const work = tasks(trace);
  return {
    personalised,
    before: traffic(requests, -1, paint),
    settled: traffic(requests, paint, click),
    after: traffic(requests, click, end),
    painted,
    blocked: work.reduce((sum, { late }) => sum + Math.max(0, late - LONG_MS), 0),
    // The tasks that block, and what scripts have of them: the rest is the browser's own, layout and paint mostly.
    blocking: work.filter(({ late }) => late > LONG_MS).map(({ late, script }) => `${Math.round(late)} ms (scripts ${Math.round(script)})`),
    task: Math.max(...work.map(({ script }) => script)),
    longest: Math.max(...work.map(({ ms }) => ms)),
    script: work.reduce((sum, { script }) => sum + script, 0),
  };
}

/** The part `load`. */
export async function load(bench) {
  const url = await demo(bench);
  const browser = await chromium.launch({ executablePath: executable(), args: FLAGS });
  bench.atEnd(() => browser.close());
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await visit(browser, url));
  const { report } = bench;
  const middle = (read) => median(runs.map(read));
  const note = `product page, CPU ${SLOWER} times slower, slow 4G; served by ${runs[0].personalised || "the origin"}`;
  for (const [id, when] of [
    ["before", "before the first paint"],
    ["settled", "from there until it is quiet, before the first click"],
    ["after", "after a first click (on Save)"],
  ]) {
    report.figure(
      `load_${id}_kb`,
      middle((run) => run[id].kb),
      "kB",
      { what: `demo page in Chromium: transferred ${when}`, note },
    );
    report.figure(
      `load_${id}_requests`,
      middle((run) => run[id].requests),
      "",
      { what: `demo page in Chromium: requests ${when}` },
    );
  }
  const main = "demo page in Chromium, main thread, CPU time";
  const long = runs.map((run) => run.blocking.join(" and ") || "none").join("; ");
  for (const [id, what, read, more] of [
    ["load_paint_ms", "demo page in Chromium: first contentful paint", (run) => run.painted, note],
    [
      "load_blocked_ms",
      `${main}: blocked after the first paint, the sum over tasks of what is beyond 50 ms`,
      (run) => run.blocked,
      `tasks over 50 ms, run by run: ${long}`,
    ],
    ["load_task_ms", `${main}: most that scripts take within one task`, (run) => run.task],
    ["load_longest_task_ms", `${main}: longest task, with layout and paint, before the first paint too`, (run) => run.longest],
    ["load_script_ms", `${main}: scripts in all`, (run) => run.script],
  ]) {
    report.figure(id, middle(read), "ms", { what, note: more });
  }
}
