// What the package does with events that nobody takes, in real Chromium behind real workerd: it keeps them, within limits and
// only as far as consent allows, and sends them again.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { deeds, launch, ready, visitor, ENGINE } from "./page.mjs";
import { demoStore, edge, logged, publish, smartphones, synced, until } from "./stage.mjs";
import { tap } from "./tap.mjs";

let shop;
let store;
/** Between browser and Worker, one for each test: pages of the test before may have their last word late. */
let front;
/** Between Worker and origin. */
let between;
let worker;
let browser;

before(async () => {
  shop = publish();
  store = await demoStore(shop);
  between = await tap(store.origin);
  worker = await edge(shop, { url: store.url, origin: between.url });
  await synced(worker);
  browser = await launch();
});

beforeEach(async () => {
  Object.assign(between, { target: store.origin, does: undefined });
  front = await tap(worker.url);
});

afterEach(() => front?.stop());

after(async () => {
  await browser?.close();
  await worker?.stop();
  between?.stop();
  await store?.stop();
  shop?.remove();
});

const originIsAway = () => {
  between.target = undefined;
};
const originIsBack = () => {
  between.target = store.origin;
};

/** The beacons that came to the Worker, parsed. */
const beacons = () => front.posts.filter(({ path }) => path.endsWith("/events")).map((post) => ({ ...post, ...JSON.parse(post.body) }));
const idsOf = (name) => [
  ...new Set(beacons().flatMap(({ events }) => events.filter((event) => event.name === name).map(({ event_id }) => event_id))),
];
const inLog = (ids) => logged(store).filter(({ event_id }) => ids.includes(event_id));
const storage = (page) => page.evaluate(() => sessionStorage.getItem("slotwise_unsent"));
const problem = (page) => page.evaluate(() => globalThis.slotwise.problem);

/** Puts products on the wish list, which no page of the shop does by itself. */
const wish = (page, ids = smartphones) =>
  page.evaluate((ids) => {
    for (const id of ids) globalThis.slotwise.track("add_to_wishlist", { items: [{ item_id: id, secret: "x" }] }, { apply: false });
  }, ids);

/** A page with its engine, all of whose own events have been taken. */
async function settled(path = "/", options = {}) {
  const { context, page } = await visitor(browser);
  if (options.before) await options.before(page);
  await page.goto(front.url + path);
  await (options.alone ? page.waitForFunction(() => globalThis.slotwise?.problem) : ready(page));
  for (let before = -1; before !== front.posts.length; ) {
    before = front.posts.length;
    await page.waitForTimeout(500);
  }
  front.posts.length = 0;
  return { context, page };
}

/** No beacon began before the one before it was answered. */
function oneAfterTheOther(found = beacons()) {
  for (const [at, { began }] of found.entries()) if (at > 0) assert.ok(began >= found[at - 1].ended, `beacon ${at} overtakes`);
}

test("events that nobody takes are sent again, one beacon after the other, in order and with their ids", async () => {
  const { context, page } = await settled();
  originIsAway();
  await wish(page);
  await until("a refusal", () => beacons().some(({ status }) => status === 503));
  await until("the problem", async () => /^event: status 503, expected 202$/.test(await problem(page)));
  const stored = await until("the backlog", () => storage(page));
  assert.doesNotMatch(stored, /secret|allowed/, "only what the engine reads is stored");
  originIsBack();
  await until("all", () => inLog(idsOf("add_to_wishlist")).length >= smartphones.length, 20);
  await until("an empty storage", async () => (await storage(page)) === null);
  const lines = inLog(idsOf("add_to_wishlist"));
  assert.deepEqual(
    lines.map(({ params }) => params.items[0].item_id),
    smartphones,
    "each once and in order",
  );
  assert.equal(lines[1].chain[0], lines[0].chain[1]);
  oneAfterTheOther();
  const all = beacons();
  assert.ok(
    all.every(({ applied }) => applied),
    "they are in the token already",
  );
  // The Worker asks for five seconds.
  const refused = all.findIndex(({ status }) => status === 503);
  const pause = all[refused + 1].began - all[refused].ended;
  assert.ok(pause >= 5000, `${pause} ms`);
  assert.equal((await deeds(page)).filter(({ name }) => name === "add_to_wishlist").length, 3);
  await context.close();
});

test("a beacon from before the back/forward cache holds up no other, and the ones since go one after the other", async () => {
  const { context, page } = await settled();
  const [first, second, third] = smartphones.map((id) => [id]);
  front.delay = 4000;
  await wish(page, first);
  await until("the first beacon", () => front.posts.length === 1);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  front.delay = 6000;
  await wish(page, second);
  await until("the second beacon", () => front.posts.length === 2);
  assert.equal(front.posts[0].ended, undefined, "it does not wait for the first");
  front.delay = 0;
  await until("the first answer", () => front.posts[0].ended);
  await wish(page, third);
  await until("the third answer", () => front.posts[2]?.ended);
  assert.ok(front.posts[2].began >= front.posts[1].ended, "it waits for the second");
  await context.close();
});

test("undelivered events survive a change of the page", async () => {
  const { context, page } = await settled();
  originIsAway();
  await wish(page);
  const kept = JSON.parse(await until("the backlog", () => storage(page)));
  // On a slow machine a slot has been seen meanwhile.
  const wishes = kept.events.flatMap(({ events }) => events.filter(({ name }) => name === "add_to_wishlist"));
  const ids = wishes.map(({ event_id }) => event_id);
  assert.equal(ids.length, 3);
  await page.goto(`${front.url}/cart`);
  await ready(page);
  assert.ok((await storage(page)).includes(ids[0]));
  originIsBack();
  await until("all", () => inLog(ids).length >= 3, 20);
  await until("an empty storage", async () => (await storage(page)) === null, 20);
  assert.deepEqual([...new Set(inLog(ids).map(({ event_id }) => event_id))], ids);
  await context.close();
});

test("without an engine undelivered events wait, and the edge puts them into the visit later", async () => {
  const { context, page } = await settled("/", {
    alone: true,
    before: (page) => page.route(ENGINE, (route) => route.fulfill({ status: 404, body: "" })),
  });
  originIsAway();
  await wish(page);
  await until("a refusal", () => beacons().some(({ status }) => status === 503));
  originIsBack();
  const ids = () => idsOf("add_to_wishlist");
  await until("all", () => inLog(ids()).length >= 3, 20);
  assert.equal(ids().length, 3);
  assert.ok(beacons().every(({ applied }) => !applied));
  oneAfterTheOther();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await ready(page);
  const known = (await deeds(page)).filter(({ name }) => name === "add_to_wishlist").map(({ item_id }) => item_id);
  assert.deepEqual(known, [...smartphones].reverse());
  await context.close();
});

test("a page that is left does not send a second beacon for the edge to put into the visit while one is on its way", async () => {
  const { context, page } = await settled("/", {
    alone: true,
    before: (page) => page.route(ENGINE, (route) => route.fulfill({ status: 404, body: "" })),
  });
  front.delay = 1000;
  await wish(page);
  await until("the beacon", () => beacons().length > 0);
  // Tracks how long it was looked at.
  await page.goto(`${front.url}/cart`);
  await page.waitForFunction(() => globalThis.slotwise?.problem);
  await until("the rest", () => idsOf("user_engagement").length > 0);
  front.delay = 0;
  oneAfterTheOther(await until("all answers", () => beacons().every(({ ended }) => ended) && beacons()));
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.goto(`${front.url}/`);
  await ready(page);
  const known = (await deeds(page)).filter(({ name }) => name === "add_to_wishlist").map(({ item_id }) => item_id);
  assert.deepEqual(known, [...smartphones].reverse(), "no answer brings a token without them");
  await context.close();
});

test("a refusal of consent and forgetting remove undelivered events for good", async () => {
  for (const refusal of ["denied", "forgotten"]) {
    const { context, page } = await settled();
    originIsAway();
    await wish(page);
    await until("the backlog", () => storage(page));
    await page.evaluate((how) => (how === "denied" ? globalThis.slotwise.consent("denied") : globalThis.slotwise.forget()), refusal);
    assert.equal(await storage(page), null, refusal);
    const ids = idsOf("add_to_wishlist");
    // One that is on its way is not called back.
    await until("all answers", () => beacons().every(({ ended }) => ended));
    originIsBack();
    const before = beacons().length;
    await page.reload();
    await page.waitForTimeout(7000);
    const after = beacons()
      .slice(before)
      .flatMap(({ events }) => events.map(({ event_id }) => event_id));
    assert.deepEqual(
      after.filter((id) => ids.includes(id)),
      [],
      refusal,
    );
    assert.deepEqual(inLog(ids), [], refusal);
    await context.close();
  }
});

test("what is refused for what it is, is not sent again", async () => {
  const { context, page } = await settled();
  front.does = 413;
  await wish(page, smartphones.slice(0, 1));
  await until("a refusal", () => beacons().some(({ status }) => status === 413));
  await until("the problem", async () => /^event: status 413, expected 202$/.test(await problem(page)));
  front.does = undefined;
  await page.waitForTimeout(2500);
  const [id] = idsOf("add_to_wishlist");
  assert.equal(beacons().filter(({ events }) => events.some(({ event_id }) => event_id === id)).length, 1);
  assert.equal(await storage(page), null);
  await context.close();
});

test("the backlog holds 200 events, and what is dropped is told of", async () => {
  const { context, page } = await settled();
  originIsAway();
  const many = Array.from({ length: 260 }, (_, at) => String(5_000_000 + at));
  await wish(page, many);
  await until("the first refusal", () => beacons().some(({ status }) => status === 503));
  await until("the problem", async () => /^event: \d+ events were dropped/.test(await problem(page)), 30);
  const kept = JSON.parse(await storage(page)).events.flatMap(({ events }) => events);
  assert.equal(kept.length, 200);
  // On a slow machine a slot has been seen meanwhile.
  const wishes = kept.filter(({ name }) => name === "add_to_wishlist").map(({ params }) => params.items[0].item_id);
  assert.ok(wishes.length > 190);
  assert.deepEqual(wishes, many.slice(-wishes.length), "the newest");
  originIsBack();
  await until("all", () => inLog(kept.map(({ event_id }) => event_id)).length >= 200, 30);
  await context.close();
});

test("events have ids where the browser makes no UUIDs", async () => {
  const { context, page } = await settled("/", {
    before: (page) => page.addInitScript(() => Object.defineProperty(crypto, "randomUUID", { value: undefined })),
  });
  await wish(page);
  await until("the beacon", () => idsOf("add_to_wishlist").length === 3);
  for (const id of idsOf("add_to_wishlist")) assert.match(id, /^[\da-f]{32}$/);
  await context.close();
});
