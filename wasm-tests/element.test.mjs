// `<slotwise-slot>` in real Chromium, without a framework and in the recipes of the manual for Vue 3 and Svelte 5.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { compile } from "svelte/compiler";
import { client, serve } from "./bindings/bundle.mjs";
import { launch, ready, visitor } from "./page.mjs";
import { edge, origin, publish, smartphones, synced, until } from "./stage.mjs";

const svelte = {
  name: "svelte",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, "utf8"), { filename: path, generate: "client", dev: true }).js.code,
    })),
};
const VUE = { __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true" };
const define = { "process.env.NODE_ENV": '"development"' };

const FRAMEWORKS = {
  "no framework": ["plain_client.mjs", {}],
  "Vue 3": ["vue_client.mjs", { define: { ...define, ...VUE } }],
  "Svelte 5": ["svelte_client.mjs", { plugins: [svelte], conditions: ["browser"] }],
};

let shop;
let store;
let browser;
const shops = {};

before(async () => {
  shop = publish();
  store = await origin(shop);
  browser = await launch();
  for (const [name, [entry, options]] of Object.entries(FRAMEWORKS)) {
    const page = (path) => {
      const script = path === "/bare" ? "" : '<script type="module" src="/assets/client.js"></script>';
      return `<!doctype html><html lang="en"><title>shop</title><div id="root" data-key="${shop.publicKey}"></div>${script}`;
    };
    const own = await serve(await client(entry, options), page);
    const worker = await edge(shop, { url: own.url, origin: store.url });
    await synced(worker);
    shops[name] = { url: worker.url, stop: () => Promise.all([own.stop(), worker.stop()]) };
  }
});

after(async () => {
  await browser?.close();
  for (const { stop } of Object.values(shops)) await stop();
  await store?.stop();
  shop?.remove();
});

const variant = (page) => page.$eval('[data-slotwise="home.hero"] > [data-variant]:not(template)', (shown) => shown.dataset.variant);
const cards = (page, slot) => page.$$eval(`[data-slotwise="${slot}"] > [data-item]`, (all) => all.map((card) => card.dataset.item));
const look = (page) =>
  page.evaluate((ids) => {
    for (const item_id of ids) globalThis.slotwise.track("view_item", { items: [{ item_id, item_category: "electronics.smartphone" }] });
  }, smartphones);

for (const framework of Object.keys(FRAMEWORKS)) {
  const begun = async (calls) => {
    const seen = await visitor(browser);
    const exposures = [];
    seen.page.on("request", (request) => {
      if (!request.url().endsWith("/_slotwise/events")) return;
      for (const { params } of request.postDataJSON().events) if (params.exposure) exposures.push(params.exposure.slot);
    });
    await seen.page.goto(`${shops[framework].url}/`);
    for (const call of calls) await seen.page.evaluate((call) => globalThis[call](), call);
    await ready(seen.page);
    return { ...seen, exposures };
  };

  for (const calls of [
    ["mount", "begin"],
    ["begin", "mount"],
  ]) {
    test(`${framework}, ${calls.join(" before ")}: slots hold their own content, then what is decided, and stay through renders`, async () => {
      const { context, page, noise } = await begun(calls);
      assert.equal(await variant(page), "welcome");
      await look(page);
      assert.equal(await variant(page), "welcome", "what is on the screen stays");
      await page.evaluate(() => globalThis.slotwise.apply());
      assert.equal(await variant(page), "smartphone");
      assert.equal((await cards(page, "home.recommended")).length, 8);
      await page.$eval('[data-slotwise="home.hero"] b', (element) => {
        element.mine = true;
      });
      for (let at = 0; at < 3; at++) await page.click("#count");
      await page.waitForFunction(() => document.querySelector("#count").textContent === "rendered 3");
      assert.equal(await page.$eval('[data-slotwise="home.hero"] b', (element) => element.mine), true, "the very same nodes");
      assert.equal((await cards(page, "home.recommended")).length, 8);
      const display = await page.$eval("slotwise-slot", (slot) => getComputedStyle(slot).display);
      assert.equal(display, "block", "a slot without a box is never seen");
      assert.deepEqual(noise, []);
      await context.close();
    });
  }

  test(`${framework}: a slot that is made anew is decided anew, and single-page navigation is followed`, async () => {
    const { context, page, noise, exposures } = await begun(["mount", "begin"]);
    await look(page);
    await until("the home page's exposure", () => exposures.includes("home.hero"));
    await page.click("#toggle");
    await page.waitForFunction(() => !document.querySelector('[data-slotwise="home.hero"]'));
    await page.click("#toggle");
    await page.waitForSelector('[data-slotwise="home.hero"] > [data-variant="smartphone"]:not(template)');
    await page.click("#to-1004856");
    await page.waitForSelector('[data-slotwise="product.related"] > [data-item]');
    const related = await cards(page, "product.related");
    assert.ok(related.length > 0 && !related.includes("1004856"));
    await page.click("#to-1004767");
    await page.waitForSelector('[data-slotwise="product.related"][data-item="1004767"] > [data-item]');
    assert.notDeepEqual(await cards(page, "product.related"), related);
    await until("the product page's exposure", () => exposures.includes("product.related"));
    const before = exposures.filter((slot) => slot === "home.hero").length;
    await page.goBack();
    await page.goBack();
    await page.waitForSelector('[data-slotwise="home.hero"] > [data-variant="smartphone"]:not(template)');
    await until("another exposure of the home page", () => exposures.filter((slot) => slot === "home.hero").length > before);
    assert.deepEqual(noise, []);
    await context.close();
  });
}

test("where there is no Navigation API, the functions of history do what they did and are given back", async () => {
  const { context, page, noise } = await visitor(browser);
  await page.addInitScript(() => {
    delete globalThis.navigation;
    Object.defineProperty(globalThis, "navigation", { value: undefined });
  });
  await page.goto(`${shops["no framework"].url}/bare`);
  const source = readFileSync(new URL("../js/dist/navigate.js", import.meta.url), "utf8");
  const found = await page.evaluate(async (source) => {
    const { onNavigate } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    const own = history.pushState;
    const seen = [];
    const stop = onNavigate(() => seen.push(location.pathname + location.search));
    const other = onNavigate(() => seen.push("other"));
    other();
    history.pushState({ a: 1 }, "", "/one");
    history.replaceState({ a: 2 }, "", "/one?two");
    history.pushState({}, "", "/one?two#part");
    history.back();
    await new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
    history.back();
    await new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
    stop();
    history.pushState({}, "", "/unseen");
    return { seen, back: history.pushState === own };
  }, source);
  assert.deepEqual(found.seen, ["/one", "/one?two", "/bare"]);
  assert.equal(found.back, true);
  assert.deepEqual(noise, []);
  await context.close();
});
