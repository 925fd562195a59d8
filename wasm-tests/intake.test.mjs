// Anybody can post to the Worker. What is no valid event, comes from another site or is too long is refused in real workerd,
// and neither the visitor's cookie nor the log nor the Worker's memory suffers from it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { MAX_BODY } from "../js/src/contract.ts";
import { bareEdge, edge, health, Jar, logged, origin, post, publish, smartphones, synced, view } from "./stage.mjs";

let shop;
let server;
let worker;
/** The Worker without the proxy that Miniflare puts before it, which would hold bodies back. */
let bare;

before(async () => {
  shop = publish();
  server = await origin(shop);
  worker = await edge(shop, server);
  bare = await bareEdge(shop, server.url);
});

after(async () => {
  bare?.stop();
  await worker?.stop();
  await server?.stop();
  shop?.remove();
});

const JSON_TYPE = { "content-type": "application/json" };
const EVENTS = "/_slotwise/events";
const DECIDE = "/_slotwise/decide";
const NO_SINK = { sink_forwarded: 0, sink_lost: 0 };
const beacon = JSON.stringify({ events: [view(smartphones[0])] });
// Node's own name is that of a program, and programs are not counted.
const AGENT = new Jar().headers();
const send = (path, headers, body = beacon, of = worker) =>
  fetch(of.url + path, { method: "POST", headers: { ...AGENT, ...headers }, body });

test("only JSON is taken, so that no form and no simple request of another site can be an event", async () => {
  const before = logged(server).length;
  const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "json"];
  for (const path of [EVENTS, DECIDE]) {
    for (const type of types) {
      const response = await send(path, { "content-type": type });
      assert.equal(response.status, 415, `${path} of type ${type}`);
      assert.match((await response.json()).error, /expected application\/json/);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
    // A Blob without a type sends no content type at all.
    assert.equal((await send(path, {}, new Blob([beacon]))).status, 415);
  }
  assert.equal(logged(server).length, before);
  for (const type of ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=utf-8"]) {
    assert.equal((await send(EVENTS, { "content-type": type })).status, 202, type);
  }
  assert.equal(logged(server).length, before + 3);
});

test("a page of another site is refused; the shop's own pages, apps and servers are not", async () => {
  const before = logged(server).length;
  const foreign = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "cross-site", origin: worker.url },
    { "sec-fetch-site": "same-site", origin: "https://blog.shop.example" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: worker.url.replace(/\d+$/, "1") },
  ];
  for (const path of [EVENTS, DECIDE]) {
    for (const headers of foreign) {
      const response = await send(path, { ...JSON_TYPE, ...headers });
      assert.equal(response.status, 403, `${path} ${JSON.stringify(headers)}`);
      assert.match((await response.json()).error, /another site/);
      assert.equal(response.headers.get("access-control-allow-origin"), null);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  }
  assert.equal(logged(server).length, before);
  const own = [
    {},
    { origin: worker.url },
    { "sec-fetch-site": "same-origin", origin: "https://shop.example" },
    { "sec-fetch-site": "none" },
  ];
  for (const headers of own) assert.equal((await send(EVENTS, { ...JSON_TYPE, ...headers })).status, 202, JSON.stringify(headers));
});

test("pages of an allowed origin may post and read, and a preflight says so", async () => {
  const friend = "https://m.shop.example";
  const host = await edge(shop, server, { bindings: { ALLOWED_ORIGINS: `https://other.example, ${friend}/` } });
  try {
    const headers = { origin: friend, "sec-fetch-site": "cross-site" };
    const asked = await fetch(host.url + EVENTS, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get("access-control-allow-headers"), "content-type");
    const taken = await send(EVENTS, { ...headers, ...JSON_TYPE }, beacon, host);
    assert.equal(taken.status, 202);
    await synced(host);
    for (const response of [asked, taken, await fetch(`${host.url}/_slotwise/manifest`, { headers })]) {
      assert.equal(response.headers.get("access-control-allow-origin"), friend);
      assert.match(response.headers.get("vary"), /origin/);
      assert.equal(response.headers.get("access-control-allow-credentials"), null);
    }
    const stranger = { origin: "https://evil.example" };
    assert.equal((await send(EVENTS, { ...stranger, ...JSON_TYPE }, beacon, host)).status, 403);
    const refused = await fetch(host.url + EVENTS, { method: "OPTIONS", headers: stranger });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get("access-control-allow-origin"), null);
  } finally {
    await host.stop();
  }
});

test("a client that posts too often is asked to wait, and no other", async () => {
  const host = await edge(shop, server, { limit: 3 });
  try {
    const from = (address, path = EVENTS) => send(path, { ...JSON_TYPE, "cf-connecting-ip": address }, beacon, host);
    const answers = [];
    for (let count = 0; count < 5; count++) answers.push(await from("192.0.2.1"));
    // The period may end in between, but then another one begins.
    assert.equal(answers[0].status, 202);
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 1, answers.map(({ status }) => status).join(" "));
    assert.equal(refused[0].headers.get("retry-after"), "10");
    assert.equal((await from("192.0.2.2")).status, 202);
    assert.equal((await fetch(`${host.url}/_slotwise/health`, { headers: { "cf-connecting-ip": "192.0.2.1" } })).status, 200);
  } finally {
    await host.stop();
  }
});

test("a rate limit that fails lets events pass", async () => {
  // Bound under the name, but no rate limit.
  const host = await edge(shop, server, { bindings: { RATE_LIMIT: "broken" } });
  try {
    assert.equal((await send(EVENTS, { ...JSON_TYPE, "cf-connecting-ip": "192.0.2.1" }, beacon, host)).status, 202);
  } finally {
    await host.stop();
  }
});

/** Posts the beginning of a body and waits. Resolves to the status. */
function begun(headers, length) {
  return new Promise((resolve, reject) => {
    const posted = request(bare.url + EVENTS, { method: "POST", headers: { ...JSON_TYPE, ...headers } });
    posted.on("response", ({ statusCode }) => {
      resolve(statusCode);
      posted.destroy();
    });
    posted.on("error", reject);
    posted.flushHeaders();
    if (length > 0) posted.write(Buffer.alloc(length, 0x20));
  });
}

/** Posts a body that is produced on demand, whatever the Worker says. Resolves to the number of bytes until it hung up. */
function flood(length, headers) {
  return new Promise((resolve) => {
    const chunk = Buffer.alloc(16 * 1024, 0x20);
    let written = 0;
    const posted = request(bare.url + EVENTS, { method: "POST", headers: { ...JSON_TYPE, ...headers } });
    const write = () => {
      while (written < length && !posted.destroyed) {
        written += chunk.length;
        if (!posted.write(chunk)) return posted.once("drain", write);
      }
      return posted.end();
    };
    posted.on("response", (response) => response.resume());
    posted.on("error", () => {});
    posted.on("close", () => resolve(written));
    write();
  });
}

test("what is too long is refused unread, and a body of unknown length is cut at the limit", async () => {
  const exactly = JSON.stringify({ events: [view(smartphones[0])] }).padEnd(MAX_BODY);
  assert.equal((await send(EVENTS, JSON_TYPE, exactly)).status, 202);
  for (const path of [EVENTS, DECIDE]) {
    const response = await send(path, JSON_TYPE, `${exactly} `);
    assert.equal(response.status, 413, path);
    assert.match((await response.json()).error, /65536 bytes/);
  }
  assert.equal(await begun({ "content-length": 100_000_000 }, 0), 413, "before a single byte of the body");
  assert.equal(await begun({ "transfer-encoding": "chunked" }, MAX_BODY + 1), 413, "before the body's end");
});

/** Memory of a process in MB: now and at its peak. */
function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)[1]) / 1024);
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

test("a hundred posts of 100 MB at once do not fill the Worker's memory", async (t) => {
  const { now } = memory(bare.pid);
  const forms = [{ "transfer-encoding": "chunked" }, { "content-length": 100_000_000 }];
  const posts = Array.from({ length: 100 }, (_, number) => flood(100_000_000, forms[number % 2]));
  const answers = await Promise.all(posts);
  const { peak } = memory(bare.pid);
  const sent = answers.reduce((sum, written) => sum + written) / 1e6;
  t.diagnostic(`workerd: ${now} MB before, ${peak} MB at its peak; ${sent.toFixed(0)} MB were sent before it hung up`);
  assert.ok(
    answers.every((written) => written < 100_000_000),
    "it hangs up on each",
  );
  assert.ok(peak - now < 100, `${peak - now} MB more`);
  assert.equal((await send(EVENTS, JSON_TYPE, beacon, bare)).status, 202, "the Worker goes on");
});

test("a broken beacon is refused in words", async () => {
  for (const body of ["", "[", "null", "7"]) {
    const response = await send(EVENTS, JSON_TYPE, body);
    assert.equal(response.status, 400, body);
    assert.match((await response.json()).error, /expected/);
  }
});

test("what an event may not say is refused by reason, counted, and does not reach the log", async () => {
  const host = await edge(shop, server);
  try {
    const before = logged(server).length;
    const item = (more) => ({ name: "view_item", params: { items: [{ item_id: "1", ...more }] } });
    const events = [
      { name: "page_view" },
      { name: 7 },
      null,
      "view_item",
      item({ item_id: "x".repeat(101) }),
      item({ price: 1e300 }),
      item({ price: -1 }),
      { ...item(), params: { currency: "dollars" } },
      { ...item(), event_id: "<script>" },
      { name: "slot_exposure", params: {} },
      { name: "slot_exposure", params: { exposure: { slot: "x".repeat(65) } } },
      { name: "view_item", params: { items: Array.from({ length: 201 }, () => ({})) } },
      // These two are mended.
      { ...item({ item_name: "y".repeat(1000) }), time_ms: 1e300 },
      { name: "view_item", params: { items: "x" }, time_ms: -5 },
    ];
    const response = await post(host.url, new Jar(), events);
    const refused = { items: 1, item_id: 1, price: 2, currency: 1, event_id: 1, exposure: 2, shape: 2 };
    assert.deepEqual(await response.json(), { accepted: 2, ignored: 2, refused });
    const lines = logged(server).slice(before);
    assert.equal(lines.length, 2);
    for (const { time_ms } of lines) assert.ok(Math.abs(time_ms - Date.now()) < 60_000, `${time_ms}`);
    assert.equal(lines[0].params.items[0].item_name.length, 200);

    const many = Array.from({ length: 250 }, () => ({ name: "scroll" }));
    const cut = await (await post(host.url, new Jar(), many)).json();
    assert.deepEqual(cut, { accepted: 200, ignored: 0, refused: { count: 50 } });
    const counted = (await health(host)).events;
    assert.deepEqual(counted, { accepted: 202, forwarded: 202, refused: { ...refused, count: 50 }, lost: 0, problem: null, ...NO_SINK });
  } finally {
    await host.stop();
  }
});

test("the events of a question are checked too, and a bad one does not spoil the answer", async () => {
  await synced(worker);
  const asked = async (events) => (await send(DECIDE, JSON_TYPE, JSON.stringify({ events }))).json();
  const good = view(smartphones[0]);
  const bad = { name: "view_item", params: { items: [{ item_id: "z".repeat(101) }] } };
  const { intent } = await asked([good]);
  assert.deepEqual((await asked([good, bad])).intent, intent);
  assert.notDeepEqual((await asked([])).intent, intent);
});

test("every event leaves the edge with an id, and keeps the one it came with", async () => {
  const before = logged(server).length;
  await post(worker.url, new Jar(), [view("1"), { ...view("2"), event_id: "my-own.1" }, view("3")]);
  const ids = logged(server)
    .slice(before)
    .map(({ event_id }) => event_id);
  assert.equal(ids[1], "my-own.1");
  for (const id of [ids[0], ids[2]]) assert.match(id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  assert.notEqual(ids[0], ids[2]);
});
