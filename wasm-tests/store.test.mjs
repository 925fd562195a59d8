// The demo store and the origin as two servers: what each answers, and what it leaves to the other.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { demoStore, logLines, manifestOf, publish, root, smartphones } from "./stage.mjs";

let shop;
let store;

before(async () => {
  shop = publish();
  store = await demoStore(shop);
});

after(async () => {
  await store?.stop();
  shop?.remove();
});

const from = (path, options) => fetch(store.url + path, options);

test("every page of the shop answers at its address, and any other address is a page that says so", async () => {
  const pages = [
    "/",
    "/tour",
    "/cart",
    "/category/electronics.smartphone",
    "/category/furniture",
    `/product/${smartphones[0]}`,
    "/search",
    "/replay",
  ];
  for (const path of pages) {
    const response = await from(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    assert.ok((await response.text()).includes(shop.publicKey), path);
  }
  for (const path of ["/category", "/category/nothing", "/product/1", "/product/1/2", "/toString", "/tour/more"]) {
    const response = await from(path);
    assert.equal(response.status, 404, path);
    assert.match(await response.text(), /This shelf is empty/, path);
  }
  assert.equal((await from("/", { method: "POST" })).status, 405);
});

test("a category shows its products, the most wanted first, and a card shows what the product's page shows", async () => {
  const html = await (await from("/category/electronics.smartphone")).text();
  const ids = [...html.matchAll(/<article class="card" data-item="(\d+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, 48);
  assert.equal(ids[0], smartphones[0]);
  const card = html.slice(html.indexOf(`<article class="card" data-item="${ids[0]}"`));
  const [, price] = /data-field="price">([^<]*)</.exec(card);
  const page = await (await from(`/product/${ids[0]}`)).text();
  assert.ok(price.startsWith("$") && page.includes(`<p class="price price-big">${price}</p>`), price);
});

test("a search finds by the words of titles, brands and categories, and its filters hold together", async () => {
  const ids = async (query) => {
    const html = await (await from(`/search?${query}`)).text();
    const [, count] = /role="status">(?:\d+ of )?(\d+|Nothing)/.exec(html);
    return { html, count: Number(count) || 0, titles: [...html.matchAll(/data-field="url title">([^<]*)</g)].map(([, title]) => title) };
  };
  const all = await ids("q=samsung+smartphones");
  assert.ok(all.count > 48 && all.titles.length === 48, `${all.count}`);
  assert.ok(
    all.titles.every((title) => /^Samsung smartphone \d{4}$/.test(title)),
    all.titles.join("; "),
  );
  assert.match(all.html, /data-search="samsung smartphones" data-about="electronics.smartphone"/);
  const some = await ids("q=samsung&category=electronics.smartphone&price=200-500&sort=dear");
  const cents = [...some.html.matchAll(/data-field="price">([^<]*)</g)].map(([, price]) => Number(price.replace(/[$,]/g, "")) * 100);
  assert.ok(some.count > 0 && some.count < all.count && cents.every((price) => price >= 200_00 && price < 500_00), cents.join(" "));
  assert.deepEqual(
    cents,
    cents.toSorted((a, b) => b - a),
  );
  const brand = await ids("brand=LG&category=appliances");
  assert.ok(brand.count > 0 && brand.titles.every((title) => title.startsWith("LG ")), brand.titles.join("; "));
  const none = await ids(`q=${encodeURIComponent('"><script>alert(1)</script>')}`);
  assert.equal(none.count, 0);
  assert.doesNotMatch(none.html, /<script>alert/);
  assert.match(none.html.replaceAll("&#x2f;", "/"), /href="\/search\?q=%22%3E%3Cscript/);
});

test("categories and products have names for people, and no product stands twice on a page of the shop's own", async () => {
  const home = await (await from("/")).text();
  const shown = (html) =>
    [...html.replace(/<template[\s\S]*?<\/template>/g, "").matchAll(/<article[^>]*data-item="(\d+)"/g)].map(([, id]) => id);
  for (const html of [home, await (await from(`/product/${smartphones[0]}`)).text()]) {
    assert.equal(new Set(shown(html)).size, shown(html).length);
    assert.doesNotMatch(html, /Article|\b\d{12,}\b/);
  }
  assert.match(home, /Tyres<\/span><span class="tile-count">/);
  const tyre = await (await from("/category/auto.tyre")).text();
  assert.match(tyre, /<h1>Tyres<\/h1>[\s\S]*data-field="url title">Cordiant tyre \d{4}</);
});

test("the replay shows visits of the log and nothing of who they were", async () => {
  const text = await (await from("/replay/visits.json")).text();
  const { visits, products } = JSON.parse(text);
  assert.equal(visits.length, 40);
  for (const { steps } of visits) {
    assert.ok(steps.length >= 5 && steps[0][0] === 0);
    assert.ok(
      steps.every(
        ([secs, name, id], at) =>
          secs >= (steps[at - 1]?.[0] ?? 0) && /^(view_item|add_to_cart|purchase)$/.test(name) && products[id].title,
      ),
    );
  }
  assert.doesNotMatch(text, /user|session|[0-9a-f]{8}-[0-9a-f]{4}/);
});

test("a picture is drawn for every category, also for one without a shape of its own", async () => {
  for (const path of ["/pictures/electronics.smartphone/3.svg", "/pictures/no.such.thing/11.svg"]) {
    const response = await from(path);
    assert.equal(response.headers.get("content-type"), "image/svg+xml");
    assert.match(await response.text(), /^<svg [\s\S]*<\/svg>/);
  }
});

test("built files come compressed where the browser takes it, and for good where their name has a hash", async () => {
  const accepting = { headers: { "accept-encoding": "br" } };
  const main = await from("/assets/main.js", accepting);
  assert.equal(main.headers.get("content-encoding"), "br");
  assert.equal(main.headers.get("cache-control"), "public, max-age=60");
  assert.equal(await main.text(), readFileSync(join(root, "www/dist/main.js"), "utf8"));
  const plain = await from("/assets/main.js", { headers: { "accept-encoding": "identity" } });
  assert.equal(plain.headers.get("content-encoding"), null);
  const chunk = readdirSync(join(root, "www/dist")).find((name) => /^page-\w+\.js$/.test(name));
  assert.match((await from(`/assets/${chunk}`)).headers.get("cache-control"), /immutable/);
  assert.equal((await from("/assets/engine.wasm")).headers.get("content-type"), "application/wasm");
  for (const path of ["/assets/none.js", "/assets/%2e%2e/build.mjs", "/assets/"]) assert.equal((await from(path)).status, 404, path);
});

test("the origin knows no shop, and the store passes Slotwise's addresses on to it", async () => {
  for (const path of ["/", "/assets/main.js", "/_slotwise/none"]) {
    const response = await fetch(store.origin + path);
    assert.equal(response.status, 404, path);
    assert.match((await response.json()).error, /Slotwise origin.* under \/_slotwise\//, path);
  }
  assert.equal(manifestOf(await (await from("/_slotwise/manifest")).text()).current.snapshot, shop.manifest().current.snapshot);
  const body = JSON.stringify({ events: [{ name: "view_item", params: { items: [{ item_id: smartphones[0] }] } }] });
  const sent = await from("/_slotwise/events", { method: "POST", body, headers: { "content-type": "application/json" } });
  assert.deepEqual([sent.status, await sent.json()], [202, { accepted: 1, repeated: 0, ignored: 0, refused: {} }]);
  assert.match(logLines(store.log).join(), new RegExp(smartphones[0]));
});

test("a store whose origin is away still shows its pages", async () => {
  const lonely = await demoStore(shop);
  try {
    await lonely.stopOrigin();
    assert.equal((await fetch(`${lonely.url}/`)).status, 200);
    assert.equal((await fetch(`${lonely.url}/_slotwise/manifest`)).status, 502);
  } finally {
    await lonely.stop();
  }
});
