// The demo as a person meets it, in real Chromium: accessible, still, in words, with search, replay and playground.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PAGES } from "./bench/demo.mjs";
import { launch } from "./page.mjs";
import { demoStage, root, until } from "./stage.mjs";

let shop;
let store;
let worker;
let browser;
let stop;

before(async () => {
  ({ shop, store, worker, browser, stop } = await demoStage({ launch, tour: true }));
});

after(() => stop?.());

/** One page of every kind, and one that is none. */
const DEMO = { ...PAGES, lost: "/nothing" };
const SIZES = { phone: { width: 320, height: 700 }, desktop: { width: 1280, height: 860 } };

/** Counts layout shifts from the first moment, those after a click included. */
const countShifts = () => {
  globalThis.shifted = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) globalThis.shifted.push([value, sources.map(({ node }) => node?.className)]);
  }).observe({ type: "layout-shift", buffered: true });
};

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every page of the demo is accessible and stands still: ${size}, ${colorScheme}`, async () => {
      const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
      await context.addInitScript(countShifts);
      const tab = await context.newPage();
      const violations = async () => {
        await tab.evaluate(axe);
        const { violations } = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`);
      };
      await tab.goto(`${worker.url}/product/1004767`);
      await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
      await tab.click(".product-buttons [data-act=cart]");
      for (const [name, path] of Object.entries(DEMO)) {
        await tab.goto(worker.url + path);
        await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
        if (name === "replay") await tab.waitForSelector(".replay-card");
        await tab.waitForTimeout(200);
        assert.deepEqual(await tab.evaluate(() => globalThis.shifted), [], `layout shift on ${name}`);
        const [wide, room] = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= room, `${name} is ${wide} px wide in ${room} px`);
        assert.deepEqual(await violations(), [], name);
      }
      await tab.goto(`${worker.url}/`);
      await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
      await tab.click("[data-why]");
      await tab.waitForSelector(".panel-body h3");
      await tab.waitForSelector(".panel-sale", { state: "attached" });
      assert.deepEqual(await violations(), [], "panel");
      const isCut = (parts) => parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.textContent);
      assert.deepEqual(await tab.$$eval(".panel-stage li", isCut), [], "words of the panel that are cut");
      assert.ok((await tab.$eval(".brand span", (name) => name.offsetHeight)) < 40, "the shop's name is on one line");
      await context.close();
    });
  }
}

test("the panel speaks of the page in words, and its button comes early and lies over nothing", async () => {
  const context = await browser.newContext({ viewport: SIZES.desktop });
  const tab = await context.newPage();
  for (const path of ["/product/1004856", "/product/1004767", "/"]) {
    await tab.goto(worker.url + path);
    await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  }
  for (let presses = 0; presses < 3; presses++) await tab.keyboard.press("Tab");
  assert.ok(await tab.evaluate(() => document.activeElement.matches("[data-why]")), "the third stop of the keyboard");
  assert.equal(await tab.$eval("[data-why]", (button) => getComputedStyle(button).position), "static");
  await tab.keyboard.press("Enter");
  await tab.waitForSelector(".panel-body details");
  const text = await tab.$eval(".panel-body", (body) => body.textContent);
  for (const title of ["Welcome", "Shop by category", "You might like", "Trending now", "Newly arrived"])
    assert.ok(text.includes(title), title);
  assert.doesNotMatch(text, /milli|logit|thousandths|home\.|view_item|electronics\.|propensity|\barm\b|\bNaN\b|undefined/i);
  const shares = await tab.$$eval('details[data-slot="home.hero"] .reasons span:last-child', (spans) =>
    spans.map((span) => Number.parseFloat(span.textContent)),
  );
  const sum = shares.reduce((all, share) => all + share, 0);
  assert.ok(shares.length > 0 && Math.abs(sum - 100) < 2, shares.join(" "));
  await tab.keyboard.press("Escape");
  assert.equal(await tab.$(".panel"), null);
  assert.ok(await tab.evaluate(() => document.activeElement.matches("[data-why]")));
  await context.close();
});

test("a visitor simulates a flash sale and ends it: the shop's own prices and the overlay follow", async () => {
  const context = await browser.newContext({ viewport: SIZES.phone });
  const tab = await context.newPage();
  const overlay = async () => (await (await fetch(`${store.origin}/_slotwise/overlay`)).arrayBuffer()).byteLength;
  const prices = async () =>
    [...(await (await fetch(store.url)).text()).matchAll(/data-field="price">([^<]*)</g)].map(([, price]) => price);
  const before = await prices();
  await tab.goto(worker.url);
  await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  await tab.click("[data-why]");
  await tab.click("text=Simulate a flash sale");
  await tab.waitForSelector("text=/^Simulated: 40 products are sold out, 40 cost 30 % less/");
  const during = await overlay();
  assert.ok(during > 300, `an overlay of ${during} bytes`);
  assert.notDeepEqual(await prices(), before);
  await tab.click("text=End the simulated sale");
  await tab.waitForSelector("text=The simulated sale is over");
  assert.ok((await overlay()) < 100, "what was said of the products is taken back");
  assert.deepEqual(await prices(), before);
  assert.equal((await fetch(`${store.url}/sale`, { method: "POST" })).status, 200);
  assert.deepEqual(await prices(), before, "another site's form starts none");
  await context.close();
});

test("a search is an event of the visit, and cards of the engine have the names of the shop", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const sent = [];
  tab.on("request", (request) => {
    if (request.url().endsWith("/_slotwise/events")) sent.push(...JSON.parse(request.postData()).events);
  });
  await tab.goto(worker.url);
  await tab.fill("#find", "lg washing machines");
  await tab.keyboard.press("Enter");
  await tab.waitForURL(/\/search\?q=lg/);
  await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  await until("the event", () => sent.some(({ name }) => name === "view_search_results"));
  const { params } = sent.find(({ name }) => name === "view_search_results");
  assert.equal(params.items[0].item_category, "appliances.kitchen.washing_machine", JSON.stringify(params));
  await tab.goto(`${worker.url}/product/3600163`);
  await tab.waitForFunction(() => globalThis.slotwise?.snapshot);
  await tab.goto(worker.url);
  const cards = await tab.$$eval('[data-slotwise="home.recommended"][data-slotwise-personalised] > article', (cards) =>
    cards.map((card) => [
      card.querySelector("a").textContent,
      card.querySelector("[data-field=brand]").textContent,
      card.querySelector("a").getAttribute("href"),
    ]),
  );
  assert.equal(cards.length, 8);
  for (const [title, brand, url] of cards) {
    const html = await (await fetch(store.url + url)).text();
    assert.ok(html.includes(`<h1>${title}</h1>`), title);
    if (brand) assert.ok(html.includes(`<dd class="brand-name">${brand}</dd>`), brand);
  }
  const shown = await tab.$$eval("main article[data-item]", (cards) => cards.map((card) => card.dataset.item));
  assert.equal(new Set(shown).size, shown.length, "a product is on the page twice");
  await context.close();
});

test("a recorded visit is replayed from its link, by buttons and by keys, without a trace in the visitor's own", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const sent = [];
  tab.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  const noise = [];
  tab.on("pageerror", (error) => noise.push(String(error)));
  await tab.goto(`${worker.url}/replay?session=3&step=2`);
  const state = () =>
    tab.evaluate(() => ({
      where: document.querySelector("[data-where]").textContent,
      now: document.querySelector("[data-now]").textContent,
      current: document.querySelectorAll("[data-steps] [aria-current]").length,
      row: [...document.querySelectorAll(".replay-row:nth-child(2) .replay-card a")].map((link) => link.getAttribute("href")),
      intent: document.querySelector("[data-intent]").textContent,
    }));
  await tab.waitForSelector(".replay-card");
  const second = await state();
  assert.match(second.where, /^Step 2 of \d+$/);
  assert.match(second.now, /^(Looked at|Put into the cart|Ordered): \w/);
  assert.equal(second.current, 1);
  assert.ok(second.row.length >= 4 && /Likely to leave now/.test(second.intent), JSON.stringify(second));
  await tab.click("[data-go='1']");
  await tab.waitForFunction((before) => document.querySelector("[data-intent]").textContent !== before, second.intent);
  assert.match(tab.url(), /\?session=3&step=3$/);
  await tab.keyboard.press("ArrowLeft");
  await tab.waitForFunction((before) => document.querySelector("[data-intent]").textContent === before, second.intent);
  assert.deepEqual(await state(), second, "the same step shows the same");
  await tab.selectOption("[data-visit]", "5");
  await tab.waitForURL(/\?session=5&step=1$/);
  await tab.click("[data-play]");
  await tab.waitForURL(/\?session=5&step=2$/);
  await tab.click("[data-play]");
  const own = await tab.evaluate(async () => (await globalThis.slotwise.explain()).session.events.length);
  assert.deepEqual([own, sent, noise], [0, [], []]);
  await context.close();
});

test("the playground trains on a log in the browser, and its rows follow what is clicked", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const sent = [];
  tab.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await tab.goto(`${worker.url}/playground`);
  const log = join(shop.folder, "broken.csv");
  writeFileSync(log, "time,event,item,session\nyesterday,view,1,a\n");
  await tab.setInputFiles("[data-choose]", log);
  await tab.waitForFunction(() => /did not work/.test(document.querySelector("[data-now]").textContent));
  assert.match(await tab.textContent("[data-now]"), /line 2/, "the trainer's own words");

  await tab.evaluate(() => {
    globalThis.told = new Set();
    new MutationObserver(() => globalThis.told.add(document.querySelector("[data-progress]").value)).observe(
      document.querySelector("[data-now]"),
      {
        childList: true,
      },
    );
  });
  await tab.setInputFiles("[data-choose]", join(root, "wasm-tests/golden/clicks.csv"));
  await tab.waitForFunction(() => /^Learned from/.test(document.querySelector("[data-now]").textContent), undefined, { timeout: 60_000 });
  assert.ok((await tab.evaluate(() => globalThis.told.size)) > 2, "the bar moves");
  await tab.waitForSelector(".replay-card button");
  const row = () => tab.$$eval(".replay-row:first-child .replay-card button", (cards) => cards.map(({ textContent }) => textContent));
  const before = await row();
  assert.ok(before.length >= 3, before.join("; "));
  await tab.click(".replay-row:first-child .replay-card button");
  await tab.waitForSelector("[data-history] li");
  assert.match(await tab.textContent("[data-history] li"), /^Looked at: \w/);
  await tab.waitForFunction((before) => {
    const cards = [...document.querySelectorAll(".replay-row:first-child .replay-card button")];
    return cards.map(({ textContent }) => textContent).join("; ") !== before;
  }, before.join("; "));
  assert.ok(!(await row()).includes(before[0]), "what was looked at makes room");
  assert.deepEqual(sent, []);
  await context.close();
});
