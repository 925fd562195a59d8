// Nothing acknowledged is lost: the way of events through real workerd to the real origin, which goes away and comes back.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { MAX_BODY } from "../js/src/contract.ts";
import { figure } from "./figures.mjs";
import { edge, health, Jar, logged, origin, post, publish, smartphones, until, view } from "./stage.mjs";
import { tap } from "./tap.mjs";

let shop;
let server;
/** Between the Workers of this file and the origin. */
let between;
let host;

before(async () => {
  shop = publish();
});

beforeEach(async () => {
  server = await origin(shop);
  between = await tap(server.url);
});

afterEach(async () => {
  await host?.stop();
  host = undefined;
  between.stop();
  await server.stop();
});

after(() => shop?.remove());

/** How long the origin is away under load. `npm run test:intake` says minutes. */
const AWAY_SECS = Number(process.env.SLOTWISE_OUTAGE_SECS ?? 1);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const worker = (options) => edge(shop, between, options);
const events = (count, from = 0) => Array.from({ length: count }, (_, at) => ({ ...view(smartphones[0]), event_id: `e${from + at}` }));
const ids = () => logged(server).map(({ event_id }) => event_id);
const posts = () => between.posts.filter(({ path }) => path.endsWith("/events"));

async function killOrigin() {
  await server.stop();
  between.target = undefined;
}

/** On another port, with the log it had. */
async function restartOrigin() {
  server = await origin(shop, { log: server.log });
  between.target = server.url;
}

test("a post to the origin is signed with the intake key, and with none it is not", async () => {
  const key = randomBytes(32);
  host = await worker({ bindings: { SLOTWISE_INTAKE_KEY: key.toString("base64url") } });
  between.does = 202;
  const jar = new Jar();
  assert.equal((await post(host.url, jar, events(1, 100))).status, 202);
  const [{ headers, body }] = posts();
  const [, time, mac] = /^t=(\d+),v1=([\da-f]{64})$/.exec(headers["slotwise-signature"]);
  assert.ok(Math.abs(Date.now() - Number(time)) < 60_000, time);
  assert.equal(mac, createHmac("sha256", key).update(`${time}.${body}`).digest("hex"));
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual(Object.keys(JSON.parse(body)), ["events"]);
  await host.stop();
  host = await worker({ bindings: { SLOTWISE_INTAKE_KEY: "" } });
  await post(host.url, jar, events(1, 101));
  assert.equal(posts()[1].headers["slotwise-signature"], undefined);
});

test("an intake key that is none is told of without being repeated", async () => {
  host = await worker({ bindings: { SLOTWISE_INTAKE_KEY: "my-secret" } });
  const response = await post(host.url, new Jar(), events(1, 110));
  assert.equal(response.status, 503);
  const { problem } = (await health(host)).events;
  assert.equal(problem, "SLOTWISE_INTAKE_KEY is not 32 bytes as base64url");
  assert.doesNotMatch(problem + (await response.text()), /my-secret/);
});

test("without a Queue, events that the origin does not take are not acknowledged, and set no cookie", async () => {
  host = await worker();
  const jar = new Jar();
  const faults = { "is dead": killOrigin, "answers 503": () => (between.does = 503), "refuses the signature": () => (between.does = 401) };
  for (const [fault, begins] of Object.entries(faults)) {
    await begins();
    const response = await post(host.url, jar, events(2, 200));
    assert.equal(response.status, 503, fault);
    assert.equal(response.headers.get("retry-after"), "5", fault);
    assert.equal(jar.cookies.size, 0, fault);
  }
  const counted = (await health(host)).events;
  assert.equal(counted.problem, "status 401");
  assert.deepEqual([counted.accepted, counted.forwarded, counted.lost], [0, 0, 0]);
  between.does = undefined;
  await restartOrigin();
  assert.equal((await post(host.url, jar, events(2, 200))).status, 202);
  assert.ok(jar.cookies.has("slotwise"));
  assert.deepEqual(
    ids().filter((id) => /^e20\d$/.test(id)),
    ["e200", "e201"],
  );
  const { accepted, forwarded, problem } = (await health(host)).events;
  assert.deepEqual([accepted, forwarded, problem], [2, 2, null]);
});

test("an origin that does not answer holds a page up for no longer than the deadline", async () => {
  host = await worker();
  between.does = "hangs";
  const before = performance.now();
  const response = await post(host.url, new Jar(), events(1, 300));
  const took = performance.now() - before;
  assert.equal(response.status, 503);
  assert.ok(took > 2500 && took < 10_000, `${took} ms`);
});

test("a beacon grows on its way, so it is split into posts that Queue and origin allow", async () => {
  host = await worker();
  between.does = 202;
  const items = Array.from({ length: 9 }, () => ({ price: 1e7, discount: 1e7 }));
  const many = Array.from({ length: 200 }, () => ({ name: "view_item", params: { items } }));
  const body = JSON.stringify({ events: many }).replaceAll("10000000", "1e7");
  assert.ok(body.length < MAX_BODY, `${body.length}`);
  const headers = new Jar().headers({ "content-type": "application/json" });
  const response = await fetch(`${host.url}/_slotwise/events`, { method: "POST", headers, body });
  assert.deepEqual([response.status, (await response.json()).accepted], [202, 200]);
  const bodies = posts().map((each) => each.body);
  assert.ok(bodies.length > 1, "one post would be too long");
  for (const each of bodies) assert.ok(Buffer.byteLength(each) <= 100_000, `${Buffer.byteLength(each)}`);
  const all = bodies.flatMap((each) => JSON.parse(each).events);
  assert.equal(new Set(all.map(({ event_id }) => event_id)).size, 200);
  // One visit, in order.
  for (const [at, event] of all.entries()) if (at > 0) assert.equal(event.chain[0], all[at - 1].chain[1]);
});

test("with a Queue, events are acknowledged while the origin is away, and reach it when it is back", async () => {
  host = await worker({ queue: { maxBatchSize: 100, maxBatchTimeout: 0.2, maxRetries: 10 } });
  await killOrigin();
  const jar = new Jar();
  const sent = [];
  for (let batch = 0; batch < 10; batch++) {
    const batchEvents = events(3, 400 + batch * 3);
    const response = await post(host.url, jar, batchEvents);
    assert.equal(response.status, 202);
    sent.push(...batchEvents.map(({ event_id }) => event_id));
  }
  assert.ok(jar.cookies.has("slotwise"), "a visit goes on while the origin is away");
  await until("a try that failed", async () => (await health(host)).events.problem);
  const { accepted, forwarded } = (await health(host)).events;
  assert.deepEqual([accepted, forwarded], [30, 0]);
  await restartOrigin();
  const arrived = () => ids().filter((id) => sent.includes(id));
  await until("the messages", () => arrived().length >= sent.length, 60);
  assert.deepEqual(arrived().sort(), sent.sort(), "each once");
  await until("the count", async () => (await health(host)).events.forwarded === 30);
  assert.equal((await health(host)).events.lost, 0);
});

test("messages of the Queue share posts, and those the origin allows", async () => {
  host = await worker({ queue: { maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 10 } });
  const jar = new Jar();
  const sent = [];
  for (let batch = 0; batch < 12; batch++) {
    const batchEvents = events(40, 2000 + batch * 40);
    assert.equal((await post(host.url, jar, batchEvents)).status, 202);
    sent.push(...batchEvents.map(({ event_id }) => event_id));
  }
  await until("the messages", async () => (await health(host)).events.forwarded === 480);
  assert.deepEqual(
    ids().filter((id) => sent.includes(id)),
    sent,
    "each once, in order",
  );
  const counts = posts().map(({ body }) => JSON.parse(body).events.length);
  assert.ok(counts.length < 12, `${counts.length} posts for 12 messages`);
  assert.ok(
    counts.every((count) => count <= 200),
    `${counts}`,
  );
});

test("a message that the origin will never take is counted as lost, and holds up no other", async () => {
  host = await worker({ queue: { maxBatchSize: 3, maxBatchTimeout: 5, maxRetries: 10 } });
  between.does = ({ body }) => (body.includes("e501") ? 400 : undefined);
  for (const from of [500, 501, 502]) await post(host.url, new Jar(), events(1, from));
  await until("the loss", async () => (await health(host)).events.lost === 1);
  await until("the others", () => ids().includes("e500") && ids().includes("e502"));
  assert.deepEqual((await health(host)).events.forwarded, 2);
  const refused = posts().filter(({ status }) => status === 400);
  assert.deepEqual(
    refused.map(({ body }) => JSON.parse(body).events.length),
    [3, 1],
    "together and alone, and not again",
  );
});

test("a Queue that refuses does not lose events: they are forwarded directly", async () => {
  // Bound under the name, but no Queue.
  host = await worker({ bindings: { EVENTS_QUEUE: "broken" } });
  assert.equal((await post(host.url, new Jar(), events(1, 600))).status, 202);
  assert.ok(ids().includes("e600"));
  await killOrigin();
  assert.equal((await post(host.url, new Jar(), events(1, 601))).status, 503);
});

for (const [how, key, options] of [
  ["without a Queue", "direct", {}],
  // As in wrangler.toml, but without its pause for a batch to fill.
  ["with a Queue", "queue", { queue: { maxBatchSize: 100, maxBatchTimeout: 0.2, maxRetries: 100 } }],
]) {
  test(`${how}, every event that was acknowledged under load is in the log once, though the origin is killed twice`, async (t) => {
    host = await worker(options);
    const acknowledged = new Set();
    const refused = { count: 0 };
    let next = 1000;
    let loaded = true;
    /** A client that sends again, with the same ids, what was not acknowledged. */
    const client = async () => {
      while (loaded) {
        const some = events(3, next);
        next += 3;
        for (;;) {
          const { status } = await post(host.url, new Jar(), some);
          if (status === 202) break;
          assert.equal(status, 503);
          refused.count += 1;
          await pause(100);
        }
        for (const { event_id } of some) acknowledged.add(event_id);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    const began = performance.now();
    for (let time = 0; time < 2; time++) {
      await pause(1000);
      await killOrigin();
      await pause(AWAY_SECS * 1000);
      await restartOrigin();
    }
    const back = performance.now();
    await pause(1000);
    loaded = false;
    await Promise.all(clients);
    const rate = acknowledged.size / 3 / ((performance.now() - began) / 1000);
    // A Queue's message waits longer after each failure, for as long again as the origin was away.
    const all = async () => (await health(host)).events.forwarded >= acknowledged.size;
    await until("the messages", all, 60 + 3 * AWAY_SECS);
    const drained = (performance.now() - back) / 1000;
    const found = ids();
    assert.equal(acknowledged.difference(new Set(found)).size, 0, "acknowledged and lost");
    assert.equal(found.length, new Set(found).size, "an event is there twice");
    assert.ok(acknowledged.size > 100);
    if (options.queue) assert.equal(refused.count, 0);
    else assert.ok(refused.count > 0);
    const outages = `${how}, the origin away twice for ${AWAY_SECS} s`;
    figure(t, `${key}_posts_per_s`, Math.round(rate), "posts/s", `${outages}: acknowledged posts of three events, 8 clients`);
    figure(t, `${key}_acknowledged`, acknowledged.size, "events", `${outages}: acknowledged, all of them in the log once`);
    figure(t, `${key}_refused`, refused.count, "posts", `${outages}: answered 503`);
    figure(t, `${key}_drained_s`, Number(drained.toFixed(1)), "s", `${outages}: until all are in the log, from its second return`);
  });
}
