// What a development build says on the console, in real Chromium, and that a production build says nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, packageOnly, visitor } from "./page.mjs";
import { demoStore, publish, smartphones } from "./stage.mjs";

let shop;
let store;
let browser;

before(async () => {
  shop = publish();
  store = await demoStore(shop);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await store?.stop();
  shop?.remove();
});

const FLAWED = `<!doctype html><title>flawed</title><meta property="og:type" content="product">
  <div data-slotwise="home.recomended"><template data-card><a data-field="title"></a></template></div>
  <div data-slotwise="home.recommended"><template data-card><b data-field="title"></b><i>beside</i></template></div>
  <div data-slotwise="product.related"></div>
  <div data-slotwise="cart.leaving"><template data-card><b data-field="title"></b></template></div>
  <aside hidden><div data-slotwise="product.leaving"><template data-card><b data-field="title"></b></template></div></aside>
  <div data-slotwise="home.hero"><p>no variant</p></div>`;

/** Loads an entry of the package on a page and does what a beginner does; returns what the console says. */
async function said(entry, { body = FLAWED, key = shop.publicKey, more = {} } = {}) {
  const { context, page, noise } = await visitor(browser);
  await packageOnly(page, body);
  await page.goto(`${store.url}/package.html`);
  await page.evaluate(
    async ([entry, options, ids]) => {
      const { load } = await import(new URL(`/dist/${entry}`, location.href).href);
      const slotwise = await load(options);
      slotwise.track("view_itm", {});
      slotwise.track("view_item", { items: [{ item_id: "nobody-sells-this" }] });
      slotwise.track("view_item", { items: [{ item_id: ids[0] }] });
      globalThis.outcome = await slotwise.ready;
    },
    [entry, { publicKey: key, consent: "implied", ...more }, smartphones],
  );
  await page.waitForTimeout(2500);
  const outcome = await page.evaluate(() => ({ ...globalThis.outcome, error: globalThis.outcome.error?.message }));
  await context.close();
  return { hints: noise.filter((line) => line.startsWith("slotwise:")), outcome };
}

const has = (hints, pattern) =>
  assert.ok(
    hints.some((line) => pattern.test(line)),
    `${pattern} in\n${hints.join("\n")}`,
  );

test("a development build says what will not work, once each", async () => {
  const { hints, outcome } = await said("development.js");
  assert.equal(outcome.ok, true);
  assert.match(outcome.source, /^(network|cache)$/);
  has(hints, /track\("view_itm"\) has no effect.*did you mean "view_item"\?/);
  has(hints, /the plan has no slot "home.recomended"; did you mean "home.recommended"\?/);
  has(hints, /a template of slot "home.recommended" holds 2 elements, expected exactly one/);
  has(hints, /slot "home.recommended" is on a product page and has no data-item/);
  has(hints, /slot "product.related" has 0 elements <template data-card>/);
  has(hints, /slot "cart.leaving" is shown on exit and is in sight already/);
  has(hints, /the panel of slot "product.leaving" never opens: it has no element with data-slotwise-close/);
  has(hints, /1 of the visit's events name a product that the snapshot does not know/);
  assert.equal(new Set(hints).size, hints.length);
});

test("a development build says which key or file is wrong", async () => {
  const foreign = "A".repeat(43);
  const { hints, outcome } = await said("development.js", { key: foreign });
  assert.deepEqual([outcome.ok, outcome.source], [false, "none"]);
  assert.match(outcome.error, /^sync: no signature of the manifest fits/);
  has(hints, /no signature of the manifest fits.*use the \.public file/);
  const lost = await said("development.js", { more: { wasm: "/nowhere/engine.wasm" } });
  has(lost.hints, /full_bg\.wasm'\. The engine is a Wasm file that a bundler has to copy/);
  has((await said("development.js", { key: "" })).hints, /load\(\) has no publicKey/);
});

test("a production build is silent, applies by itself, and `ready` has a time-out of one's own", async () => {
  const { hints, outcome } = await said("index.js");
  assert.deepEqual([hints, outcome.ok], [[], true]);
  const slow = await said("index.js", { more: { timeout: 1 } });
  assert.deepEqual([slow.outcome.ok, slow.outcome.error, slow.hints], [false, "sync: not ready within 1 ms", []]);
});
