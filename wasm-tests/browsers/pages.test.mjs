// What a visit meets between its pages: two tabs, the back/forward cache, single-page navigation, React's hydration, and
// the demo behind the Worker.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { client, serve, server } from "../bindings/bundle.mjs";
import { PAGES } from "../bench/demo.mjs";
import { edge, smartphones, until } from "../stage.mjs";
import { inEveryBrowser } from "./every.mjs";
import { cards, holds, look, noise, open, ready, seen, variant } from "./shop.mjs";

const SPA = `<slotwise-slot name="home.hero"><div data-variant="welcome">Welcome</div>
<template data-variant="smartphone"><div>Telephones</div></template></slotwise-slot>`;

/** What ends the shop of React. */
let stop = () => {};
/** Its address, behind a Worker. All browsers share it. */
let address;

async function started({ shop, store }) {
  const { rendered } = await server("react_server.mjs");
  const page = (path) => {
    const root = `<div id="root" data-key="${shop.publicKey}">${rendered(path, shop.publicKey)}</div>`;
    return `<!doctype html><html lang="en"><head><title>shop</title></head>${root}<script type="module" src="/assets/client.js"></script>`;
  };
  const own = await serve(await client("react_client.mjs"), page);
  const worker = await edge(shop, { url: own.url, origin: store.origin });
  stop = () => Promise.all([own.stop(), worker.stop()]);
  await until("the first sync", async () => (await (await fetch(`${worker.url}/_slotwise/health`)).json()).snapshot);
  return worker.url;
}

const reactShop = (tools) => {
  address ??= started(tools);
  return address;
};

after(() => stop());

inEveryBrowser((name, visit, tools) => {
  const opened = async (t, options) => {
    const shop = await open(tools, options);
    t.after(() => shop.stop());
    return shop;
  };

  test("two tabs are one visit: what is done in either is known in both from their next page on", async (t) => {
    const shop = await opened(t);
    const one = await visit(t);
    const two = await one.another();
    for (const tab of [one, two]) {
      await tab.goto(`${shop.url}/`);
      await ready(tab);
    }
    const sent = () => shop.events().filter(({ name }) => name === "view_item").length;
    await look(one, smartphones.slice(0, 1));
    await until("the first tab's beacon", () => sent() === 1);
    await two.goto(`${shop.url}/`);
    await ready(two);
    await look(two, smartphones.slice(1, 2));
    await until("the second tab's beacon", () => sent() === 2);
    await one.goto(`${shop.url}/`);
    await ready(one);
    assert.deepEqual(await seen(one), [smartphones[1], smartphones[0]]);
  });

  test("a page that comes back keeps its slots, goes on with the visit, and counts no exposure twice", async (t) => {
    const shop = await opened(t, { before: "addEventListener('pageshow', (event) => { globalThis.restored = event.persisted; });" });
    const tab = await visit(t);
    await tab.goto(`${shop.url}/`);
    await ready(tab);
    await look(tab, smartphones);
    await tab.evaluate(() => globalThis.slotwise.apply());
    await holds(tab, () => globalThis.slotwise.seen > 0);
    assert.equal(await variant(tab), "smartphone");
    await tab.evaluate(() => {
      globalThis.same = true;
    });
    await tab.goto(`${shop.url}/other`);
    await ready(tab);
    await tab.back();
    await holds(tab, () => location.pathname === "/" && Boolean(globalThis.slotwise));
    assert.equal((await ready(tab)).ok, true);
    const restored = await tab.evaluate(() => globalThis.restored === true && globalThis.same === true);
    t.diagnostic(
      restored ? "restored from the back/forward cache" : "loaded again: this browser has no back/forward cache while it is driven",
    );
    assert.equal(await variant(tab), "smartphone", "as it was left, or fitted again");
    assert.equal((await cards(tab)).length, 8);
    await look(tab, smartphones.slice(0, 1));
    await until("the beacon", () => shop.events().filter(({ name }) => name === "view_item").length === 4);
    const ids = shop.events().map(({ event_id }) => event_id);
    assert.equal(new Set(ids).size, ids.length, "nothing is sent twice");
    assert.deepEqual(await noise(tab), []);
  });

  test("single-page navigation decides anew and counts the new page's exposures", async (t) => {
    const shop = await opened(t, { body: SPA });
    const tab = await visit(t);
    await tab.goto(`${shop.url}/`);
    await ready(tab);
    await tab.evaluate(async () => (await import(new URL("/dist/element.js", location.href).href)).define(globalThis.slotwise));
    await look(tab, smartphones);
    const exposures = () => shop.events().filter(({ params }) => params.exposure?.slot === "home.hero").length;
    await until("the exposure", () => exposures() === 1);
    await tab.evaluate((markup) => {
      history.pushState({}, "", "/second");
      document.body.innerHTML = markup;
    }, SPA);
    await holds(tab, () => document.querySelector('[data-variant="smartphone"]:not(template)') !== null);
    await until("the new page's exposure", () => exposures() === 2);
    assert.deepEqual(await noise(tab), []);
  });

  test("React finds what the edge has fitted, and the console stays empty", async (t) => {
    const shop = await opened(t, { behind: await reactShop(tools) });
    const tab = await visit(t);
    for (const id of smartphones) {
      await tab.goto(`${shop.url}/product/${id}`);
      await holds(tab, () => document.documentElement.dataset.hydrated !== undefined);
      await ready(tab);
      await until("the beacon", () => shop.events().some(({ params }) => params.items?.[0]?.item_id === id));
      await holds(tab, () => document.cookie.includes("slotwise="));
    }
    await tab.goto(`${shop.url}/`);
    await holds(tab, () => document.documentElement.dataset.hydrated !== undefined);
    await ready(tab);
    assert.match(await tab.evaluate(() => globalThis.slotwise.page), /^edge [0-9a-f]{12}$/);
    assert.equal(await variant(tab), "smartphone");
    const fromEdge = await cards(tab);
    assert.equal(fromEdge.length, 8);
    await tab.click("#count");
    await holds(tab, () => document.querySelector("#count").textContent === "rendered 1");
    assert.equal(await variant(tab), "smartphone");
    assert.deepEqual(await cards(tab), fromEdge);
    assert.deepEqual(await noise(tab), []);
  });

  test("every page of the demo behind the Worker opens without a complaint, and a visit changes the home page", async (t) => {
    const shop = await opened(t, { behind: tools.worker.url });
    const tab = await visit(t);
    for (const [page, path] of Object.entries(PAGES)) {
      await tab.goto(shop.url + path);
      assert.equal((await ready(tab)).ok, true, page);
      assert.deepEqual(await noise(tab), [], page);
    }
    for (const id of smartphones) {
      await tab.goto(`${shop.url}/product/${id}`);
      await ready(tab);
      await until("the beacon", () => shop.events().some(({ params }) => params.items?.[0]?.item_id === id));
    }
    await tab.goto(`${shop.url}/`);
    assert.equal(await variant(tab), "smartphone", name);
    assert.equal((await ready(tab)).source, "edge");
    // Puppeteer's calls into a page of Firefox count as acts of the visitor.
    if (await tab.evaluate(() => navigator.userActivation?.hasBeenActive)) return t.diagnostic("this driver acts as the visitor");
    const row = await cards(tab);
    await look(tab, smartphones.slice(0, 1));
    assert.deepEqual(await cards(tab), row, "nobody has acted");
    assert.deepEqual(await noise(tab), []);
  });
});
