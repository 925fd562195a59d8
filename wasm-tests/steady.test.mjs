// A page that the edge has fitted stays as it is until the visitor acts: nothing in a slot changes after it was painted, and
// nothing on the page moves. On every page of the demo, for a visit with a history.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PAGES } from "./bench/demo.mjs";
import { launch, ready, visitor } from "./page.mjs";
import { demoStore, edge, publish, smartphones, until } from "./stage.mjs";

/** Longer than a slot must be seen to count, and than a page waits for an idle moment. */
const WATCHED_MS = 1500;

let shop;
let store;
let worker;
let browser;

before(async () => {
  shop = publish({ tour: true });
  store = await demoStore(shop);
  worker = await edge(shop, store);
  await until("the first sync", async () => (await (await fetch(`${worker.url}/_slotwise/health`)).json()).snapshot);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await worker?.stop();
  await store?.stop();
  shop?.remove();
});

/**
 * Writes down every change within slots from the moment at which the parser has read the page, and every shift; shows all of
 * the page, bit by bit; and then says so. It runs in the page by itself, since a call from outside counts as the visitor's act.
 */
const watch = (ms) => {
  const seen = { changes: [], shifts: [] };
  globalThis.watched = seen;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.parentElement?.outerHTML.slice(0, 120)).join("; ");
      if (!hadRecentInput) seen.shifts.push(`${value.toFixed(4)} in ${moved}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
  const look = (records) => {
    for (const { type, target, attributeName } of records) {
      const slot = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest("[data-slotwise]");
      // What counts an exposure is no content.
      if (slot && attributeName !== "data-slotwise-shows") seen.changes.push(`${slot.dataset.slotwise}: ${type} of ${target.nodeName}`);
    }
  };
  document.addEventListener("DOMContentLoaded", async () => {
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    while (!globalThis.slotwise) await pause(50);
    await globalThis.slotwise.ready;
    await pause(ms);
    const { scrollHeight } = document.documentElement;
    for (let at = 0; at < scrollHeight; at += innerHeight / 2) {
      scrollTo(0, at);
      await pause(30);
    }
    scrollTo(0, 0);
    await pause(100);
    seen.fitted = document.querySelectorAll("[data-slotwise-personalised]").length;
    seen.by = globalThis.slotwise.page;
    seen.acted = navigator.userActivation.hasBeenActive;
    console.debug("watched");
  });
};

async function watched(context, path) {
  const page = await context.newPage();
  const done = page.waitForEvent("console", { predicate: (message) => message.text() === "watched", timeout: 60_000 });
  await page.goto(worker.url + path);
  await done;
  const found = await page.evaluate(() => globalThis.watched);
  await page.close();
  return found;
}

for (const [device, viewport] of Object.entries({ "a phone": { width: 360, height: 780 }, "a desktop": { width: 1280, height: 900 } })) {
  test(`no slot of any page changes after it was painted on ${device}, and nothing moves`, async () => {
    const { context, page } = await visitor(browser, { viewport });
    for (const id of smartphones) {
      const sent = page.waitForResponse((response) => response.url().endsWith("/_slotwise/events"));
      await page.goto(`${worker.url}/product/${id}`);
      await sent;
    }
    await context.addInitScript(watch, WATCHED_MS);
    // Beside each other: the test waits most of the time.
    const results = await Promise.all(Object.entries(PAGES).map(async ([name, path]) => [name, await watched(context, path)]));
    for (const [name, { by, acted }] of results) {
      assert.match(by, /^edge [0-9a-f]{12}$/, name);
      assert.equal(acted, false, name);
    }
    const fitted = results.reduce((sum, [, { fitted }]) => sum + fitted, 0);
    assert.ok(fitted > 20, `the edge fitted ${fitted} slots`);
    const unsteady = results.flatMap(([name, { changes, shifts }]) => [...new Set(changes), ...shifts].map((what) => `${name}: ${what}`));
    assert.deepEqual(unsteady, []);
    await context.close();
  });
}

test("the same observer sees a slot that changes because the visitor has acted", async () => {
  const { context, page } = await visitor(browser);
  await page.addInitScript(watch, WATCHED_MS);
  await page.goto(`${worker.url}/product/${smartphones[0]}`);
  await ready(page);
  await page.locator("[data-act=save]").first().click();
  await page.evaluate(() => globalThis.slotwise.apply());
  assert.ok((await page.evaluate(() => globalThis.watched.changes)).length > 0);
  await context.close();
});
