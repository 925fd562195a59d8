// `slotwise/ga4` in real Chromium with the real engine: pages that know nothing of Slotwise but its script, with Google's
// own snippets for gtag and Tag Manager. Google itself is not asked.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deeds, launch, packageOnly, ready, visitor } from "./page.mjs";
import { origin, publish, smartphones, until } from "./stage.mjs";

const [first, second, third] = smartphones;

const GTAG = `<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag("js", new Date());
  gtag("config", "G-0000000000");
</script>`;

/** All that GA4 knows of a product in an event. */
const ITEM = {
  item_id: first,
  item_name: "A telephone",
  affiliation: "The web shop",
  coupon: "SUMMER",
  discount: 2.22,
  index: 0,
  item_brand: "samsung",
  item_category: "electronics",
  item_category2: "smartphone",
  item_list_id: "related_products",
  item_list_name: "Related products",
  item_variant: "green",
  location_id: "ChIJIQBpAG2ahYAR_6128GcTUEo",
  price: 131.5,
  quantity: 3,
};

let shop;
let store;
let browser;

before(async () => {
  shop = publish();
  store = await origin(shop);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await store?.stop();
  shop?.remove();
});

/** A page with this head, followed by Slotwise and `next`; `sent` are the events that left the page. */
async function opened(head, { consent = "implied", next = "" } = {}) {
  const { context, page, noise } = await visitor(browser);
  const sent = [];
  page.on("request", (request) => request.url().endsWith("/_slotwise/events") && sent.push(...request.postDataJSON().events));
  const script = `
    import { load } from "/dist/index.js";
    import { follow } from "/dist/ga4.js";
    globalThis.slotwise = await load({ publicKey: "${shop.publicKey}", consent: "${consent}" });
    globalThis.stop = follow(globalThis.slotwise);
    ${next}`;
  const html = `<!doctype html><html lang="en"><title>shop</title>${head}<script type="module">${script}</script>`;
  await packageOnly(page, html);
  await page.goto(`${store.url}/package.html`);
  await ready(page);
  return { context, page, noise, sent };
}

/** Names and products of the visit's events, oldest first. */
const done = async (page) => (await deeds(page)).map(({ name, item_id }) => [name, item_id]).reverse();
const named = (sent, name) => sent.filter((event) => event.name === name);
const push = (page, ...entries) => page.evaluate((entries) => globalThis.dataLayer.push(...entries), entries);
const gtag = (page, ...words) => page.evaluate((words) => globalThis.gtag(...words), words);

test("a page with gtag needs no event code: what was reported before and after the script is in the visit", async () => {
  const early = `<script>gtag("event", "view_item", ${JSON.stringify({ currency: "USD", value: 131.5, items: [ITEM] })})</script>`;
  const { context, page, noise, sent } = await opened(GTAG + early);
  await gtag(page, "event", "add_to_cart", { currency: "USD", value: 10, items: [{ ...ITEM, item_id: second }] });
  await gtag(page, "event", "purchase", { transaction_id: "T1", tax: 1, shipping: 2, items: [{ item_id: second, quantity: 1 }] });
  await gtag(page, "event", "page_view", { page_title: "no event of ours" });
  assert.deepEqual(await done(page), [
    ["view_item", first],
    ["add_to_cart", second],
    ["purchase", second],
  ]);
  await until("all three to be sent", () => sent.length >= 3);
  const [{ params }] = named(sent, "view_item");
  const { item_id, item_name, discount, item_brand, item_category, item_category2, price } = ITEM;
  const used = { item_id, item_name, discount, item_brand, item_category, item_category2, price };
  assert.deepEqual(params, { currency: "USD", items: [used] }, "nothing else leaves the page");
  assert.deepEqual(noise, []);
  await context.close();
});

test("Tag Manager's objects are read as it reads them: what was pushed under ecommerce stays until null", async () => {
  const early = `<script>window.dataLayer = [{ ecommerce: { currency: "EUR", items: [{ item_id: "${first}" }] } }, { event: "view_item" }];</script>`;
  const { context, page, noise, sent } = await opened(early);
  await push(page, { event: "scroll", percent_scrolled: 90 });
  await push(page, { ecommerce: null }, { event: "begin_checkout" });
  await push(page, { event: "add_to_cart", ecommerce: { currency: "USD", items: [{ item_id: second }] }, "gtm.uniqueEventId": 7 });
  await until("all to be sent", () => sent.length >= 4);
  assert.deepEqual(
    sent.map(({ name, params }) => [name, params]),
    [
      ["view_item", { currency: "EUR", items: [{ item_id: first }] }],
      ["scroll", { percent_scrolled: 90 }],
      ["begin_checkout", {}],
      ["add_to_cart", { currency: "USD", items: [{ item_id: second }] }],
    ],
  );
  assert.deepEqual(noise, []);
  await context.close();
});

test("pushes do what they did: results, errors and later wrappers stay, and `stop` gives back the page's own push", async () => {
  const { context, page, noise, sent } = await opened(GTAG);
  const found = await page.evaluate(
    ([first, second, third]) => {
      const { dataLayer, stop } = globalThis;
      const before = dataLayer.length;
      const results = [dataLayer.push({ event: "view_item", ecommerce: { items: [{ item_id: first }] } })];
      // Tag Manager wraps the push of its time and calls it.
      const ours = dataLayer.push;
      const seen = [];
      dataLayer.push = (...entries) => {
        seen.push(...entries);
        ours.apply(dataLayer, entries);
        return "theirs";
      };
      results.push(dataLayer.push({ event: "view_item", ecommerce: { items: [{ item_id: second }] } }));
      const theirs = dataLayer.push;
      stop();
      const stays = dataLayer.push === theirs;
      dataLayer.push({ event: "view_item", ecommerce: { items: [{ item_id: third }] } });
      dataLayer.push = ours;
      return { results: [results[0] - before, results[1]], stays, seen: seen.length, all: dataLayer.length - before };
    },
    [first, second, third],
  );
  assert.deepEqual(found, { results: [1, "theirs"], stays: true, seen: 2, all: 3 });
  assert.deepEqual(await done(page), [
    ["view_item", first],
    ["view_item", second],
  ]);
  const restored = await page.evaluate(async () => {
    const { follow } = await import("/dist/ga4.js");
    const own = [];
    follow(globalThis.slotwise, { dataLayer: own })();
    const failing = {
      push: () => {
        throw new Error("the page's own");
      },
    };
    const layer = Object.assign([], failing);
    const stop = follow(globalThis.slotwise, { dataLayer: layer });
    let said;
    try {
      layer.push({});
    } catch (error) {
      said = error.message;
    }
    stop();
    return [Object.hasOwn(own, "push"), said, layer.push === failing.push];
  });
  assert.deepEqual(restored, [false, "the page's own", true]);
  await until("both to be sent", () => sent.length >= 2);
  assert.equal(sent.length, 2);
  assert.deepEqual(noise, []);
  await context.close();
});

test("nothing that a page pushes or describes can break it", async () => {
  const broken = `<script type="application/ld+json">{ "@type": "Product", </script><script type="application/ld+json">[null, 7, {"@graph": "x"}]</script>`;
  const { context, page, noise } = await opened(GTAG + broken);
  const threw = await page.evaluate(async (first) => {
    const throwing = {
      get event() {
        throw new Error("a getter");
      },
    };
    const entries = [null, undefined, 7, "event", [], () => {}, throwing, { event: 5 }, { event: "view_item", ecommerce: "none" }];
    entries.push({ event: "view_item", ecommerce: { items: "x" } }, { event: "add_to_cart", ecommerce: { items: [null, 3] } });
    entries.push(["event"], ["event", "slot_exposure", { exposure: { slot: "home.hero", personalised: true } }], ["consent", "update"]);
    try {
      for (const entry of entries) globalThis.dataLayer.push(entry);
      globalThis.gtag("event", "view_item", { items: [{ item_id: first }] });
      const { follow } = await import("/dist/ga4.js");
      for (const dataLayer of [Object.freeze([]), {}, "text", entries]) follow(globalThis.slotwise, { dataLayer })();
    } catch (error) {
      return String(error);
    }
  }, first);
  assert.equal(threw, undefined);
  const last = (await done(page)).filter(([, item_id]) => item_id);
  assert.deepEqual(last.at(0), ["view_item", first]);
  assert.ok((await done(page)).every(([name]) => name !== "slot_exposure"));
  assert.deepEqual(noise, []);
  await context.close();
});

/** schema.org's words for a product, as shops write them. */
const ld = (node) => `<script type="application/ld+json">${JSON.stringify({ "@context": "https://schema.org/", ...node })}</script>`;
const PRODUCT = {
  "@type": "Product",
  sku: first,
  name: "A telephone",
  brand: { "@type": "Brand", name: "samsung" },
  category: "electronics > smartphone",
  offers: { "@type": "Offer", price: "131.50", priceCurrency: "USD" },
};
const READ = {
  item_id: first,
  item_name: "A telephone",
  item_brand: "samsung",
  item_category: "electronics",
  item_category2: "smartphone",
  price: 131.5,
};

/** How shops describe one product's page. */
const DESCRIPTIONS = {
  "an offer": ld(PRODUCT),
  "a graph, several offers": ld({
    "@graph": [
      { "@type": "BreadcrumbList", itemListElement: [{ "@type": "ListItem", item: { "@type": "Thing", name: "Phones" } }] },
      {
        ...PRODUCT,
        "@type": ["Product", "Car"],
        offers: [
          { price: 140, priceCurrency: "USD" },
          { price: 131.5, priceCurrency: "USD" },
        ],
      },
    ],
  }),
  "an aggregate offer in a page about it": ld({
    "@type": "ItemPage",
    mainEntity: {
      ...PRODUCT,
      sku: undefined,
      productID: first,
      brand: "samsung",
      offers: { "@type": "AggregateOffer", lowPrice: 131.5, highPrice: 150, priceCurrency: "USD" },
    },
  }),
  "attributes over another description": `${ld({ ...PRODUCT, name: "Another name", offers: undefined })}<body data-slotwise-item-id="${first}" data-slotwise-item-name="A telephone" data-slotwise-price="131.5" data-slotwise-currency="USD">`,
};

for (const [what, head] of Object.entries(DESCRIPTIONS)) {
  test(`a product page without GA4 reports its product once: ${what}`, async () => {
    const { context, page, noise, sent } = await opened(head);
    await until("the page's product", () => named(sent, "view_item").length > 0);
    assert.deepEqual(named(sent, "view_item")[0].params, { currency: "USD", items: [READ] });
    // A late report of the same product is the same event.
    await page.evaluate((id) => globalThis.dataLayer.push({ event: "view_item", ecommerce: { items: [{ item_id: id }] } }), first);
    await page.waitForTimeout(1300);
    assert.deepEqual(await done(page), [["view_item", first]]);
    assert.deepEqual(noise, []);
    await context.close();
  });
}

test("a description is no view where the shop reports events, where it is of a list, or where following has ended", async () => {
  const listing = ld({
    "@type": "ItemList",
    itemListElement: [first, second].map((sku) => ({ "@type": "ListItem", item: { ...PRODUCT, sku } })),
  });
  const list = await opened(listing);
  const reports = await opened(
    `${GTAG}${ld(PRODUCT)}<script>gtag("event", "view_item_list", { items: [{ item_id: "${second}" }] })</script>`,
  );
  const stopped = await opened(ld(PRODUCT), { next: "globalThis.stop();" });
  await list.page.waitForTimeout(1500);
  for (const { page, context } of [list, stopped]) {
    assert.deepEqual(await page.evaluate(async () => (await globalThis.slotwise.explain()).session.events), []);
    await context.close();
  }
  assert.deepEqual(
    (await done(reports.page)).map(([name]) => name),
    ["view_item_list"],
  );
  await reports.context.close();
});

test("the page fills in what an event lacks, by id, by name or as its own product, and the event's own words win", async () => {
  const listed = ld({
    "@type": "ItemList",
    itemListElement: [{ "@type": "ListItem", item: { ...PRODUCT, sku: second, name: "Listed", category: "x > y" } }],
  });
  const { context, page, noise, sent } = await opened(GTAG + ld(PRODUCT) + listed);
  await gtag(page, "event", "view_item", { items: [{ item_id: Number(first), price: "99", item_category: "mine", item_brand: "" }] });
  await gtag(page, "event", "select_item", { items: [{ item_name: "Listed" }] });
  await gtag(page, "event", "add_to_cart", { value: 131.5 });
  await gtag(page, "event", "view_item_list", {});
  await gtag(page, "event", "remove_from_cart", { items: [{ item_id: "nobody knows it" }] });
  await until("all to be sent", () => sent.length >= 5);
  const { item_category2: _, ...own } = READ;
  const LISTED = { ...READ, item_id: second, item_name: "Listed", item_category: "x", item_category2: "y" };
  assert.deepEqual(
    sent.map(({ name, params }) => [name, params.items]),
    [
      ["view_item", [{ ...own, item_id: Number(first), price: "99", item_category: "mine" }]],
      ["select_item", [LISTED]],
      ["add_to_cart", [READ]],
      ["view_item_list", undefined],
      ["remove_from_cart", [{ item_id: "nobody knows it" }]],
    ],
  );
  assert.deepEqual(noise, []);
  await context.close();
});

test("after single-page navigation the new page's product is reported, and the old one's is not again", async () => {
  const { context, page, noise, sent } = await opened(ld(PRODUCT));
  await until("the first product", () => named(sent, "view_item").length === 1);
  await page.evaluate(
    (text) => {
      history.pushState({}, "", "/package.html?p=2");
      document.querySelector('script[type="application/ld+json"]').textContent = text;
    },
    JSON.stringify({ ...PRODUCT, sku: second }),
  );
  await until("the second product", () => named(sent, "view_item").length === 2);
  await page.evaluate(() => history.pushState({}, "", "/package.html?p=2&colour=red"));
  await page.waitForTimeout(1300);
  assert.deepEqual(await done(page), [
    ["view_item", first],
    ["view_item", second],
  ]);
  assert.deepEqual(noise, []);
  await context.close();
});

const answer = (page) => page.evaluate(() => globalThis.slotwise.answer);

test("Consent Mode's update is the visitor's answer; a default that refuses is none, and nothing is stored before", async () => {
  const mode = (state, more = {}) => JSON.stringify({ ad_storage: "denied", analytics_storage: state, wait_for_update: 500, ...more });
  const { context, page, noise, sent } = await opened(`${GTAG}<script>gtag("consent", "default", ${mode("denied")})</script>`, {
    consent: "required",
  });
  await gtag(page, "event", "view_item", { items: [{ item_id: first }] });
  assert.equal(await answer(page), "unknown");
  assert.deepEqual(await context.cookies(), []);
  assert.equal(sent.length, 0);
  await gtag(page, "consent", "update", { analytics_storage: "granted", personalization_storage: "denied" });
  assert.equal(await answer(page), "denied", "both must be granted");
  await gtag(page, "consent", "update", { personalization_storage: "granted" });
  assert.equal(await answer(page), "granted");
  await gtag(page, "event", "view_item", { items: [{ item_id: second }] });
  await until("the event after the answer", () => sent.length === 1);
  assert.equal(sent[0].params.items[0].item_id, second);
  // The next page: the same default, and an answer that is known.
  await page.reload();
  await ready(page);
  assert.equal(await answer(page), "granted");
  await gtag(page, "consent", "update", { analytics_storage: "denied" });
  assert.equal(await answer(page), "denied");
  assert.deepEqual(
    (await context.cookies()).map(({ name, value }) => [name, value]),
    [["slotwise_consent", "denied"]],
  );
  assert.deepEqual(noise, []);
  await context.close();
});

test("a default that grants counts until the visitor answers, unless it refuses in some regions", async () => {
  const granted = `<script>gtag("consent", "default", { analytics_storage: "granted" })</script>`;
  const regional = `<script>gtag("consent", "default", { analytics_storage: "denied", region: ["ES"] })</script>`;
  const expected = [
    [GTAG + granted, "granted"],
    [GTAG + granted + regional, "unknown"],
    [`${GTAG}<script>gtag("consent", "default", { ad_storage: "granted" })</script>`, "unknown"],
  ];
  for (const [head, state] of expected) {
    const { context, page } = await opened(head, { consent: "required" });
    assert.equal(await answer(page), state, head);
    await context.close();
  }
});
