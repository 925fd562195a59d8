// `slotwise/react` with React 19 and 18: a shop rendered on a server, changed by the Worker in real workerd, hydrated in real
// Chromium by React's development build, whose complaints about hydration are what the console must not hold.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, serve, server } from "./bindings/bundle.mjs";
import { launch, ready, visitor } from "./page.mjs";
import { edge, origin, publish, smartphones, synced, until } from "./stage.mjs";

const VERSIONS = {
  19: {},
  18: { alias: { react: "react18", "react-dom": "react-dom18" } },
};

let shop;
let store;
let browser;
/** By version: the shop without and behind the Worker, and how to stop both. */
const shops = {};

async function started(options) {
  const { rendered } = await server("react_server.mjs", options);
  const page = (path) => {
    const inner = path.startsWith("/empty") ? "" : rendered(path, shop.publicKey);
    const script = '<script type="module" src="/assets/client.js"></script>';
    return `<!doctype html><html lang="en"><title>shop</title><div id="root" data-key="${shop.publicKey}">${inner}</div>${script}`;
  };
  const own = await serve(await client("react_client.mjs", options), page);
  const worker = await edge(shop, { url: own.url, origin: store.url });
  await synced(worker);
  const stop = () => Promise.all([own.stop(), worker.stop()]);
  return { rendered, url: worker.url, stop };
}

before(async () => {
  shop = publish();
  store = await origin(shop);
  browser = await launch();
  for (const [version, options] of Object.entries(VERSIONS)) shops[version] = await started(options);
});

after(async () => {
  await browser?.close();
  for (const { stop } of Object.values(shops)) await stop();
  await store?.stop();
  shop?.remove();
});

const variant = (page) => page.$eval('[data-slotwise="home.hero"] > [data-variant]:not(template)', (shown) => shown.dataset.variant);
const cards = (page, slot) => page.$$eval(`[data-slotwise="${slot}"] > [data-item]`, (all) => all.map((card) => card.dataset.item));
const hydrated = async (page) => {
  await page.waitForSelector("html[data-hydrated]");
  await ready(page);
};

/** A visitor who has looked at smartphones, and the names and slots of all exposures of the visit. */
async function visited(url) {
  const seen = await visitor(browser);
  const exposures = [];
  seen.page.on("request", (request) => {
    if (!request.url().endsWith("/_slotwise/events")) return;
    for (const { params } of request.postDataJSON().events) if (params.exposure) exposures.push(params.exposure.slot);
  });
  for (const id of smartphones) {
    await seen.page.goto(`${url}/product/${id}`);
    await hydrated(seen.page);
    await until("the view", async () => (await seen.page.evaluate(() => globalThis.slotwise.intent()))?.categories.length);
  }
  return { ...seen, exposures };
}

for (const version of Object.keys(VERSIONS)) {
  test(`React ${version}: a server renders the default content`, () => {
    const html = shops[version].rendered("/", "key");
    assert.match(html, /<section class="hero-0" data-slotwise="home.hero"><div data-variant="welcome">/);
    assert.match(html, /<template data-variant="smartphone"><div><b>Telephones<\/b><\/div><\/template>/);
    assert.match(html, /The shop&#x27;s own component/);
  });

  test(`React ${version}: what the edge has put into a slot is what React finds, and it stays through renders`, async () => {
    const { context, page, noise } = await visited(shops[version].url);
    const response = await page.goto(`${shops[version].url}/`);
    assert.match(await response.text(), /<section [^>]*data-slotwise-personalised/, "the edge has changed the page");
    await hydrated(page);
    assert.match(await page.evaluate(() => globalThis.slotwise.page), /^edge [0-9a-f]{12}$/);
    assert.equal(await variant(page), "smartphone");
    const before = await cards(page, "home.recommended");
    assert.equal(before.length, 8);
    await page.$eval('[data-slotwise="home.hero"] b', (element) => {
      element.mine = true;
    });
    for (let at = 0; at < 3; at++) await page.click("#count");
    await page.click('[data-slotwise="home.hero"] b');
    assert.equal(await page.textContent("#count"), "rendered 3");
    assert.equal(await page.textContent("#clicks"), "1", "handlers of the slot itself work");
    assert.equal(await page.$eval('[data-slotwise="home.hero"]', (slot) => slot.className), "hero-3");
    assert.equal(await page.$eval('[data-slotwise="home.hero"] b', (element) => element.mine), true, "the very same nodes");
    assert.equal(await page.textContent("#decision"), "smartphone");
    assert.deepEqual(await cards(page, "home.recommended"), before);
    assert.deepEqual(noise, []);
    await context.close();
  });

  test(`React ${version}: a slot that is made anew is decided anew, before it is painted`, async () => {
    const { context, page, noise } = await visited(shops[version].url);
    await page.goto(`${shops[version].url}/`);
    await hydrated(page);
    await page.click("#toggle");
    await page.waitForFunction(() => !document.querySelector('[data-slotwise="home.hero"]'));
    const first = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.querySelector("#toggle").click();
          requestAnimationFrame(() => resolve(document.querySelector('[data-slotwise="home.hero"] > :not(template)')?.dataset.variant));
        }),
    );
    assert.equal(first, "smartphone");
    assert.equal(
      await page.$eval('[data-slotwise="home.hero"]', (slot) => slot.innerHTML.includes("Welcome 0")),
      true,
      "the default waits",
    );
    assert.deepEqual(noise, []);
    await context.close();
  });

  test(`React ${version}: single-page navigation decides the new page's slots and counts what is seen there`, async () => {
    const { context, page, noise, exposures } = await visited(shops[version].url);
    await page.goto(`${shops[version].url}/`);
    await hydrated(page);
    await until("the home page's exposures", () => exposures.filter((slot) => slot === "home.hero").length === 1);
    const manifests = [];
    page.on("request", (request) => request.url().endsWith("/manifest") && manifests.push(request));
    await page.click("#to-product-1004856");
    await page.waitForSelector('[data-slotwise="product.related"] > [data-item]');
    const related = await cards(page, "product.related");
    assert.ok(related.length > 0 && !related.includes("1004856"));
    await page.click("#to-product-1004767");
    await page.waitForFunction(() => document.querySelector('[data-slotwise="product.related"]')?.dataset.item === "1004767");
    await page.waitForSelector('[data-slotwise="product.related"] > [data-item]');
    assert.notDeepEqual(await cards(page, "product.related"), related);
    await until("the product page's exposure", () => exposures.includes("product.related"));
    await page.goBack();
    await page.goBack();
    await page.waitForSelector('[data-slotwise="home.hero"]');
    await until("the slot to be decided", async () => (await variant(page)) === "smartphone");
    await until("another exposure of the home page", () => exposures.filter((slot) => slot === "home.hero").length === 2);
    assert.deepEqual(manifests, [], "it is the same visit");
    assert.deepEqual(noise, []);
    await context.close();
  });

  test(`React ${version}: an app without a server renders the default content, and its slots are decided`, async () => {
    const { context, page, noise } = await visitor(browser);
    const manifests = [];
    page.on("request", (request) => request.url().endsWith("/manifest") && manifests.push(request));
    await page.goto(`${shops[version].url}/empty`);
    await hydrated(page);
    assert.equal(manifests.length, 1, "strict mode mounts twice and loads once");
    assert.equal(await variant(page), "welcome");
    assert.deepEqual(await page.$$eval('[data-slotwise="home.recommended"] > article', (all) => all.map((each) => each.textContent)), [
      "The shop's own",
      "The shop's own component",
    ]);
    assert.equal(await page.textContent('[data-slotwise="nobody.knows"]'), "only text");
    await page.evaluate((ids) => {
      for (const item_id of ids) globalThis.slotwise.track("view_item", { items: [{ item_id, item_category: "electronics.smartphone" }] });
    }, smartphones);
    assert.equal(await variant(page), "welcome", "what is on the screen stays");
    await page.evaluate(() => globalThis.slotwise.apply());
    assert.equal(await variant(page), "smartphone");
    assert.equal(await page.textContent("#decision"), "smartphone");
    assert.equal((await cards(page, "home.recommended")).length, 8);
    assert.deepEqual(noise, []);
    await context.close();
  });
}
