// A thousand visitors with sessions of their own, through real caches in front of the Worker and behind it. No page of one is ever
// served to another, and the shop is asked for neutral pages as often as without Slotwise.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { figure } from "../figures.mjs";
import { Jar, view } from "../stage.mjs";
import { block, missing, nginx, varnish } from "./outer.mjs";
import { begin, visitor } from "./stage.mjs";
import { OWN } from "./store.mjs";

const VISITORS = 1000;
const PAGES = 20;
/** Requests under way at once. */
const LANES = 8;
const NO_NGINX = missing("nginx", "nginx-light");
const NO_VARNISH = missing("varnishd", "varnish");
const BROWSER = { accept: "text/html,*/*;q=0.8", "sec-fetch-dest": "document" };

let stage;
let plain;
let visitors;

/** Does something for each visitor, a few at a time. */
async function each(list, act) {
  const rest = list.entries();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const [at, one] of rest) await act(one, at);
    }),
  );
}

/** What a visitor is shown; each has some cookie of the shop's or its analytics, so no two send the same ones. */
async function shown(url, number, token, path = `/page/${number % PAGES}`) {
  const jar = new Jar();
  jar.cookies.set("_ga", `GA1.1.${number}`);
  if (token) jar.cookies.set("slotwise", token);
  const answer = await fetch(url + path, { headers: jar.headers(BROWSER) });
  return { html: await answer.text(), headers: answer.headers };
}

before(async () => {
  stage = await begin();
  // What outer caches believe more than `Cache-Control` is sent along: on a fitted page each would be a leak.
  const page = (_, response) => {
    response.setHeader("x-accel-expires", "300").setHeader("surrogate-control", "max-age=300");
    response.setHeader("cache-control", "public, max-age=300").setHeader("etag", '"v1"').setHeader("vary", "Accept-Encoding");
    response.setHeader("content-type", "text/html").end(OWN);
  };
  for (let number = 0; number < PAGES; number++) stage.store.answers[`/page/${number}`] = page;
  plain = await stage.worker({ bindings: { PAGE_CACHE: "off" } });
  const products = readFileSync(join(stage.shop.folder, "products.csv"), "utf8")
    .split("\n")
    .slice(1, VISITORS + 1)
    .map((line) => line.split(","));
  visitors = [];
  await each(products, async ([id, category], number) => {
    const next = products[(number + 7) % products.length];
    const jar = await visitor(plain, [view(next[0], next[1]), view(id, category)]);
    const token = jar.cookies.get("slotwise");
    visitors[number] = { token, own: (await shown(plain.url, number, token)).html };
  });
  assert.equal(visitors.length, VISITORS);
});

after(() => stage?.stop());

test("the visitors' pages differ, so that a page of another one would be seen", () => {
  const pages = new Set(visitors.map(({ own }) => own));
  assert.ok(pages.size > VISITORS * 0.9, `${pages.size} different pages`);
  assert.ok(!pages.has(OWN));
});

/**
 * Sends all visitors through: first without a visit, then with one, then without again. Returns how often the store was asked, and the
 * share of pages without a visit that it was not asked for. `strict`: whether a visit that has begun must get its own page.
 */
async function crowd(url, { strict = true } = {}) {
  let asked = 0;
  const count = async (act) => {
    const before = stage.store.asked.length;
    await act();
    asked += stage.store.asked.length - before;
  };
  const neutral = async (_, number) => assert.equal((await shown(url, number)).html, OWN);
  await count(() => each(visitors, neutral));
  await each(visitors, async ({ token, own }, number) => {
    const { html, headers } = await shown(url, number, token);
    if (!strict && html === OWN) return;
    assert.equal(html, own, `visitor ${number}`);
    assert.equal(headers.get("cache-control"), "private, no-cache");
  });
  await count(() => each(visitors, neutral));
  return { asked, rate: 1 - asked / (2 * VISITORS) };
}

/** The same without Slotwise: the cache stands in front of the store itself. */
async function without(start) {
  const cache = await start(stage.store.url);
  try {
    const before = stage.store.asked.length;
    for (let time = 0; time < 2; time++)
      await each(visitors, async (_, number) => assert.equal((await shown(cache.url, number)).html, OWN));
    return 1 - (stage.store.asked.length - before) / (2 * VISITORS);
  } finally {
    await cache.stop();
  }
}

async function inFront(t, name, id, start) {
  const rate = await without(start);
  const cache = await start(plain.url);
  try {
    const found = await crowd(cache.url);
    figure(t, `${id}_hits`, (found.rate * 100).toFixed(2), "%", `${name} in front of the Worker: neutral pages from the cache`);
    figure(t, `${id}_hits_without`, (rate * 100).toFixed(2), "%", `${name} in front of the shop, without Slotwise`);
    // Requests that come together before the first answer is kept may each reach the store.
    const noise = (LANES * PAGES) / (2 * VISITORS);
    assert.ok(found.rate >= rate - noise && found.rate > 0.85, `hit rate ${found.rate}, without Slotwise ${rate}`);
  } finally {
    await cache.stop();
  }
}

test("nginx in front of the Worker, as the manual has it", { skip: NO_NGINX }, (t) =>
  inFront(t, "nginx", "nginx_front", (url) => nginx(block("nginx in front of the Worker", "nginx"), "worker", url)),
);

test("Varnish in front of the Worker, as the manual has it", { skip: NO_VARNISH }, (t) =>
  inFront(t, "Varnish", "varnish_front", (url) => varnish(block("Varnish in front of the Worker", "vcl"), url)),
);

test("nginx in front of the Worker that knows nothing of Slotwise", { skip: NO_NGINX }, async () => {
  const cache = await nginx("location / { proxy_pass http://worker; proxy_cache pages; }", "worker", plain.url);
  try {
    await crowd(cache.url);
  } finally {
    await cache.stop();
  }
});

/** A cache that overlooks `Vary`, and cookies. */
async function careless(start) {
  const cache = await start(plain.url);
  try {
    // Visits that have begun come first, so that a fitted page would be the first to be kept.
    await each(visitors, async ({ token, own }, number) =>
      assert.equal((await shown(cache.url, number, token)).html, own, `visitor ${number}`),
    );
    await crowd(cache.url, { strict: false });
  } finally {
    await cache.stop();
  }
}

test("nginx in front, set up carelessly, serves neutral pages to all, but nobody's own", { skip: NO_NGINX }, () =>
  careless((url) => nginx("location / { proxy_pass http://worker; proxy_cache pages; proxy_ignore_headers Vary; }", "worker", url)),
);

test("Varnish in front, set up carelessly, serves neutral pages to all, but nobody's own", { skip: NO_VARNISH }, () =>
  careless((url) => varnish("sub vcl_recv { return (hash); } sub vcl_backend_response { unset beresp.http.vary; }", url)),
);

for (const [what, PAGE_CACHE] of [
  ["nginx between Worker and shop", "off"],
  ["nginx between Worker and shop, with the page cache", "store"],
]) {
  test(what, { skip: NO_NGINX }, async (t) => {
    const start = (url) => nginx(block("nginx between Worker and shop", "nginx"), "shop", url);
    const rate = await without(start);
    const cache = await start(stage.store.url);
    const host = await stage.worker({ bindings: { PAGE_CACHE, STORE_ORIGIN: cache.url } });
    try {
      const found = await crowd(host.url);
      figure(
        t,
        `nginx_behind_${PAGE_CACHE}_hits`,
        (found.rate * 100).toFixed(2),
        "%",
        `${what}: neutral pages that the shop was not asked for`,
      );
      assert.ok(
        found.rate >= rate - (LANES * PAGES) / (2 * VISITORS) && found.rate > 0.85,
        `hit rate ${found.rate}, without Slotwise ${rate}`,
      );
    } finally {
      await cache.stop();
    }
  });
}

test("the page cache alone", async (t) => {
  const host = await stage.worker();
  const before = stage.store.asked.length;
  const { rate } = await crowd(host.url);
  const asked = stage.store.asked.length - before;
  figure(t, "page_cache_hits", (rate * 100).toFixed(2), "%", "the Worker's page cache: neutral pages that the shop was not asked for");
  assert.ok(rate > 0.85, `hit rate ${rate}`);
  assert.ok(asked <= PAGES * LANES, `pages of visits come from it too: the shop was asked ${asked} times for ${3 * VISITORS} pages`);
});
