// The script that is there at once, in real Chromium behind real workerd: what it fetches, what it keeps for the
// engine, and what becomes of it when the engine is late, gone or broken.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { deeds, launch, ready, visitor, ENGINE } from "./page.mjs";
import { demoStage, demoStore, edge, logLines, smartphones, until } from "./stage.mjs";

let shop;
let store;
let worker;
let front;
let browser;
let stop;
/** The bodies of all beacons of this test that came in. */
let sent;
/** Who asks for the engine's file waits for this. */
let gate = Promise.resolve();

/**
 * The Worker behind a server that writes down the beacons: what a page sends while it is left, a test of the page does
 * not see.
 */
async function writesDown(url) {
  const sent = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (request.url.endsWith("/_slotwise/events")) sent.push(JSON.parse(body));
    if (request.url.endsWith("/engine.wasm")) await gate;
    const { host: _, connection: __, ...headers } = request.headers;
    const inner = await fetch(url + request.url, { method: request.method, headers, ...(body.length > 0 && { body }) });
    const skipped = ["content-encoding", "content-length", "transfer-encoding"];
    for (const [name, value] of inner.headers) if (!skipped.includes(name)) response.appendHeader(name, value);
    response.writeHead(inner.status).end(Buffer.from(await inner.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, sent, stop };
}

before(async () => {
  ({ shop, store, worker, browser, stop } = await demoStage({ launch, tour: true }));
});

after(() => stop?.());

// Each test has an address of its own: pages of the test before may have their last word late.
beforeEach(async () => {
  front = await writesDown(worker.url);
  sent = front.sent;
  gate = Promise.resolve();
});

afterEach(() => front?.stop());

/** Events that were sent, but for those that pages send by themselves. */
const deedsSent = () => sent.flatMap(({ events }) => events).filter(({ name }) => !["user_engagement", "slot_exposure"].includes(name));
/** The beacon with an event of this name. */
const beaconOf = (event) => sent.find(({ events }) => events.some(({ name }) => name === event));
const pairs = (events) => events.map(({ name, params }) => [name, params.items[0].item_id]);
/** Those events in the log, in its order. */
const logged = (events) => {
  const ids = new Set(events.map(({ event_id }) => event_id));
  return logLines(store.log)
    .map((line) => JSON.parse(line))
    .filter(({ event_id }) => ids.has(event_id));
};

/** Keeps the engine's file back until it is let go. */
function late() {
  let letGo;
  gate = new Promise((resolve) => {
    letGo = resolve;
  });
  return letGo;
}

/** Keeps the browser busy: nothing idle is done before `globalThis.idle()`. */
const busy = (page) =>
  page.addInitScript(() => {
    const waiting = [];
    globalThis.requestIdleCallback = (act) => waiting.push(act);
    globalThis.idle = () => {
      for (const act of waiting.splice(0)) act();
    };
  });

test("on a page that the edge has personalised nothing but the eager script is fetched before the browser is idle", async () => {
  const { context, page, noise } = await visitor(browser);
  await busy(page);
  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const scripts = () => asked.filter((line) => !/^GET \/(tour|pictures\/.*|assets\/[\w.]+\.(css|svg))$/.test(line));
  await page.goto(`${front.url}/tour`);
  await page.waitForFunction(() => globalThis.slotwise);
  await page.evaluate(() => document.querySelector("#trending").scrollIntoView());
  await page.waitForFunction(() => globalThis.slotwise.seen > 0);
  await page.waitForTimeout(300);
  assert.deepEqual(scripts(), ["GET /assets/main.js"]);
  assert.equal(await page.evaluate(() => globalThis.slotwise.snapshot), null);

  await page.evaluate(() => globalThis.idle());
  await page.evaluate(() => globalThis.slotwise.ready);
  const then = scripts().slice(1);
  assert.ok(then.includes("GET /assets/engine.wasm") && then.includes("GET /_slotwise/manifest"), then.join("\n"));
  assert.ok(!then.some((line) => line.includes("full")), "the full engine is for those who ask why");
  const seen = await until("the beacon", () => beaconOf("slot_exposure"));
  assert.ok(seen.applied, "what was seen before is in the token");
  assert.ok(seen.events.some(({ name, params }) => name === "slot_exposure" && params.exposure.slot === "tour.trending"));
  assert.deepEqual(noise, []);
  await context.close();
});

test("the first click brings the engine, busy or not", async () => {
  const { context, page } = await visitor(browser);
  await busy(page);
  await page.goto(`${front.url}/`);
  await page.waitForFunction(() => globalThis.slotwise);
  const before = await page.$$eval('[data-slotwise="home.recommended"] > [data-item]', (cards) => cards.map((card) => card.dataset.item));
  await page.locator('[data-slotwise="home.recommended"] [data-act="save"]').first().click();
  await ready(page);
  assert.deepEqual(await page.evaluate(() => globalThis.slotwise.ready), { ok: true, source: "edge" });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForTimeout(300);
  const now = await page.$$eval('[data-slotwise="home.recommended"] > [data-item]', (cards) => cards.map((card) => card.dataset.item));
  assert.notDeepEqual(now, before, "the row changes once nobody looks at it");
  assert.equal((await deeds(page))[0].name, "add_to_wishlist");
  await context.close();
});

test("events that wait for the engine reach token and log once and in order", async () => {
  const { context, page } = await visitor(browser);
  const letGo = late();
  await page.goto(`${front.url}/product/${smartphones[0]}`);
  await page.waitForFunction(() => globalThis.slotwise);
  await page.evaluate((ids) => {
    for (const id of ids) globalThis.slotwise.track("add_to_wishlist", { items: [{ item_id: id }] }, { apply: false });
  }, smartphones.slice(1));
  await page.waitForTimeout(300);
  assert.deepEqual(deedsSent(), []);
  letGo();
  await ready(page);
  const expected = [
    ["view_item", smartphones[0]],
    ["add_to_wishlist", smartphones[1]],
    ["add_to_wishlist", smartphones[2]],
  ];
  const beacon = await until("the beacon", () => beaconOf("view_item"));
  assert.ok(beacon.applied);
  assert.deepEqual(pairs(beacon.events), expected);
  await until("the log", () => logged(beacon.events).length >= 3);
  await page.waitForTimeout(300);
  const lines = logged(beacon.events);
  assert.deepEqual(pairs(lines), expected, "once and in order");
  // Each begins where the one before it ended: one visit.
  assert.equal(lines[1].chain[0], lines[0].chain[1]);
  assert.equal(lines[2].chain[0], lines[1].chain[1]);
  assert.deepEqual(
    (await deeds(page)).map(({ name, item_id }) => [name, item_id]),
    expected.reverse(),
  );
  await context.close();
});

test("nothing is lost when the page is left before the engine came", async () => {
  const { context, page } = await visitor(browser);
  const letGo = late();
  await page.goto(`${front.url}/product/${smartphones[0]}`);
  await page.waitForFunction(() => globalThis.slotwise);
  await page.evaluate((id) => {
    const secret = { item_id: id, price: 10, customer_mail: "somebody@example.com" };
    globalThis.slotwise.track("add_to_cart", { items: [secret], user_id: "7" }, { apply: false });
  }, smartphones[1]);
  const token = async () => (await context.cookies()).find(({ name }) => name === "slotwise")?.value;
  // The page's own answer may have brought the token of a visit that has just begun.
  const begun = await token();
  await page.goto("about:blank");
  const beacon = await until("the beacon", () => beaconOf("view_item"));
  assert.ok(!("applied" in beacon), "the edge is to put them into the session");
  assert.deepEqual(pairs(deedsSent()), [
    ["view_item", smartphones[0]],
    ["add_to_cart", smartphones[1]],
  ]);
  assert.equal(sent.filter(({ applied }) => !applied).length, 1, "two would each bring a token back, without the other's events");
  assert.doesNotMatch(JSON.stringify(beacon), /customer_mail|user_id|allowed/, "only what the engine reads leaves the page");
  await until("the log", () => logged(beacon.events).length >= beacon.events.length);
  const lines = logged(beacon.events);
  assert.equal(lines.length, beacon.events.length);
  assert.equal(lines[1].chain[0], lines[0].chain[1], "the edge has linked them");
  await until("the token", async () => (await token()) !== begun);
  letGo();
  await page.goto(`${front.url}/`);
  await ready(page);
  const known = (await deeds(page)).filter(({ name }) => name !== "user_engagement");
  assert.deepEqual(
    known.slice(0, 2).map(({ name, item_id }) => [name, item_id]),
    [
      ["add_to_cart", smartphones[1]],
      ["view_item", smartphones[0]],
    ],
  );
  await context.close();
});

test("a page that is hidden and shown again goes on with the session that the edge has made of its events", async () => {
  const { context, page } = await visitor(browser);
  await page.addInitScript(() => {
    let state = "visible";
    Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
    globalThis.turn = (to) => {
      state = to;
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    };
  });
  const letGo = late();
  await page.goto(`${front.url}/product/${smartphones[0]}`);
  await page.waitForFunction(() => globalThis.slotwise);
  await page.evaluate(() => globalThis.turn("hidden"));
  await until("the beacon", () => deedsSent().length > 0);
  await page.evaluate(() => globalThis.turn("visible"));
  await page.evaluate((id) => globalThis.slotwise.track("add_to_cart", { items: [{ item_id: id }] }), smartphones[1]);
  letGo();
  await ready(page);
  const known = (await deeds(page)).filter(({ name }) => name !== "user_engagement");
  assert.deepEqual(
    known.map(({ name, item_id }) => [name, item_id]),
    [
      ["add_to_cart", smartphones[1]],
      ["view_item", smartphones[0]],
    ],
  );
  const all = sent.flatMap(({ events }) => events.map(({ event_id }) => event_id));
  assert.equal(new Set(all).size, all.length, "no event is sent twice");
  await context.close();
});

test("without the engine's file events still count, and the page stays as the edge has made it", async () => {
  const { context, page } = await visitor(browser);
  await page.route(ENGINE, (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(`${front.url}/`);
  await page.waitForFunction(() => globalThis.slotwise?.problem);
  assert.match(await page.evaluate(() => globalThis.slotwise.problem), /^engine: .*status code is not ok/);
  const before = await page.$eval("main", (main) => main.outerHTML);
  await page.evaluate((ids) => {
    for (const id of ids) globalThis.slotwise.track("view_item", { items: [{ item_id: id }] });
  }, smartphones);
  await until("the beacons", () => deedsSent().length >= 3);
  assert.equal(await page.$eval("main", (main) => main.outerHTML), before);
  assert.match(await page.evaluate(async () => (await globalThis.slotwise.explain()).problem), /^engine: /);
  await until("the log", () => logged(deedsSent()).length >= 3);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await ready(page);
  const seen = (await deeds(page)).filter(({ name }) => name === "view_item").map(({ item_id }) => item_id);
  assert.deepEqual(seen, [...smartphones].reverse(), "one beacon after the other: none overtakes the token of another");
  await context.close();
});

test("a trap in the engine leaves the page alone, and later events go out without it", async () => {
  const { context, page } = await visitor(browser);
  await page.addInitScript(() => {
    // A module of one function that traps.
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
    const trap = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.t;
    WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
      construct(Instance, words) {
        const entries = Object.entries(new Instance(...words).exports).map(([name, value]) => {
          if (typeof value !== "function") return [name, value];
          return [name, (...args) => (globalThis.broken ? trap() : value(...args))];
        });
        return { exports: Object.fromEntries(entries) };
      },
    });
  });
  await page.goto(`${front.url}/`);
  await ready(page);
  await page.waitForTimeout(300);
  const before = await page.$eval("main", (main) => main.outerHTML);
  await page.evaluate((ids) => {
    globalThis.broken = true;
    for (const id of ids) globalThis.slotwise.track("view_item", { items: [{ item_id: id }] });
  }, smartphones);
  assert.match(await page.evaluate(() => globalThis.slotwise.problem), /^engine: unreachable/);
  assert.deepEqual(await page.evaluate(() => [globalThis.slotwise.intent(), globalThis.slotwise.decide(), globalThis.slotwise.apply()]), [
    null,
    [],
    [],
  ]);
  await until("the beacons", () => deedsSent().length >= 3);
  // What the engine had linked before, such as a slot that was seen, may still go out as it is.
  const later = sent.filter(({ events }) => events.some(({ name }) => name === "view_item"));
  assert.ok(later.every((beacon) => !("applied" in beacon)));
  assert.deepEqual(
    pairs(deedsSent()),
    smartphones.map((id) => ["view_item", id]),
  );
  assert.equal(await page.$eval("main", (main) => main.outerHTML), before);
  await context.close();
});

test("an event that is none is reported, those behind it are not held up, and no listener is in the way", async () => {
  const { context, page } = await visitor(browser);
  const letGo = late();
  await page.goto(`${front.url}/`);
  await page.waitForFunction(() => globalThis.slotwise);
  await page.evaluate((ids) => {
    const { slotwise } = globalThis;
    slotwise.on("change", () => {
      throw new Error("a listener of the shop's");
    });
    slotwise.track("view_item", { items: [{ item_id: ids[1], price: 1n }] });
    slotwise.track("view_item", null);
    slotwise.track("view_item", { items: [{ item_id: ids[0] }] });
    slotwise.track("view_item", { items: [null, 7, { item_id: { toString: () => "x" } }] });
    slotwise.track("no_such_event", { items: [{ item_id: ids[1] }] });
    slotwise.track("view_item", { items: [{ item_id: ids[2] }] });
  }, smartphones);
  letGo();
  await ready(page);
  // Read at once: the next successful sync clears it.
  const problem = await page.evaluate(() => {
    globalThis.slotwise.track("view_item", null);
    return globalThis.slotwise.problem;
  });
  assert.match(problem, /^page: /);
  const known = (await deeds(page)).filter(({ item_id }) => item_id);
  assert.deepEqual(
    known.map(({ item_id }) => item_id),
    [smartphones[2], smartphones[0]],
  );
  assert.ok(await page.evaluate(() => globalThis.slotwise.decide().length > 0), "the engine goes on");
  await context.close();
});

test("before consent no event leaves, not even with the page", async () => {
  const strictStore = await demoStore(shop, { consent: "required" });
  const strict = await edge(shop, strictStore, { consent: "required" });
  const strictFront = await writesDown(strict.url);
  const { context, page } = await visitor(browser);
  sent = strictFront.sent;
  try {
    late();
    await page.goto(`${strictFront.url}/product/${smartphones[0]}`);
    await page.waitForFunction(() => globalThis.slotwise);
    await page.goto(`${strictFront.url}/product/${smartphones[1]}`);
    await page.waitForFunction(() => globalThis.slotwise);
    // What was done before the answer is not sent after it.
    await page.evaluate(() => globalThis.slotwise.consent("granted"));
    await page.evaluate((id) => globalThis.slotwise.track("add_to_cart", { items: [{ item_id: id }] }, { apply: false }), smartphones[2]);
    await page.goto("about:blank");
    await until("the beacon", () => deedsSent().length > 0);
    assert.deepEqual(pairs(deedsSent()), [["add_to_cart", smartphones[2]]]);
    await page.goto(`${strictFront.url}/product/${smartphones[0]}`);
    await page.waitForFunction(() => globalThis.slotwise);
    const before = sent.length;
    await page.evaluate(() => globalThis.slotwise.consent("denied"));
    await page.goto("about:blank");
    await page.waitForTimeout(300);
    assert.deepEqual(sent.slice(before), []);
    assert.deepEqual(
      (await context.cookies()).map((cookie) => cookie.name),
      ["slotwise_consent"],
    );
  } finally {
    await context.close();
    strictFront.stop();
    await strict.stop();
    await strictStore.stop();
  }
});
