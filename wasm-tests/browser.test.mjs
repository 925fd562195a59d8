// The demo store in real Chromium, behind the Worker in real workerd.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import {
  edge,
  fnv,
  golden as goldenVisit,
  MODELS,
  nativeTriples,
  origin,
  publish,
  root,
  simulated,
  smartphones,
  triplesModule,
  until,
} from "./stage.mjs";

let shop;
let store;
let worker;
let browser;

before(async () => {
  shop = publish();
  store = await origin(shop);
  worker = await edge(shop, store.url);
  await until("the first sync", async () => (await (await fetch(`${worker.url}/_slotwise/health`)).json()).snapshot);
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  args.push("--disable-component-update", "--disable-sync");
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
});

after(async () => {
  await browser?.close();
  await worker?.stop();
  await store?.stop();
  shop?.remove();
});

/** A page that fails the test if the console is not clean. */
async function visit(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  return { context, page, noise };
}

/** Serves an empty page, and the engine's files beside it. */
async function engineOnly(page) {
  const empty = { contentType: "text/html", body: "<!doctype html><title>engine</title>" };
  await page.route("**/engine.html", (route) => route.fulfill(empty));
  for (const name of ["engine.js", "engine_bg.wasm"]) {
    const contentType = name.endsWith("wasm") ? "application/wasm" : "text/javascript";
    await page.route(`**/dist/${name}`, (route) => route.fulfill({ contentType, body: readFileSync(join(root, "js/dist", name)) }));
  }
}

const shown = (page, slot) =>
  page.$$eval(`[data-slotwise="${slot}"] > [data-item]`, (cards) => cards.map((card) => card.getAttribute("data-item")));
const hero = (page) => page.$eval('[data-slotwise="home.hero"] > [data-variant]:not(template)', (v) => v.dataset.variant);
const ready = (page) => page.waitForFunction(() => globalThis.slotwise?.explain().snapshot, null, { timeout: 15000 });

test("clicking through smartphones changes the home page, and a reload from the edge agrees", async () => {
  const { context, page, noise } = await visit();
  await page.goto(`${worker.url}/`);
  await ready(page);
  assert.equal(await hero(page), "welcome");
  const before = await shown(page, "home.recommended");
  for (const id of smartphones) {
    await page.goto(`${worker.url}/product/${id}`);
    await ready(page);
    await page.waitForFunction(() => globalThis.slotwise.explain().session.events.length > 0);
  }
  await page.goto(`${worker.url}/`);
  const fromEdge = await shown(page, "home.recommended");
  assert.equal(await hero(page), "smartphone");
  assert.notDeepEqual(fromEdge, before);
  await ready(page);
  assert.match(await page.evaluate(() => globalThis.slotwise.explain().page), /^edge [0-9a-f]{12}$/);
  const inPage = await page.evaluate(() =>
    globalThis.slotwise
      .apply()
      .find((d) => d.slot === "home.recommended")
      .items.map((i) => i.item_id),
  );
  assert.deepEqual(inPage, fromEdge, "edge and browser decide the same");
  await page.reload();
  assert.deepEqual(await shown(page, "home.recommended"), fromEdge);
  const cookies = await context.cookies();
  assert.ok(cookies.find((cookie) => cookie.name === "slotwise").value.length <= 512);
  assert.deepEqual(noise, []);
  await context.close();
});

test("a click changes the page's slots in place, without a reload and without a shift", async () => {
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
  await page.waitForFunction(() => globalThis.slotwise.explain().session.events.length > 0);
  const now = await shown(page, "home.recommended");
  assert.notDeepEqual(now, before);
  assert.equal(now.length, before.length);
  assert.ok(await page.evaluate(() => globalThis.stayed));
  assert.ok((await page.evaluate(() => globalThis.shifted)) < 0.01);
  assert.deepEqual(noise, []);
  await context.close();
});

test("the golden sessions get the same decisions in Chromium", async () => {
  const golden = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
  const server = await origin(golden);
  const host = await edge(golden, server.url);
  const { context, page } = await visit();
  try {
    await until("the first sync", async () => (await (await fetch(`${host.url}/_slotwise/health`)).json()).snapshot);
    await engineOnly(page);
    await page.goto(`${host.url}/engine.html`);
    const sessions = JSON.parse(readFileSync(join(root, "wasm-tests/golden/sessions.json"), "utf8"));
    const expected = JSON.parse(readFileSync(join(root, "wasm-tests/golden/expected.json"), "utf8"));
    const answers = await page.evaluate(
      async ({ sessions, publicKey, where }) => {
        const { default: init, Engine, fetchModel } = await import(new URL("/dist/engine.js", location.href).href);
        await init();
        return Promise.all(
          sessions.map(async ({ events }) => {
            const engine = new Engine(undefined, where.now, where.offset, where.agent, where.referrer, where.url, "");
            engine.adopt(await fetchModel(new URL("/_slotwise", location.href).href, publicKey, undefined));
            for (const event of events) engine.track(event, where.now);
            const decisions = engine.decide(undefined, undefined, [], where.now).map((decision) => ({ ...decision, snapshot: "" }));
            return JSON.stringify({ decisions, intent: engine.intent() });
          }),
        );
      },
      { sessions, publicKey: golden.publicKey, where: goldenVisit },
    );
    for (const [number, answer] of answers.entries()) assert.equal(answer, JSON.stringify(expected[number]), `session ${number}`);
  } finally {
    await context.close();
    await host.stop();
    await server.stop();
    golden.remove();
  }
});

test("ten thousand simulated sessions have the same intent and decisions in Chromium", { timeout: 300_000 }, async () => {
  const clock = 1_800_003_600_000;
  const mine = publish({ tour: true, holdout: 0.2 });
  const server = await origin(mine);
  const sessions = simulated(mine.snapshotFile(), 10_000, clock);
  const { context, page } = await visit();
  try {
    await engineOnly(page);
    await page.goto(`${server.url}/engine.html`);
    await page.evaluate(
      async ([publicKey, clock, hash]) => {
        const { default: init, Engine, fetchModel } = await import(new URL("/dist/engine.js", location.href).href);
        await init();
        const fnv = new Function(`return ${hash}`)();
        const engines = new Map();
        const begin = async (visit) => {
          const name = JSON.stringify(visit);
          if (!engines.has(name)) {
            const engine = new Engine(undefined, ...visit, "");
            engine.adopt(await fetchModel(new URL("/_slotwise", location.href).href, publicKey, undefined));
            engines.set(name, engine);
          }
          engines.get(name).forget(visit[0]);
          return engines.get(name);
        };
        globalThis.ask = async (sessions) => {
          const answers = [];
          for (const { visit, now, events } of sessions) {
            const engine = await begin(visit);
            for (const event of events) engine.track(event, now);
            const decisions = engine.decide(undefined, undefined, [], clock);
            for (const decision of decisions) decision.snapshot = "";
            answers.push([JSON.stringify(engine.intent()), fnv(JSON.stringify(decisions))]);
          }
          return answers;
        };
      },
      [mine.publicKey, clock, fnv.toString()],
    );
    for (let at = 0; at < sessions.length; at += 500) {
      const answers = await page.evaluate((some) => globalThis.ask(some), sessions.slice(at, at + 500));
      for (const [number, [intent, decisions]] of answers.entries()) {
        assert.equal(intent, sessions[at + number].intent, `session ${at + number}`);
        assert.equal(decisions, sessions[at + number].decisions, `decisions of session ${at + number}`);
      }
    }
  } finally {
    await context.close();
    await server.stop();
    mine.remove();
  }
});

test("a hundred thousand random triples of model, plan and session are decided alike in Chromium", { timeout: 300_000 }, async () => {
  const folder = triplesModule();
  const { context, page } = await visit();
  try {
    await engineOnly(page);
    for (const [name, contentType] of [
      ["triples.js", "text/javascript"],
      ["triples_bg.wasm", "application/wasm"],
    ]) {
      await page.route(`**/triples/${name}`, (route) => route.fulfill({ contentType, body: readFileSync(join(folder, name)) }));
    }
    await page.goto(`${worker.url}/engine.html`);
    const found = await page.evaluate(async (models) => {
      const { default: init, triples } = await import(new URL("/triples/triples.js", location.href).href);
      await init();
      return triples(0, models);
    }, MODELS);
    assert.equal(found, nativeTriples());
  } finally {
    await context.close();
  }
});

test("before consent nothing is stored and nothing but the shop's own files is fetched", async () => {
  const strictStore = await origin(shop, { consent: "required" });
  const strict = await edge(shop, strictStore.url, { consent: "required" });
  const { context, page } = await visit();
  try {
    const asked = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).host}${new URL(request.url()).pathname}`));
    await page.goto(`${strict.url}/product/${smartphones[0]}`);
    await ready(page);
    await page.waitForFunction(() => globalThis.slotwise.explain().session.events.length > 0);
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
      if (event.context) assert.deepEqual(Object.keys(event.context).sort(), ["campaign", "device", "landing", "source", "time"]);
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

test("a page behind nothing but the origin is fitted by the browser alone", async () => {
  const { context, page, noise } = await visit();
  for (const id of smartphones) {
    await page.goto(`${store.url}/product/${id}`);
    await ready(page);
    await page.waitForFunction(() => globalThis.slotwise.explain().session.events.length > 0);
  }
  await page.goto(`${store.url}/`);
  await ready(page);
  await page.waitForFunction(() => document.querySelector('[data-slotwise="home.hero"][data-slotwise-fitted]'));
  assert.equal(await hero(page), "smartphone");
  assert.equal(await page.evaluate(() => globalThis.slotwise.explain().page), "origin");
  assert.deepEqual(noise, []);
  await context.close();
});

test("with a damaged snapshot the browser leaves the page alone and says why", async () => {
  const bytes = readFileSync(shop.snapshotFile());
  bytes[1000] ^= 1;
  const damaged = createServer(async (request, response) => {
    const inner = await fetch(store.url + request.url);
    const body = Buffer.from(await inner.arrayBuffer());
    response.setHeader("content-type", inner.headers.get("content-type") ?? "text/plain");
    response.end(request.url.includes("/_slotwise/snapshot/") ? bytes : body);
  });
  await new Promise((resolve) => damaged.listen(0, "127.0.0.1", resolve));
  const { context, page } = await visit();
  try {
    await page.goto(`http://127.0.0.1:${damaged.address().port}/`);
    await page.waitForFunction(() => globalThis.slotwise?.explain().problem);
    assert.match(await page.evaluate(() => globalThis.slotwise.explain().problem), /^sync: the snapshot's SHA-256 is .* fetch it again$/);
    assert.equal(await hero(page), "welcome");
  } finally {
    await context.close();
    damaged.close();
  }
});
