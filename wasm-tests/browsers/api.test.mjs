// Every function of the package that a page can call, in every browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadEngines } from "../page.mjs";
import { golden } from "../programs.mjs";
import { edge, origin, publish, root, smartphones, until } from "../stage.mjs";
import { inEveryBrowser } from "./every.mjs";
import { cards, holds, look, noise, open, ready, seen, variant } from "./shop.mjs";

/** What each member of a visit does, where all is well. */
const MEMBERS = [
  "answer",
  "apply",
  "consent",
  "decide",
  "explain",
  "forget",
  "intent",
  "ledger",
  "on",
  "page",
  "problem",
  "rank",
  "ready",
  "seen",
  "snapshot",
  "soldOut",
  "sync",
  "track",
];

inEveryBrowser((name, visit, tools) => {
  const visited = async (t, options) => {
    const shop = await open(tools, options);
    t.after(() => shop.stop());
    const tab = await visit(t);
    await tab.goto(`${shop.url}/`);
    assert.equal((await ready(tab)).ok, true);
    return { shop, tab };
  };

  test("every function of a visit does what it says", async (t) => {
    const { shop, tab } = await visited(t);
    const members = await tab.evaluate(() => {
      const { slotwise } = globalThis;
      const all = new Set([...Object.keys(slotwise), ...Object.getOwnPropertyNames(Object.getPrototypeOf(slotwise))]);
      return [...all].filter((name) => name !== "constructor").sort();
    });
    assert.deepEqual(members, MEMBERS, "this test calls each");
    const { snapshot } = tools.shop.manifest().current;
    const read = () =>
      tab.evaluate(({ problem, page, seen, answer, snapshot } = globalThis.slotwise) => [problem, page, seen, answer, snapshot]);
    assert.deepEqual(await read(), [null, "origin", 0, "unknown", snapshot]);
    const told = await tab.evaluate(async () => (await globalThis.slotwise.ledger()).map(({ what }) => what));
    for (const what of ["engine", "manifest", "snapshot"]) assert.ok(told.includes(what), `the ledger has ${told}`);
    const found = await tab.evaluate(async (ids) => {
      const { slotwise } = globalThis;
      const told = { change: 0, problem: 0, stopped: 0 };
      slotwise.on("change", () => told.change++);
      slotwise.on("problem", () => told.problem++);
      slotwise.on("change", () => told.stopped++)();
      const before = slotwise.decide("home.hero")[0].variant;
      for (const item_id of ids) slotwise.track("view_item", { items: [{ item_id }] });
      slotwise.track("view_item", { items: [{ item_id: 1n }] });
      const all = slotwise.decide();
      const [hero] = slotwise.decide("home.hero");
      const items = (slot) => slotwise.decide(slot, ids[0]).flatMap(({ items }) => items.map(({ item_id }) => item_id));
      const related = items("product.related");
      slotwise.soldOut([related[0]]);
      const without = items("product.related");
      slotwise.soldOut([]);
      const dry = slotwise.apply(document, true).length;
      const main = document.body.innerHTML;
      const section = document.createElement("section");
      section.innerHTML =
        '<p data-slotwise="home.hero"><i data-variant="welcome"></i><template data-variant="smartphone"><b></b></template></p>';
      const below = slotwise.apply(section).map(({ slot }) => slot);
      const untouched = document.body.innerHTML === main && section.querySelector("b") !== null;
      const whole = slotwise.apply().map(({ slot }) => slot);
      await slotwise.sync();
      const { stage, categories } = slotwise.intent();
      const rank = [...slotwise.rank([ids[0], related[0], "nobody-knows"])];
      const { here, session, preview, problem } = await slotwise.explain();
      const explained = here.find(({ slot }) => slot === "home.hero");
      const sum = explained.reasons.reduce((all, { weight }) => all + weight, 0);
      return {
        told,
        before,
        slots: all.length,
        hero,
        related,
        without,
        dry,
        below,
        untouched,
        whole,
        stage,
        categories,
        rank,
        preview,
        problem,
        explained,
        sum,
        events: session.events.length,
      };
    }, smartphones);
    assert.ok(found.told.change > 3 && found.told.problem === 1 && found.told.stopped === 0, JSON.stringify(found.told));
    assert.deepEqual([found.before, found.hero.variant], [null, "smartphone"]);
    assert.ok(found.slots > 5);
    assert.ok(found.related.length > 0 && !found.without.includes(found.related[0]), "sold out");
    assert.equal(found.dry, 2);
    assert.deepEqual([found.below, found.untouched, found.whole], [["home.hero"], true, ["home.hero", "home.recommended"]]);
    assert.equal(found.categories[0].category, "electronics.smartphone");
    assert.deepEqual(
      found.rank.map(([id]) => id),
      [smartphones[0], found.related[0], "nobody-knows"],
    );
    assert.ok(found.rank[1][1] > 0 && found.rank[2][1] === 0, JSON.stringify(found.rank));
    assert.equal(found.explained.variant, "smartphone");
    assert.equal(found.sum, found.explained.score, "reasons add up");
    assert.equal(found.events, 3);
    assert.equal(await variant(tab), "smartphone");
    assert.equal((await cards(tab)).length, 8);
    await holds(tab, () => globalThis.slotwise.seen > 0);
    await until("the exposure", () => shop.events().some(({ params }) => params.exposure?.slot === "home.hero"));
    assert.deepEqual(await seen(tab), [...smartphones].reverse());
    await tab.evaluate(() => globalThis.slotwise.forget());
    assert.deepEqual(await seen(tab), []);
    await tab.evaluate(() => globalThis.slotwise.consent("granted"));
    assert.equal(await tab.evaluate(() => globalThis.slotwise.answer), "granted");
    await look(tab, smartphones);
    await holds(tab, () => document.cookie.includes("slotwise="));
    await tab.evaluate(() => globalThis.slotwise.consent("denied"));
    assert.equal(await tab.evaluate(() => `${globalThis.slotwise.answer} ${document.cookie}`), "denied slotwise_consent=denied");
    assert.deepEqual(await seen(tab), []);
    assert.deepEqual(await noise(tab), []);
  });

  test("ready tells where the snapshot came from, and keeps its time-out", async (t) => {
    const { shop, tab } = await visited(t);
    const { root: first } = tools.shop.manifest().current;
    const asked = () => shop.asked.filter((path) => path === `/_slotwise/shard/${first}`).length;
    assert.deepEqual([(await ready(tab)).source, asked()], ["network", 1]);
    const before = asked();
    await tab.goto(`${shop.url}/`);
    const { source } = await ready(tab);
    assert.equal(source, asked() > before ? "network" : "cache", "WebKitGTK has no cache while it is driven");
    if (name !== "WebKit") assert.equal(source, "cache");
    const late = await tab.evaluate(async () => {
      const { load, SlotwiseError } = await import(new URL("/dist/index.js", location.href).href);
      const { ready } = await load({ publicKey: "", base: "http://127.0.0.1:1", timeout: 1 });
      const { ok, source, error } = await ready;
      return [ok, source, error instanceof SlotwiseError, error.code, error.message];
    });
    assert.deepEqual(late, [false, "none", true, "sync", "sync: not ready within 1 ms"]);
  });

  test("a GA4 page's data layer is followed, and no longer once that has ended", async (t) => {
    const { shop, tab } = await visited(t);
    await tab.evaluate(async (ids) => {
      globalThis.dataLayer = [{ event: "view_item", ecommerce: { items: [{ item_id: ids[0] }] } }];
      const { follow } = await import(new URL("/dist/ga4.js", location.href).href);
      const stop = follow(globalThis.slotwise);
      globalThis.dataLayer.push({ event: "add_to_cart", ecommerce: { items: [{ item_id: ids[1] }] } });
      stop();
      globalThis.dataLayer.push({ event: "add_to_wishlist", ecommerce: { items: [{ item_id: ids[2] }] } });
    }, smartphones);
    const sent = () => shop.events().filter(({ name }) => name !== "slot_exposure");
    await until("the beacon", () => sent().length === 2);
    assert.deepEqual(
      sent().map(({ name, params }) => [name, params.items[0].item_id]),
      [
        ["view_item", smartphones[0]],
        ["add_to_cart", smartphones[1]],
      ],
    );
  });

  test("the golden sessions get the same decisions as everywhere, from the page engine and from the full one", async (t) => {
    const shop = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
    const server = await origin(shop);
    const worker = await edge(shop, server);
    t.after(async () => {
      await worker.stop();
      await server.stop();
      shop.remove();
    });
    await until("the first sync", async () => (await (await fetch(`${worker.url}/_slotwise/health`)).json()).snapshot);
    const front = await open({ worker, shop });
    t.after(() => front.stop());
    const tab = await visit(t);
    await tab.goto(`${front.url}/`);
    await loadEngines(tab, shop.publicKey);
    const sessions = JSON.parse(readFileSync(join(root, "wasm-tests/golden/sessions.json"), "utf8"));
    const expected = JSON.parse(readFileSync(join(root, "wasm-tests/golden/expected.json"), "utf8"));
    const answers = await tab.evaluate(
      async ({ sessions, where }) => {
        const { now, offset, agent, referrer, url } = where;
        const { engines } = globalThis;
        const answers = [];
        for (const { events } of sessions) {
          const visit = { offset, agent, referrer, url, zone: "" };
          const { token, ...lean } = await engines.page(visit, now, events, now);
          const full = await engines.full(visit, token, now);
          answers.push([JSON.stringify(full), engines.text(lean) === engines.text(engines.lean(full))]);
        }
        return answers;
      },
      { sessions, where: golden },
    );
    assert.deepEqual(
      answers,
      expected.map((each) => [JSON.stringify(each), true]),
      name,
    );
  });
});
