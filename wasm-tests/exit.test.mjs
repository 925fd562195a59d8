// Slots that open when the visitor is about to leave, and slots that know what their page is about: the demo in real Chromium.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, ready } from "./page.mjs";
import { demoStore, edge, publish, root, until } from "./stage.mjs";

const PRODUCT = "/product/1004767";
const DESKTOP = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };

let shop;
let store;
let worker;
let browser;

before(async () => {
  shop = publish({ holdout: 0.5 });
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

/** A clock that can be put forward, a page that can be hidden, and every layout shift. */
const prepare = () => {
  let ahead = 0;
  let hidden = false;
  const now = performance.now.bind(performance);
  performance.now = () => now() + ahead;
  Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  const turn = (state) => {
    hidden = state;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  };
  globalThis.wait = (ms) => {
    ahead += ms;
  };
  globalThis.away = (ms) => {
    turn(true);
    ahead += ms;
    turn(false);
  };
  globalThis.shifts = [];
  const moved = ({ node, previousRect, currentRect }) => [node?.className ?? String(node), previousRect.y, currentRect.y];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      // The choices of a filter may come in two pieces of the page; its box then grows while it is read.
      const own = sources.every(({ node }) => node?.parentElement?.closest(".filters"));
      if (!own || sources.length === 0) globalThis.shifts.push([value, ...sources.map(moved)]);
    }
  }).observe({ type: "layout-shift" });
};

/** A visit with something in its cart, held out or not; with the exposures of panels that it has reported. */
async function shopper(heldOut, options = DESKTOP) {
  const context = await browser.newContext(options);
  await context.addInitScript(prepare);
  const tab = await context.newPage();
  await tab.goto(worker.url + PRODUCT);
  await ready(tab);
  const isHeldOut = () => tab.evaluate(() => globalThis.slotwise.decide("home.hero")[0].arm === "holdout");
  // Chance goes by the second in which a visit begins.
  await until("such a visit", async () => {
    if ((await isHeldOut()) === heldOut) return true;
    await tab.evaluate(() => globalThis.slotwise.forget());
    return false;
  });
  await tab.evaluate(() => {
    const items = [{ item_id: "1004767", item_category: "electronics.smartphone" }];
    for (const name of ["view_item", "add_to_cart"]) globalThis.slotwise.track(name, { items });
  });
  const told = [];
  tab.on("request", (request) => {
    if (!request.url().endsWith("/_slotwise/events")) return;
    const exposures = JSON.parse(request.postData()).events.map(({ params }) => params.exposure);
    told.push(...exposures.filter((exposure) => exposure?.slot.endsWith(".leaving")));
  });
  return { context, tab, told };
}

/** Waits until the page watches for its visitor to leave. */
const watched = async (tab) => {
  await ready(tab);
  await tab.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => /\/exit/.test(name)));
  // The module has loaded; it runs a moment later.
  await tab.waitForTimeout(100);
};
/** The mouse leaves through the top edge, settled or not. */
async function leave(tab, settled = true) {
  if (settled) await tab.evaluate(() => globalThis.wait(3500));
  await tab.mouse.move(400, 300);
  await tab.evaluate(() => document.documentElement.dispatchEvent(new MouseEvent("mouseout", { bubbles: true, clientY: -1 })));
}
const isOpen = (tab) => tab.$eval(".leaving", (panel) => panel.matches(":popover-open") && !panel.hidden);

test("a panel opens once a visit, over the page and never as a trap, and counts when it opens", async () => {
  const { context, tab, told } = await shopper(false);
  await tab.goto(`${worker.url}/cart`);
  await watched(tab);
  assert.equal(await tab.$eval(".leaving [data-slotwise]", (slot) => slot.childElementCount), 1, "nothing is prepared");
  await leave(tab, false);
  assert.equal(await isOpen(tab), false, "a mouse on its way in");
  // A field that is being filled in, one that was, a checkout and another dialog come first.
  for (const [begin, end] of [
    [() => document.querySelector("#find").focus(), () => document.querySelector("#find").blur()],
    [
      () => Object.assign(document.querySelector("#find"), { value: "x" }),
      () => Object.assign(document.querySelector("#find"), { value: "" }),
    ],
    [
      () => document.body.insertAdjacentHTML("beforeend", '<input class="test" autocomplete="shipping street-address">'),
      () => document.querySelector(".test").remove(),
    ],
    [
      () => document.body.insertAdjacentHTML("beforeend", '<dialog class="test" open>x</dialog>'),
      () => document.querySelector(".test").remove(),
    ],
  ]) {
    await tab.evaluate(begin);
    await leave(tab);
    assert.equal(await isOpen(tab), false, String(begin));
    await tab.evaluate(end);
  }
  assert.deepEqual(told, []);
  const before = await tab.evaluate(() => [history.length, scrollY, document.documentElement.scrollHeight, globalThis.shifts.length]);
  await leave(tab);
  assert.equal(await isOpen(tab), true);
  assert.deepEqual(
    await tab.evaluate(() => [history.length, scrollY, document.documentElement.scrollHeight, globalThis.shifts.length]),
    before,
  );
  await until("the exposure", () => told.length > 0);
  const [{ slot, personalised, exit }] = told;
  assert.deepEqual([slot, personalised, exit], ["cart.leaving", true, true]);
  assert.equal(await tab.$$eval(".leaving article", (cards) => cards.length), 3);
  const panel = tab
    .getByRole("dialog", { name: "Your cart waits here" })
    .or(tab.getByRole("complementary", { name: "Your cart waits here" }));
  assert.equal(await panel.count(), 1);
  assert.ok(await tab.evaluate(() => document.activeElement.matches(".leaving")), "nothing else had the focus");
  await tab.evaluate(readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8"));
  const violations = await tab.evaluate(async () =>
    (await globalThis.axe.run(document)).violations.map(({ id, nodes }) => [id, nodes.length]),
  );
  assert.deepEqual(violations, []);
  // The page goes on living: it scrolls, and what is beside the panel takes clicks.
  await tab.mouse.move(200, 400);
  await tab.mouse.wheel(0, 300);
  await tab.waitForFunction(() => scrollY > 0);
  assert.equal(await isOpen(tab), true);
  await tab.keyboard.press("Escape");
  assert.equal(await isOpen(tab), false);
  assert.ok(await tab.evaluate(() => document.activeElement === document.body), "the focus is where it was");
  await leave(tab);
  assert.equal(await isOpen(tab), false, "once a page");
  assert.equal(told.length, 1);
  await tab.goto(worker.url + PRODUCT);
  await watched(tab);
  await leave(tab);
  assert.equal(await isOpen(tab), false, "once a visit");
  await tab.waitForTimeout(300);
  assert.deepEqual(
    told.slice(1).filter(({ personalised }) => personalised),
    [],
  );
  const { here } = await tab.evaluate(() => globalThis.slotwise.explain());
  assert.equal(here.find(({ slot }) => slot === "product.leaving").reasons[0].code, "exit", "it waits");
  await context.close();
});

test("a panel that opened in one tab does not open in another", async () => {
  const { context, tab } = await shopper(false);
  const other = await context.newPage();
  await other.goto(`${worker.url}/cart`);
  await watched(other);
  await watched(tab);
  await leave(tab);
  assert.equal(await isOpen(tab), true);
  await leave(other);
  assert.equal(await isOpen(other), false);
  await context.close();
});

test("the button and a click elsewhere close a panel, and the click still does what it does", async () => {
  for (const close of ["button", "elsewhere"]) {
    const { context, tab } = await shopper(false);
    await watched(tab);
    await tab.focus(".product-buttons [data-act=save]");
    await leave(tab);
    assert.equal(await isOpen(tab), true);
    assert.ok(await tab.evaluate(() => document.activeElement.matches("[data-act=save]")), "the focus is not taken from anybody");
    if (close === "button") {
      await tab.click("[data-slotwise-close]");
      assert.ok(await tab.evaluate(() => document.activeElement.matches("[data-act=save]")), "the focus comes back");
    } else await tab.click(".product-buttons [data-act=save]");
    assert.equal(await isOpen(tab), false, close);
    if (close === "elsewhere") assert.equal(await tab.getAttribute(".product-buttons [data-act=save]", "aria-pressed"), "true");
    await context.close();
  }
});

test("a visit that is held out never sees a panel, and counts at the same moment", async () => {
  const { context, tab, told } = await shopper(true);
  await watched(tab);
  await leave(tab);
  assert.equal(await isOpen(tab), false);
  await until("the exposure", () => told.length > 0);
  assert.deepEqual(
    told.map(({ slot, arm, personalised }) => [slot, arm, personalised]),
    [["product.leaving", "holdout", false]],
  );
  await context.close();
});

test("without a cart, without consent and on the way to the checkout no panel opens", async () => {
  const { context, tab, told } = await shopper(false);
  await tab.evaluate(() => globalThis.slotwise.track("begin_checkout"));
  await watched(tab);
  await leave(tab);
  assert.equal(await isOpen(tab), false);
  await tab.evaluate(() => globalThis.slotwise.forget());
  await leave(tab);
  assert.equal(await isOpen(tab), false, "a new visit has no cart");
  told.length = 0;
  await tab.evaluate(() => {
    globalThis.slotwise.consent("denied");
    globalThis.slotwise.track("add_to_cart", { items: [{ item_id: "1004767" }] });
  });
  await leave(tab);
  assert.equal(await isOpen(tab), false, "nobody would remember that it opened");
  assert.deepEqual(told, []);
  await context.close();
});

test("on a touch screen a panel opens for a visitor who was away and came back", async () => {
  const { context, tab } = await shopper(false, PHONE);
  await watched(tab);
  await leave(tab);
  assert.equal(await isOpen(tab), false, "there is no mouse");
  await tab.evaluate(() => globalThis.away(5000));
  assert.equal(await isOpen(tab), false, "a glance at a message");
  await tab.evaluate(() => globalThis.away(20_000));
  assert.equal(await isOpen(tab), true);
  const { x, y, width, height } = await tab.locator(".leaving").boundingBox();
  assert.ok(x >= 0 && y >= 0 && x + width <= 390 && y + height <= 800, "all of it is on the screen");
  await context.close();
});

test("category and search pages fit the visit at the edge and in the browser alike, and no link or word is lost", async () => {
  const { context, tab } = await shopper(false);
  await tab.evaluate(() => {
    for (const item_id of ["4804055", "4804056", "4804295", "4804055", "4804056"]) {
      globalThis.slotwise.track("add_to_cart", { items: [{ item_id, item_category: "electronics.audio.headphone" }] });
    }
  });
  const shown = () => {
    const keys = (slot) => [...document.querySelectorAll(`[data-slotwise="${slot}"] > [data-key]`)].map(({ dataset }) => dataset.key);
    const variants = (slot) => document.querySelector(`[data-slotwise="${slot}"] > :not(template)`)?.dataset.variant;
    return {
      variants: ["category.banner", "search.banner"].map(variants),
      keys: ["category.sections", "category.aisles", "search.aisles"].map(keys),
    };
  };
  const cookies = await context.cookies();
  for (const path of ["/category/electronics", "/category/computers.notebook", "/search?q=phone", "/search?q=Headphones"]) {
    await tab.goto(worker.url + path);
    await ready(tab);
    const atEdge = await tab.evaluate(shown);
    assert.deepEqual(await tab.evaluate(() => globalThis.shifts), [], `${path} moves`);
    // The same page from the store itself, whose slots the browser fills.
    const alone = await browser.newContext(DESKTOP);
    await alone.addInitScript(prepare);
    await alone.addCookies(cookies.map(({ name, value }) => ({ name, value, url: store.url })));
    const own = await alone.newPage();
    const html = await (await fetch(store.url + path)).text();
    await own.goto(store.url + path);
    await ready(own);
    await own.waitForSelector("[data-slotwise-shows]", { state: "attached" });
    assert.deepEqual(await own.evaluate(shown), atEdge, path);
    assert.deepEqual(await own.evaluate(() => globalThis.shifts), [], `${path} moves by itself`);
    const links = await tab.$$eval("main .cards-grid a, main .tiles a", (all) => all.map(({ pathname }) => pathname).sort());
    const plain = [...html.matchAll(/<(?:a class="tile"|h3 class="card-title"><a) href="([^"]+)"/g)]
      .map(([, href]) => href.replaceAll("&#x2f;", "/"))
      .sort();
    assert.deepEqual(
      links,
      plain.filter((href) => href !== "#"),
      "the same links in another order",
    );
    await alone.close();
    if (path === "/category/electronics") {
      assert.equal(atEdge.keys[0][0], "electronics.audio.headphone", "what the visit looked at comes first");
      assert.equal(atEdge.variants[0], "audio");
    } else if (path === "/category/computers.notebook") assert.equal(atEdge.variants[0], "computers", "the page's own category");
    else if (path === "/search?q=phone") assert.equal(atEdge.variants[1], "smartphone", "a word of the plan's terms");
    else assert.equal(atEdge.variants[1], "audio", "a word of a category's path");
  }
  await context.close();
});
