// The demo store in real Chromium, behind the Worker in real workerd.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deeds, launch, loadEngines, packageOnly, ready, visitor } from "./page.mjs";
import { golden as goldenVisit, MODELS, nativeTriples, simulated, triplesModule } from "./programs.mjs";
import { demoStage, demoStore, edge, origin, publish, root, smartphones, synced, until } from "./stage.mjs";

let shop;
let store;
let worker;
let browser;
let stop;

before(async () => {
  ({ shop, store, worker, browser, stop } = await demoStage({ launch }));
});

after(() => stop?.());

const visit = () => visitor(browser);

const shown = (page, slot) =>
  page.$$eval(`[data-slotwise="${slot}"] > [data-item]`, (cards) => cards.map((card) => card.getAttribute("data-item")));
const hero = (page) => page.$eval('[data-slotwise="home.hero"] > [data-variant]:not(template)', (v) => v.dataset.variant);

/** What the page puts into a slot once no part of the model that could change it is under way. */
async function applied(page, name) {
  await until("the whole model of the visit", () => page.evaluate((name) => !globalThis.slotwise.decide(name)[0].partial, name));
  const decision = await page.evaluate((name) => globalThis.slotwise.apply().find(({ slot }) => slot === name), name);
  return decision.items.map((pick) => pick.item_id);
}

test("clicking through smartphones changes the home page, and a reload from the edge agrees", async () => {
  const { context, page, noise } = await visit();
  await page.goto(`${worker.url}/`);
  await ready(page);
  assert.equal(await hero(page), "welcome");
  const before = await shown(page, "home.recommended");
  for (const id of smartphones) {
    await page.goto(`${worker.url}/product/${id}`);
    await ready(page);
    assert.equal((await deeds(page))[0].item_id, id);
  }
  await page.goto(`${worker.url}/`);
  const fromEdge = await shown(page, "home.recommended");
  assert.equal(await hero(page), "smartphone");
  assert.notDeepEqual(fromEdge, before);
  await ready(page);
  assert.match(await page.evaluate(() => globalThis.slotwise.page), /^edge [0-9a-f]{12}$/);
  assert.deepEqual(await applied(page, "home.recommended"), fromEdge, "edge and browser decide the same");
  await page.reload();
  assert.deepEqual(await shown(page, "home.recommended"), fromEdge);
  const cookies = await context.cookies();
  assert.ok(cookies.find((cookie) => cookie.name === "slotwise").value.length <= 512);
  assert.deepEqual(noise, []);
  await context.close();
});

test("after a click the slots out of sight change in place, and the one in sight once it has left the screen", async () => {
  const { context, page, noise } = await visit();
  await page.goto(`${worker.url}/`);
  await ready(page);
  await page.evaluate(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.shifted += entry.value;
    }).observe({ type: "layout-shift" });
    globalThis.stayed = true;
  });
  const before = await shown(page, "home.recommended");
  await page.locator('[data-slotwise="home.recommended"] [data-act="save"]').first().click();
  await page.waitForTimeout(500);
  assert.deepEqual(await shown(page, "home.recommended"), before, "nobody's row changes under the pointer");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await until("the row's change", async () => (await shown(page, "home.recommended")).join() !== before.join());
  const now = await shown(page, "home.recommended");
  assert.equal(now.length, before.length);
  assert.ok(await page.evaluate(() => globalThis.stayed));
  assert.ok((await page.evaluate(() => globalThis.shifted)) < 0.01);
  assert.equal((await deeds(page))[0].name, "add_to_wishlist");
  assert.deepEqual(noise, []);
  await context.close();
});

test("the golden sessions get the same decisions in Chromium, from the page engine and from the full one", async () => {
  const golden = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
  const server = await origin(golden);
  const host = await edge(golden, server);
  const { context, page } = await visit();
  try {
    await synced(host);
    await packageOnly(page);
    await page.goto(`${host.url}/package.html`);
    await loadEngines(page, golden.publicKey);
    const sessions = JSON.parse(readFileSync(join(root, "wasm-tests/golden/sessions.json"), "utf8"));
    const expected = JSON.parse(readFileSync(join(root, "wasm-tests/golden/expected.json"), "utf8"));
    const answers = await page.evaluate(
      async ({ sessions, where }) => {
        const { now, offset, agent, referrer, url } = where;
        const visit = { offset, agent, referrer, url, zone: "" };
        const answers = [];
        for (const { events } of sessions) {
          const { token, ...lean } = await globalThis.engines.page(visit, now, events, now);
          const full = await globalThis.engines.full(visit, token, now);
          answers.push({ lean, leanOfFull: globalThis.engines.lean(full), full: JSON.stringify(full) });
        }
        return answers;
      },
      { sessions, where: goldenVisit },
    );
    assert.equal(answers.length, expected.length);
    for (const [number, { lean, leanOfFull, full }] of answers.entries()) {
      assert.equal(full, JSON.stringify(expected[number]), `session ${number}, full engine`);
      assert.deepEqual(lean, leanOfFull, `session ${number}, page engine`);
    }
  } finally {
    await context.close();
    await host.stop();
    await server.stop();
    golden.remove();
  }
});

test("ten thousand simulated sessions have the same token in Chromium, and every tenth the same intent and decisions in both engines", {
  timeout: 600_000,
}, async () => {
  // Before every visit, so that none is over when the full engine goes on with its token.
  const clock = 1_799_996_400_000;
  const mine = publish({ tour: true, holdout: 0.2 });
  const server = await origin(mine);
  const shards = join(mine.published, "shard");
  const { root: first } = mine.manifest().current;
  const sessions = simulated(mine.snapshotFile(), 10_000, clock, { shards, root: first });
  const { context, page } = await visit();
  try {
    await packageOnly(page);
    await page.goto(`${server.url}/package.html`);
    await loadEngines(page, mine.publicKey);
    const names = readdirSync(shards).filter((name) => name !== first);
    await page.evaluate((names) => globalThis.engines.take(names), names);
    const ask = async ([sessions, clock]) => {
      const { engines } = globalThis;
      const answers = [];
      for (const [number, { visit: told, now, events }] of sessions.entries()) {
        const [began, offset, agent, referrer, url] = told;
        const visit = { offset, agent, referrer, url, zone: "" };
        const { token, ...lean } = await engines.page(visit, began ?? now, events, clock);
        // It takes all shards in for each question.
        if (number % 10 > 0) {
          answers.push({ token });
          continue;
        }
        const full = await engines.full(visit, token, clock);
        const same = engines.text(lean) === engines.text(engines.lean(full));
        answers.push({ token, same, intent: JSON.stringify(full.intent), decisions: engines.fnv(JSON.stringify(full.decisions)) });
      }
      return answers;
    };
    for (let at = 0; at < sessions.length; at += 500) {
      const answers = await page.evaluate(ask, [sessions.slice(at, at + 500), clock]);
      for (const [number, answer] of answers.entries()) {
        const { token, intent, decisions } = sessions[at + number];
        const told = number % 10 > 0 ? { token } : { token, same: true, intent, decisions };
        assert.deepEqual(answer, told, `session ${at + number}`);
      }
    }
  } finally {
    await context.close();
    await server.stop();
    mine.remove();
  }
});

test("a hundred thousand random triples are decided alike in Chromium, with words compiled in and without", {
  timeout: 300_000,
}, async () => {
  for (const words of [true, false]) await decidedAlike(words);
});

async function decidedAlike(words) {
  const folder = triplesModule(words);
  const { context, page } = await visit();
  try {
    await packageOnly(page);
    for (const [name, contentType] of [
      ["triples.js", "text/javascript"],
      ["triples_bg.wasm", "application/wasm"],
    ]) {
      await page.route(`**/triples/${name}`, (route) => route.fulfill({ contentType, body: readFileSync(join(folder, name)) }));
    }
    await page.goto(`${worker.url}/package.html`);
    const found = await page.evaluate(async (models) => {
      const { default: init, triples } = await import(new URL("/triples/triples.js", location.href).href);
      await init({ module_or_path: new URL("/triples/triples_bg.wasm", location.href) });
      return triples(0, models);
    }, MODELS);
    assert.equal(found, nativeTriples(words));
  } finally {
    await context.close();
  }
}

test("before consent nothing is stored and nothing but the shop's own files is fetched", async () => {
  const strictStore = await demoStore(shop, { consent: "required" });
  const strict = await edge(shop, strictStore, { consent: "required" });
  const { context, page } = await visit();
  try {
    const asked = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).host}${new URL(request.url()).pathname}`));
    await page.goto(`${strict.url}/product/${smartphones[0]}`);
    await ready(page);
    assert.equal((await deeds(page))[0].item_id, smartphones[0]);
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], []]);
    assert.deepEqual(
      asked.filter((line) => !line.startsWith("GET ")),
      [],
    );
    const hosts = new Set(asked.map((line) => line.split(" ")[1].split("/")[0]));
    assert.deepEqual([...hosts], [new URL(strict.url).host]);
    await page.evaluate(() => globalThis.slotwise.consent("granted"));
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("[data-act=save]").first().click();
    const body = JSON.parse((await sent).postData());
    assert.deepEqual(Object.keys(body).sort(), ["applied", "events"]);
    for (const event of body.events) {
      assert.deepEqual(Object.keys(event).sort(), ["chain", "context", "event_id", "name", "params", "time_ms"]);
      if (event.context) assert.deepEqual(Object.keys(event.context).sort(), ["campaign", "device", "landing", "region", "source", "time"]);
    }
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name).sort(), ["slotwise", "slotwise_consent"]);
    await page.evaluate(() => globalThis.slotwise.consent("denied"));
    assert.deepEqual(
      (await context.cookies()).map((cookie) => cookie.name),
      ["slotwise_consent"],
    );
  } finally {
    await context.close();
    await strict.stop();
    await strictStore.stop();
  }
});

test("without an edge in front of the store the browser personalises the page alone", async () => {
  const { context, page, noise } = await visit();
  for (const id of smartphones) {
    await page.goto(`${store.url}/product/${id}`);
    await ready(page);
    assert.equal((await deeds(page))[0].item_id, id);
  }
  await page.goto(`${store.url}/`);
  await ready(page);
  await page.waitForFunction(() => document.querySelector('[data-slotwise="home.hero"][data-slotwise-personalised]'));
  assert.equal(await hero(page), "smartphone");
  assert.equal(await page.evaluate(() => globalThis.slotwise.page), "origin");
  assert.deepEqual(noise, []);
  await context.close();
});

test("with a damaged snapshot the browser leaves the page alone and says why", async () => {
  const bytes = readFileSync(shop.snapshotFile());
  bytes[1000] ^= 1;
  let mended = false;
  const damaged = createServer(async (request, response) => {
    const inner = await fetch(store.url + request.url);
    const body = Buffer.from(await inner.arrayBuffer());
    response.setHeader("content-type", inner.headers.get("content-type") ?? "text/plain");
    response.end(request.url.includes("/_slotwise/shard/") && !mended ? bytes : body);
  });
  await new Promise((resolve) => damaged.listen(0, "127.0.0.1", resolve));
  const { context, page } = await visit();
  try {
    await page.goto(`http://127.0.0.1:${damaged.address().port}/`);
    await page.waitForFunction(() => globalThis.slotwise?.problem);
    assert.match(await page.evaluate(() => globalThis.slotwise.problem), /^sync: SHA-256 is .*: damaged or swapped$/);
    assert.equal(await hero(page), "welcome");
    mended = true;
    await page.evaluate(() => globalThis.slotwise.sync());
    const { snapshot, problem } = await page.evaluate(() => ({ ...globalThis.slotwise, snapshot: globalThis.slotwise.snapshot }));
    assert.deepEqual([snapshot, problem], [shop.manifest().current.snapshot, null]);
  } finally {
    await context.close();
    damaged.close();
  }
});

test("a newer snapshot takes the visit over, with what is sold out", async () => {
  const mine = publish();
  const server = await demoStore(mine);
  const { context, page, noise } = await visit();
  try {
    await page.goto(`${server.url}/product/${smartphones[0]}`);
    await ready(page);
    // What goes with the product best stays so. It is known once the shards have come.
    const isWhole = (id) => !globalThis.slotwise.decide("product.related", id)[0].partial;
    await page.waitForFunction(isWhole, smartphones[0]);
    const best = (id) => globalThis.slotwise.decide("product.related", id)[0].items[0].item_id;
    const gone = await page.evaluate(best, smartphones[0]);
    await page.evaluate((id) => globalThis.slotwise.soldOut([id]), gone);
    const before = await deeds(page);
    assert.equal(before[0].item_id, smartphones[0]);
    const first = mine.manifest().current.snapshot;
    const more = join(mine.folder, "more.jsonl");
    // A look says nothing of what goes with it, so the row stays.
    const view = { name: "view_item", params: { items: [{ item_id: smartphones[0] }] }, time_ms: 1_569_898_000_000 };
    writeFileSync(more, JSON.stringify(view));
    mine.train(["www/data/rees46-2019-oct.csv.gz", more]);
    assert.notEqual(mine.manifest().current.snapshot, first);
    await page.evaluate(() => globalThis.slotwise.sync());
    assert.equal(await page.evaluate(() => globalThis.slotwise.snapshot), mine.manifest().current.snapshot);
    assert.deepEqual(await deeds(page), before);
    const related = (id) => globalThis.slotwise.decide("product.related", id).flatMap(({ items }) => items.map(({ item_id }) => item_id));
    await page.waitForFunction(isWhole, smartphones[0]);
    assert.ok(!(await page.evaluate(related, smartphones[0])).includes(gone));
    await page.evaluate(() => globalThis.slotwise.soldOut([]));
    assert.ok((await page.evaluate(related, smartphones[0])).includes(gone));
    assert.deepEqual(noise, []);
  } finally {
    await context.close();
    await server.stop();
    mine.remove();
  }
});
