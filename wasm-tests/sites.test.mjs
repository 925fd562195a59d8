// What another site's page can do to a visitor, in real Chromium: it posts to the shop with forms, simple requests and
// beacons. The browser sends them, with the visitor's cookies, but the Worker refuses them.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launch, ready, visitor } from "./page.mjs";
import { demoStage, logged, logLines, smartphones, until, view } from "./stage.mjs";
import { tap } from "./tap.mjs";

let store;
let worker;
/** In front of the Worker: it writes down what the browser sends. */
let front;
let browser;
let stop;
let other;

before(async () => {
  ({ store, worker, browser, stop } = await demoStage({ launch }));
  front = await tap(worker.url);
  other = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>other</title>"));
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  other?.closeAllConnections();
  other?.close();
  front?.stop();
  await stop?.();
});

/** Runs in the page: posts a form. One of type text/plain sends `name=value`, of which JSON can be made. */
function form(url, enctype, body) {
  const made = Object.assign(document.createElement("form"), { method: "post", action: url, enctype });
  const [name, value] = enctype === "text/plain" ? [`${body.slice(0, -1)},"x":"`, '"}'] : ["events", body];
  made.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(made);
  made.submit();
}

/** Runs in the page: a request with the visitor's cookies. */
function request(url, mode, body) {
  const headers = { "content-type": "application/json" };
  fetch(url, { method: "POST", mode, credentials: "include", headers, body }).catch(() => {});
}

/** Runs in the page: a beacon. */
function blob(url, type, body) {
  navigator.sendBeacon(url, type ? new Blob([body], { type }) : body);
}

/** What a page of another site tries, each with the body of a valid beacon; and whether the browser asks the Worker first. */
const ATTACKS = [
  [form, "text/plain"],
  [form, "application/x-www-form-urlencoded"],
  [form, "multipart/form-data"],
  [request, "no-cors"],
  [request, "cors", "asks first"],
  [blob, ""],
  [blob, "text/plain"],
  [blob, "application/json", "asks first"],
];

for (const [where, host] of [
  ["another site", "localhost"],
  ["another origin of the same site", "127.0.0.1"],
]) {
  test(`a page of ${where} changes neither the visitor's cookie nor the log`, async () => {
    const { context, page } = await visitor(browser);
    await page.goto(`${front.url}/product/${smartphones[0]}`);
    await ready(page);
    const mine = async () => (await context.cookies()).find(({ name }) => name === "slotwise").value;
    await until("the cookie", mine);
    await page.goto("about:blank");
    // What the page says at its end is its own, and its answer brings a token.
    await until("the page's last word", () => front.posts.some(({ body, ended }) => body.includes("user_engagement") && ended));
    await page.waitForTimeout(500);
    const cookie = await mine();
    assert.ok(logged(store).length > 0);

    const url = `${front.url}/_slotwise/events`;
    const planted = `planted-by-${where.replaceAll(" ", "-")}`;
    const body = JSON.stringify({ events: [view(planted)] });
    const theirs = ({ body }) => body.includes(planted);
    for (const [attack, word, asksFirst] of ATTACKS) {
      const name = `${attack.name} ${word}`;
      front.posts.length = 0;
      const tab = await context.newPage();
      await tab.goto(`http://${host}:${other.address().port}/`);
      await tab.evaluate(`(${attack})(...${JSON.stringify([url, word, body])})`);
      if (asksFirst) await tab.waitForTimeout(500);
      else await until(`the post: ${name}`, () => front.posts.filter(theirs).some(({ status }) => status));
      // The refusal is the tab's next page. Chromium may never answer who closes a tab that is about to change its page.
      if (attack === form) await tab.waitForURL(url);
      assert.deepEqual(
        front.posts.filter(theirs).map(({ status }) => status),
        asksFirst ? [] : [403],
        name,
      );
      assert.equal(await mine(), cookie, name);
      assert.ok(!logLines(store.log).some((line) => line.includes(planted)), name);
      await tab.close();
    }
    await context.close();
  });
}

test("the same posts of the shop's own page count", async () => {
  const { context, page } = await visitor(browser);
  await page.goto(`${front.url}/cart`);
  const before = logged(store).length;
  const body = JSON.stringify({ events: [view("sent-by-the-shop")] });
  await page.evaluate(
    (body) => fetch("/_slotwise/events", { method: "POST", headers: { "content-type": "application/json" }, body }),
    body,
  );
  await page.evaluate((body) => navigator.sendBeacon("/_slotwise/events", new Blob([body], { type: "application/json" })), body);
  await until(
    "both",
    () =>
      logged(store)
        .slice(before)
        .filter(({ params }) => params.items?.[0]?.item_id === "sent-by-the-shop").length === 2,
  );
  assert.ok((await context.cookies()).some(({ name }) => name === "slotwise"));
  await context.close();
});
