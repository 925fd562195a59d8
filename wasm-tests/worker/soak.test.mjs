// The soak: pages, events and questions, valid, damaged and hostile, against the Worker in real workerd with the real origin behind it,
// and the same requests against a Worker that only passes them on. `SLOTWISE_SOAK=200000` sends more than the suite does.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { median, quantile } from "../bench/stats.mjs";
import { rssMb, workerd } from "../bench/workerd.mjs";
import { figure } from "../figures.mjs";
import { bareEdge, health, logLines, origin, publish, root, until } from "../stage.mjs";

const REQUESTS = Number(process.env.SLOTWISE_SOAK ?? 40_000);
/** The two Workers take turns, so that a busy machine disturbs both alike. */
const TURN = 1000;
/** How much more than the plain proxy the Worker may grow between the second quarter and the last, in MB. */
const GROWTH_MB = 16;
const PROXY = `export default { fetch(request, env) {
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(env.STORE_ORIGIN + pathname + search, request), { redirect: "manual" });
} };`;

/** A part of the test as a process of its own. */
function part(t, file) {
  const child = fork(join(root, "wasm-tests/worker", file));
  t.after(() => child.kill("SIGKILL"));
  const next = async () => (await once(child, "message"))[0];
  const ask = (task) => {
    child.send(task);
    return next();
  };
  return { next, ask };
}

test(`a soak of ${REQUESTS} requests: every page is the store's, memory is flat, and every accepted event is logged once`, async (t) => {
  const shop = publish();
  t.after(shop.remove);
  const from = await origin(shop);
  t.after(from.stop);
  const store = `http://127.0.0.1:${await part(t, "soak_store.mjs").next()}`;
  const own = await bareEdge(shop, store, { SLOTWISE_ORIGIN: from.url, SLOTWISE_INTAKE_KEY: shop.intakeKey });
  t.after(own.stop);
  await until("the first sync", async () => (await health(own)).snapshot);
  const proxy = await workerd(
    { temporary: shop.folder, atEnd: (stop) => t.after(stop) },
    "proxy",
    { "proxy.js": PROXY },
    { STORE_ORIGIN: store },
  );
  const hosts = [
    { name: "worker", url: own.url, pid: own.pid, client: part(t, "soak_client.mjs"), judge: true, ms: [], mb: [] },
    { name: "proxy", url: proxy.url, pid: proxy.child.pid, client: part(t, "soak_client.mjs"), judge: false, ms: [], mb: [] },
  ];
  const acknowledged = new Set();
  const mistakes = [];
  const silent = [];
  let other = 0;
  for (let sent = 0; sent < REQUESTS; sent += TURN) {
    for (const { url, pid, client, judge, ms, mb } of hosts.reverse()) {
      const found = await client.ask({ url, from: sent, to: Math.min(sent + TURN, REQUESTS), judge });
      ms.push(...found.ms);
      mb.push(rssMb(pid));
      mistakes.push(...found.wrong);
      for (const id of found.acknowledged) acknowledged.add(id);
      silent.push(...found.silent);
      other += found.other;
    }
    if (mistakes.length > 20) break;
  }
  const [ours, plain] = hosts.sort((a, b) => b.name.localeCompare(a.name));
  const state = await health(own);
  t.diagnostic(JSON.stringify(state));
  assert.deepEqual(mistakes.slice(0, 20), [], `${mistakes.length} answers are wrong`);

  const lines = await until(`${acknowledged.size} and ${other} events in the log`, () => {
    const lines = logLines(from.log);
    return lines.length >= acknowledged.size + other && lines;
  });
  const ids = lines.map((line) => JSON.parse(line).event_id);
  assert.equal(new Set(ids).size, ids.length, "an event is in the log twice");
  assert.equal(ids.length, acknowledged.size + other, "events of the log, expected those that were accepted");
  const logged = new Set(ids);
  assert.deepEqual([...acknowledged].filter((id) => !logged.has(id)).slice(0, 5), []);
  assert.ok(silent.length > 0);
  assert.deepEqual(silent.filter((id) => logged.has(id)).slice(0, 5), [], "events of visitors who have refused");
  assert.ok(acknowledged.size > REQUESTS / 20, `${acknowledged.size} events were accepted`);
  assert.ok(state.pages.fitted > REQUESTS / 10, `${state.pages.fitted} pages were fitted`);
  assert.equal(state.problem, null);
  assert.equal(state.events.lost, 0);

  const quarter = ({ mb }, from, to) => median(mb.slice(Math.floor(mb.length * from), Math.ceil(mb.length * to)));
  for (const host of [ours, plain]) {
    host.growth = quarter(host, 0.75, 1) - quarter(host, 0.25, 0.5);
    t.diagnostic(
      `${host.name}, MB after each tenth: ${host.mb.filter((_, at) => at % Math.ceil(host.mb.length / 10) === 0).map(Math.round)}`,
    );
  }
  const beside = "a plain proxy Worker under the same load";
  figure(t, "soak_requests", REQUESTS, "", "Soak, a mix of valid, damaged and hostile requests over 16 connections: requests");
  figure(t, "soak_events", ids.length, "", "Soak: events accepted, each in the origin's log once");
  for (const [host, what] of [
    [ours, "the Worker"],
    [plain, beside],
  ]) {
    const id = `soak_${host.name}`;
    figure(t, `${id}_p50_ms`, Number(median(host.ms).toFixed(2)), "ms", `Soak, ${what}: p50 of a request`);
    figure(t, `${id}_p99_ms`, Number(quantile(host.ms, 0.99).toFixed(2)), "ms", `Soak, ${what}: p99 of a request`);
    figure(t, `${id}_mb`, Math.round(quarter(host, 0.75, 1)), "MB", `Soak, ${what}: memory in the last quarter`);
    figure(t, `${id}_growth_mb`, Number(host.growth.toFixed(1)), "MB", `Soak, ${what}: growth from the second quarter to the last`);
  }
  const more = ours.growth - Math.max(0, plain.growth);
  assert.ok(more < GROWTH_MB, `the Worker grew by ${more.toFixed(1)} MB more than ${beside}, expected less than ${GROWTH_MB}`);
});
