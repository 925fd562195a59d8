// Rewriting at the edge: the whole Worker in real workerd, CPU a page, against the platform's HTMLRewriter with
// one selector and an empty handler. Rounds are paired: each measures all Workers one after the other, and the
// ratio is the median of the rounds' ratios, so that a busy machine disturbs both sides alike.

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Jar, origin, post, publish, smartphones, until, view } from "../stage.mjs";
import { bindings, modules, VERSION } from "./growthbook.mjs";
import { changes, page, plan } from "./rewrite_page.mjs";
import { worker } from "./sizes.mjs";
import { median } from "./stats.mjs";
import { cost, workerd } from "./workerd.mjs";

const THROUGH = `export default { async fetch(request, env) {
  const page = await fetch(env.STORE_ORIGIN, { redirect: "manual" });
  return new HTMLRewriter().on("[data-slotwise]", { element() {} }).transform(page);
} };`;
export const PLAIN = `export default { fetch: (request, env) => fetch(env.STORE_ORIGIN, { redirect: "manual" }) };`;

/** Requests before the first round, for the runtime to compile what is often used. */
const WARM_UP = 400;

/** A store with one page, which the benchmark changes. `answer`: how it answers. `stop`: nobody answers any more. */
async function storeOf(bench) {
  const store = { html: page() };
  const plain = (_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(store.html);
  const server = createServer((request, response) => {
    request.resume();
    (store.answer ?? plain)(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  store.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  bench.atEnd(store.stop);
  store.url = `http://127.0.0.1:${server.address().port}`;
  return store;
}

const personalisedMarks = (html) => html.split("data-slotwise-personalised").length - 1;

/** Starts the Workers to compare. The first visit has looked at phones, so that every slot is filled. */
export async function stage(bench, peer) {
  const file = join(bench.temporary, "rewrite.json");
  writeFileSync(file, JSON.stringify(plan));
  const shop = publish({ plan: file });
  bench.atEnd(() => shop.remove());
  const server = await origin(shop);
  bench.atEnd(() => server.stop());
  const store = await storeOf(bench);
  const settings = { STORE_ORIGIN: store.url, SLOTWISE_ORIGIN: server.url, SLOTWISE_PUBLIC_KEY: shop.publicKey };
  const workers = {
    ours: await workerd(bench, "ours", await worker(), { ...settings, CONSENT: "implied", SYNC_SECS: "3600" }),
    rewriter: await workerd(bench, "rewriter", { "rewriter.js": THROUGH }, { STORE_ORIGIN: store.url }),
    proxy: await workerd(bench, "proxy", { "proxy.js": PLAIN }, { STORE_ORIGIN: store.url }),
  };
  const jar = new Jar();
  await until("the sync", async () => (await (await fetch(`${workers.ours.url}/_slotwise/health`)).json()).snapshot);
  for (const id of smartphones) await post(workers.ours.url, jar, [view(id)]);
  const get = async (worker) => (await fetch(worker.url, { headers: jar.headers() })).text();
  const personalised = personalisedMarks(await get(workers.ours));
  if (personalised !== changes.length) throw new Error(`the Worker personalised ${personalised} slots, expected ${changes.length}`);
  if (peer) {
    workers.growthbook = await workerd(bench, "growthbook", peer, bindings(store.url));
    const changed = (await get(workers.growthbook)).split(/>Changed<\/b>|<p>Changed<\/p>/).length - 1;
    // Eight cards in each of the four rows, and four sections.
    if (changed < 36) throw new Error(`GrowthBook made ${changed} changes to the page, expected 36 or more`);
  }
  return { workers, store, settings, headers: jar.headers() };
}

/** One page through each of these Workers, in paired rounds: CPU ms of each, and its ratio to the rewriter's. */
export async function rounds(workers, headers, requests, count) {
  for (const worker of Object.values(workers)) await cost(worker, headers, WARM_UP);
  const found = Object.fromEntries(Object.keys(workers).map((name) => [name, { ms: [], ratio: [] }]));
  const order = Object.entries(workers);
  for (let round = 0; round < count; round++) {
    // There and back again, so that a machine that gets slower or faster meanwhile favours nobody.
    for (const [name, worker] of order.reverse()) found[name].ms.push(await cost(worker, headers, requests));
    for (const each of Object.values(found)) each.ratio.push(each.ms[round] / found.rewriter.ms[round]);
  }
  return Object.fromEntries(Object.entries(found).map(([name, { ms, ratio }]) => [name, { ms: median(ms), ratio: median(ratio) }]));
}

/** CPU of a page with slots and of one without, through every Worker; `peer` is the modules of one more. */
export async function ratios(bench, { requests, count, peer }) {
  const { workers, store, headers } = await stage(bench, peer);
  const slots = await rounds(workers, headers, requests, count);
  store.html = page(false);
  const { ours, rewriter, proxy } = workers;
  return { slots, none: await rounds({ ours, rewriter, proxy }, headers, requests, count) };
}

/** The part `rewrite`. */
export async function rewrite(bench) {
  const { report } = bench;
  const peer = await modules().catch((error) => report.skip("GrowthBook's edge package", error.message));
  const found = await ratios(bench, { requests: 400, count: 5, peer });
  const name = "HTMLRewriter, one selector, empty handler";
  for (const [more, what, { ours, rewriter, proxy }] of [
    ["", "90 kB page with 8 slots", found.slots],
    ["_no_slots", "90 kB page without slots", found.none],
  ]) {
    const beside = { name, value: rewriter.ms, unit: "ms" };
    const cpu = "CPU over HTMLRewriter's";
    report.figure(`rewrite_ratio${more}`, ours.ratio, "ratio", { what: `${what}, whole Worker in workerd: ${cpu}`, peer: beside });
    report.figure(`rewrite${more}_ms`, ours.ms, "ms", { what: `${what}: CPU of the whole Worker`, peer: beside });
    report.figure(`rewriter${more}_ms`, rewriter.ms, "ms", { what: `${what}: CPU of ${name}` });
    report.figure(`proxy_ratio${more}`, proxy.ratio, "ratio", { what: `${what}, plain proxy: ${cpu}`, peer: beside });
  }
  const { growthbook: other, rewriter } = found.slots;
  if (!other) return;
  report.figure("growthbook_ratio", other.ratio, "ratio", {
    what: "the same page by GrowthBook's edge package, 8 visual changes: CPU over HTMLRewriter's",
    peer: { name, value: rewriter.ms, unit: "ms" },
    note: `@growthbook/edge-cloudflare ${VERSION}: ${other.ms.toFixed(1)} ms a page, its script injected, as is its default`,
  });
}
