// What the Worker sends to others by itself: accepted events to a sink, and visits that left something behind to a trigger's address.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { ask, edge, health, Jar, logged, origin, post, publish, root, smartphones, synced, until, view } from "./stage.mjs";
import { tap } from "./tap.mjs";

const KEY = randomBytes(32);
const QUEUE = { maxBatchSize: 100, maxBatchTimeout: 0.2, maxRetries: 10 };

const ajv = new Ajv({ strict: false }).addSchema(JSON.parse(readFileSync(join(root, "js/openapi.json"), "utf8")), "api");
/** What is wrong with a post, by the description of the API. */
function misfit(name, { body }) {
  const validate = ajv.getSchema(`api#/components/schemas/${name}`);
  return validate(JSON.parse(body)) ? "" : ajv.errorsText(validate.errors);
}

let shop;
let server;
/** The server of others. */
let receiver;
let host;

before(async () => {
  shop = publish();
  server = await origin(shop);
});

beforeEach(async () => {
  receiver = await tap(undefined);
  receiver.does = 200;
});

afterEach(async () => {
  await host?.stop();
  receiver.stop();
});

after(async () => {
  await server?.stop();
  shop?.remove();
});

const isSigned = ({ headers, body }, key = KEY) => {
  const [, time, mac] = /^t=(\d+),v1=([\da-f]{64})$/.exec(headers["slotwise-signature"]) ?? [];
  return mac === createHmac("sha256", key).update(`${time}.${body}`).digest("hex") && Math.abs(Date.now() - Number(time)) < 60_000;
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const events = (from, count) => Array.from({ length: count }, (_, at) => ({ ...view(smartphones[0]), event_id: `s${from + at}` }));
const received = () => receiver.posts.flatMap(({ body }) => JSON.parse(body).events.map(({ event_id }) => event_id));
const sink = (more = {}) => ({
  bindings: { SINK_URL: `${receiver.url}/in?x=1`, SINK_KEY: KEY.toString("base64url"), SINK_TOKEN: "a token", ...more },
});

for (const [how, queue] of [
  ["without a Queue", undefined],
  ["with a Queue", QUEUE],
]) {
  test(`${how}, accepted events go to the origin and to the sink, signed and with its token`, async () => {
    host = await edge(shop, server, { ...sink(), queue });
    const from = queue ? 100 : 200;
    const bad = { name: "view_item", params: { items: [{ item_id: "z".repeat(101) }] }, event_id: "bad" };
    assert.equal((await post(host.url, new Jar(), [...events(from, 3), bad])).status, 202);
    const sent = [`s${from}`, `s${from + 1}`, `s${from + 2}`];
    await until("the sink", () => received().length === 3);
    assert.deepEqual(received(), sent);
    const [{ headers, path }] = receiver.posts;
    assert.equal(path, "/in?x=1");
    assert.equal(headers.authorization, "Bearer a token");
    assert.equal(headers.cookie, undefined);
    assert.ok(isSigned(receiver.posts[0]));
    assert.equal(misfit("SinkPost", receiver.posts[0]), "");
    await until("the origin", () => logged(server).filter(({ event_id }) => sent.includes(event_id)).length === 3);
    await until("the counts", async () => (await health(host)).events.sink_forwarded === 3);
    assert.equal((await health(host)).events.sink_lost, 0);
  });
}

test("a sink that is away costs no visitor and no event of the origin; without a Queue its own are counted as lost", async () => {
  host = await edge(shop, server, sink());
  receiver.does = "hangs";
  const before = performance.now();
  assert.equal((await post(host.url, new Jar(), events(300, 2))).status, 202);
  assert.ok(performance.now() - before < 2000, "the visitor does not wait for it");
  await until("the origin", () => logged(server).some(({ event_id }) => event_id === "s301"));
  await until("the loss", async () => (await health(host)).events.sink_lost === 2);
  assert.equal((await health(host)).events.problem, null, "strangers learn nothing of the sink");
});

test("with a Queue, events wait for the sink, and the origin does not", async () => {
  host = await edge(shop, server, { ...sink(), queue: QUEUE });
  receiver.does = 503;
  assert.equal((await post(host.url, new Jar(), events(400, 2))).status, 202);
  await until("the origin", () => logged(server).some(({ event_id }) => event_id === "s401"));
  await until("a try", () => receiver.posts.length > 0);
  receiver.posts.length = 0;
  receiver.does = 202;
  await until("the sink", () => received().length === 2, 30);
  assert.equal(logged(server).filter(({ event_id }) => event_id === "s401").length, 1);
});

const SECS = 2;
const triggers = (more = {}) => ({
  queue: QUEUE,
  visits: true,
  bindings: {
    TRIGGERS_URL: receiver.url,
    TRIGGERS_KEY: KEY.toString("base64url"),
    TRIGGERS_COOKIE: "subscriber",
    TRIGGERS_SECS: String(SECS),
    ...more,
  },
});
/** A visitor whom the shop knows by a reference. */
const known = (reference, more = {}) => {
  const jar = new Jar();
  jar.cookies.set("subscriber", reference);
  for (const [name, value] of Object.entries(more)) jar.cookies.set(name, value);
  return jar;
};
const add = { name: "add_to_cart", params: { items: [{ item_id: smartphones[0] }] } };
const told = () => receiver.posts.map(({ body }) => JSON.parse(body));

test("each visit that left something behind is told of once, after it has gone silent", async () => {
  host = await edge(shop, server, triggers());
  await synced(host);
  const visits = {
    browser: [[view(smartphones[0])], [view(smartphones[1])]],
    buyer: [[add], [{ name: "purchase", params: { items: [{ item_id: smartphones[0] }] } }]],
    leaver: [[view(smartphones[0]), { name: "exit_intent" }]],
    hesitant: [[view(smartphones[0])], [add]],
    idle: [[{ name: "scroll", params: { percent_scrolled: 90 } }]],
  };
  const jars = Object.fromEntries(Object.keys(visits).map((reference) => [reference, known(reference)]));
  const steps = Math.max(...Object.values(visits).map(({ length }) => length));
  let last = 0;
  for (let step = 0; step < steps; step++) {
    for (const [reference, batches] of Object.entries(visits)) {
      if (!batches[step]) continue;
      assert.equal((await post(host.url, jars[reference], batches[step])).status, 202);
      last = Date.now();
    }
    await pause(1200);
  }
  // Neither of these is told of: no reference, one that is too long.
  await post(host.url, new Jar(), [add]);
  await post(host.url, known("x".repeat(201)), [add]);
  await until("all visits", () => receiver.posts.length >= 3, 20);
  await pause(2 * SECS * 1000);
  const found = told();
  assert.deepEqual(found.map(({ reference, kind }) => [reference, kind]).sort(), [
    ["browser", "browse"],
    ["hesitant", "cart"],
    ["leaver", "exit"],
  ]);
  assert.ok(receiver.posts.every((each) => isSigned(each)));
  assert.equal(misfit("Abandonment", receiver.posts[0]), "");
  assert.equal(new Set(found.map(({ id }) => id)).size, 3);
  const { token, last_ms } = found.find(({ reference }) => reference === "hesitant");
  assert.ok(Math.abs(last_ms - last) < 5000);
  // What the shop asks then.
  const { decisions } = await (await ask(host.url, { token, ended: true, slot: "home.recommended" })).json();
  assert.ok(decisions[0].personalised);
  // The visit goes on, and is not told of again.
  await post(host.url, jars.browser, [add]);
  await pause(2.5 * SECS * 1000);
  assert.equal(receiver.posts.length, 3);
});

test("a visit is followed only with consent, and only where all settings are there", async () => {
  for (const [what, options, jar] of [
    ["without consent", { ...triggers(), consent: "required" }, known("a")],
    ["after a refusal", triggers(), known("a", { slotwise_consent: "denied" })],
    ["without a namespace", { ...triggers(), visits: false }, known("a")],
    ["without a key", triggers({ TRIGGERS_KEY: "" }), known("a")],
  ]) {
    host = await edge(shop, server, options);
    assert.equal((await post(host.url, jar, [add])).status, 202, what);
    await pause(1.5 * SECS * 1000);
    assert.equal(receiver.posts.length, 0, what);
    await host.stop();
  }
  host = undefined;
});
