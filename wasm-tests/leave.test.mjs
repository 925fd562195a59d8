// How a page is left and comes back, in real Chromium behind real workerd: beacons, crashes, prerendering, the back/forward
// cache, other tabs, another origin; and the ledger, compared with the network and with what is stored.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { deeds, launch, ready, SHOPPER } from "./page.mjs";
import { edge, health, logged, origin, publish, root, smartphones, until } from "./stage.mjs";
import { tap } from "./tap.mjs";

let shop;
let server;
let store;
let worker;
/** Between browser and Worker, one for each test. It writes down what is posted. */
let front;
let browser;
/** The origin from which other sites' pages come. */
let elsewhere;
/** Who asks for the engine's file waits for this. */
let gate = Promise.resolve();

const ROW = `<ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>`;
const THREE = JSON.stringify(smartphones.map((id) => ({ items: [{ item_id: id, item_category: "electronics.smartphone" }] })));

/** A page of the shop. `script` runs once the visit is there. */
const html = (options, script = "") => `<!doctype html><title>shop</title><p>shop${ROW}
<script>addEventListener("pageshow", (event) => { globalThis.persisted = event.persisted; });</script>
<script type="module">import { load } from "/dist/index.js";
const slotwise = globalThis.slotwise = await load(${JSON.stringify({ publicKey: shop.publicKey, consent: "implied", ...options })});
${script}</script>`;

const pages = {
  "/home": () => html({}),
  "/other": () => html({}),
  "/nothing": () => "<!doctype html><title>nothing</title>",
  "/required": () => html({ consent: "required" }),
  "/opens": () => `<!doctype html><title>opens</title>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/prerendered"],"eagerness":"immediate"}]}</script>
<script>setTimeout(() => fetch("/probe", { method: "POST" }).then(() => { location.href = "/prerendered"; }), 4000)</script>`,
  "/prerendered": () =>
    html(
      {},
      `for (const params of ${THREE}) slotwise.track("view_item", params);
      addEventListener("pagehide", () => {}); await slotwise.ready;
      fetch("/ready?" + document.prerendering + (slotwise.snapshot !== null), { method: "POST" });`,
    ),
};

/** The demo's plan with one slot, which asks for evidence: the edge begins no visit before the first event. */
function planned() {
  const whole = JSON.parse(readFileSync(join(root, "www/plan.json"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "slotwise-plan-"));
  const plan = join(folder, "plan.json");
  writeFileSync(plan, JSON.stringify({ ...whole, slots: { "home.recommended": whole.slots["home.recommended"] } }));
  after(() => rmSync(folder, { recursive: true }));
  return plan;
}

const plan = planned();

before(async () => {
  shop = publish({ plan });
  server = await origin(shop);
  store = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://store");
    const name = /^\/dist\/([\w.]+)$/.exec(pathname)?.[1];
    if (name === "engine.wasm") await gate;
    if (name) {
      response.setHeader("content-type", name.endsWith(".wasm") ? "application/wasm" : "text/javascript");
      return response.end(readFileSync(join(root, "js/dist", name)));
    }
    const found = pages[pathname]?.();
    response.setHeader("content-type", found ? "text/html; charset=utf-8" : "text/plain");
    response.writeHead(found || request.method === "POST" ? 200 : 404).end(found);
  });
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  const { port } = store.address();
  elsewhere = `http://localhost:${port}`;
  const bindings = { ALLOWED_ORIGINS: elsewhere };
  worker = await edge(shop, { url: `http://127.0.0.1:${port}`, origin: server.url }, { bindings });
  await until("the first sync", async () => (await health(worker)).snapshot);
  browser = await launch();
});

// Pages of the test before may have their last word late.
beforeEach(async () => {
  front = await tap(worker.url);
  gate = Promise.resolve();
});

afterEach(() => front?.stop());

after(async () => {
  await browser?.close();
  await worker?.stop();
  store?.closeAllConnections();
  store?.close();
  await server?.stop();
  shop?.remove();
});

const beacons = () => front.posts.filter(({ path }) => path.endsWith("/events")).map((post) => ({ ...post, ...JSON.parse(post.body) }));
const views = () => beacons().flatMap(({ events }) => events.filter(({ name }) => name === "view_item"));
const idsOf = (events) => events.map(({ params }) => params.items[0].item_id);
const track = (page) =>
  page.evaluate((all) => {
    for (const params of JSON.parse(all)) globalThis.slotwise.track("view_item", params);
  }, THREE);
/** What the visit has seen, newest first. */
const seen = async (page) => (await deeds(page)).filter(({ name }) => name === "view_item").map(({ item_id }) => item_id);

/** Keeps the engine's file back until it is let go. */
function late() {
  let letGo;
  gate = new Promise((resolve) => {
    letGo = resolve;
  });
  return letGo;
}

test("what a page reports in one go leaves it in one beacon", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${front.url}/home`);
  await ready(page);
  await track(page);
  await until("the beacon", () => views().length === 3);
  assert.equal(beacons().filter(({ events }) => events.some(({ name }) => name === "view_item")).length, 1);
  assert.deepEqual(idsOf(views()), smartphones);
  await context.close();
});

test("a browser without keepalive sends the last beacon with sendBeacon", async () => {
  const letGo = late();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    delete Request.prototype.keepalive;
    const plain = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (url, body) => {
      localStorage.sent = `${url} ${body.type}`;
      return plain(url, body);
    };
  });
  await page.goto(`${front.url}/home`);
  await page.waitForFunction(() => globalThis.slotwise);
  await track(page);
  await page.goto(`${front.url}/nothing`);
  await until("the answer", () => views().length === 3 && beacons().every(({ status }) => status));
  assert.equal(await page.evaluate(() => localStorage.sent), `${front.url}/_slotwise/events application/json`);
  assert.deepEqual(
    beacons().map(({ status }) => status),
    [202],
  );
  letGo();
  await context.close();
});

test("what a tab has collected when it crashes is sent by the browser, where there is fetchLater", async () => {
  for (const has of [true, false]) {
    front.posts.length = 0;
    const letGo = late();
    const context = await browser.newContext();
    const page = await context.newPage();
    if (!has) await page.addInitScript(() => delete globalThis.fetchLater);
    await page.goto(`${front.url}/home`);
    await page.waitForFunction(() => globalThis.slotwise);
    await track(page);
    await page.waitForTimeout(500);
    assert.deepEqual(beacons(), [], "it is still collected");
    const crashed = page.waitForEvent("crash");
    const session = await context.newCDPSession(page);
    session.send("Page.crash").catch(() => {});
    await crashed;
    if (has) await until("the beacon", () => views().length === 3);
    else await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(idsOf(views()), has ? smartphones : [], `fetchLater: ${has}`);
    letGo();
    await context.close();
  }
});

test("a page that is left in order sends each event once, though fetchLater was armed", async () => {
  const letGo = late();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${front.url}/home`);
  await page.waitForFunction(() => globalThis.slotwise);
  await track(page);
  await page.goto(`${front.url}/nothing`);
  await until("the beacon", () => views().length > 0);
  await context.close();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual(idsOf(views()), smartphones);
  letGo();
});

test("a prerendered page decides, but reports and stores nothing before the visitor comes", { timeout: 60_000 }, async () => {
  // Playwright's attached tools keep Chromium from prerendering, so nobody is attached here. The pages drive themselves.
  const profile = mkdtempSync(join(tmpdir(), "slotwise-chromium-"));
  const words = ["--headless", SHOPPER, "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  const more = ["--remote-debugging-port=0", `--user-data-dir=${profile}`, `${front.url}/opens`];
  const child = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", [...words, ...more], { stdio: "ignore", detached: true });
  try {
    const posted = (path) => front.posts.find((post) => post.path.startsWith(path));
    const decided = await until("the engine in the prerendered page", () => posted("/ready"), 30);
    assert.equal(decided.path, "/ready?truetrue");
    const probe = await until("the last word of the page before", () => posted("/probe"), 30);
    assert.doesNotMatch(probe.headers.cookie ?? "", /slotwise=/, "no token is stored");
    const sent = await until("the beacon", () => beacons().find(({ events }) => events.some(({ name }) => name === "view_item")), 30);
    assert.deepEqual(idsOf(views()), smartphones);
    assert.ok(
      beacons().every(({ began }) => began > probe.began),
      "nothing before the visitor comes",
    );
    assert.ok(sent.applied);
  } finally {
    process.kill(-child.pid, "SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

test("a page that the edge has fitted comes back from the back/forward cache, and reads the visit anew", async () => {
  const args = [SHOPPER, "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const own = await chromium.launch({ executablePath, args, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(`${front.url}/other`);
    await ready(page);
    await page.evaluate((all) => globalThis.slotwise.track("view_item", JSON.parse(all)[0]), THREE);
    await until("the beacon", () => views().length === 1);
    const response = await page.goto(`${front.url}/home`);
    assert.equal(response.headers()["cache-control"], "private, no-cache");
    await ready(page);
    assert.match(await page.evaluate(() => globalThis.slotwise.page), /^edge [\da-f]+$/);
    const shown = () => page.$$eval("[data-item]", (cards) => cards.map((card) => card.dataset.item).join());
    const before = await shown();
    await page.goto(`${front.url}/other?again`);
    await ready(page);
    await page.evaluate((all) => globalThis.slotwise.track("view_item", JSON.parse(all)[1]), THREE);
    await until("the beacon", () => views().length === 2);
    await page.goBack({ waitUntil: "commit" });
    await page.waitForFunction(() => globalThis.persisted);
    assert.equal(await shown(), before, "what the visitor saw is there at once");
    assert.deepEqual(await seen(page), [smartphones[1], smartphones[0]]);
    await page.evaluate((all) => globalThis.slotwise.track("view_item", JSON.parse(all)[2]), THREE);
    await until("the beacon", () => views().length === 3);
    const cookie = (await context.cookies()).find(({ name }) => name === "slotwise").value;
    await page.goto(`${front.url}/other`);
    await ready(page);
    assert.deepEqual(await seen(page), [...smartphones].reverse(), "one visit, nothing overwritten");
    assert.ok(cookie.length > 0);
  } finally {
    await own.close();
  }
});

test("two tabs are one visit, and what one forgets the other forgets", async () => {
  const context = await browser.newContext();
  const [left, right] = [await context.newPage(), await context.newPage()];
  for (const page of [left, right]) {
    await page.goto(`${front.url}/home`);
    await ready(page);
  }
  const look = async (page, at) => {
    // Both tabs of a headless browser have the focus at all times.
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await page.evaluate(([all, at]) => globalThis.slotwise.track("view_item", JSON.parse(all)[at]), [THREE, at]);
  };
  await look(left, 0);
  await look(right, 1);
  await look(left, 2);
  assert.deepEqual(await seen(left), [...smartphones].reverse());
  await right.evaluate(() => dispatchEvent(new Event("focus")));
  assert.deepEqual(await seen(right), [...smartphones].reverse());
  await right.evaluate(() => globalThis.slotwise.forget());
  await left.evaluate(() => dispatchEvent(new Event("focus")));
  assert.deepEqual(await seen(left), []);
  await context.close();
});

test("pages of an allowed origin use a base on another one, without its cookies; others are told", async () => {
  const own = createServer(async (request, response) => {
    const inner = await fetch(elsewhere.replace("localhost", "127.0.0.1") + request.url);
    response.setHeader("content-type", inner.headers.get("content-type"));
    response.end(Buffer.from(await inner.arrayBuffer()));
  });
  await new Promise((resolve) => own.listen(0, "127.0.0.1", resolve));
  pages["/guest"] = () => html({ base: `${front.url}/_slotwise` });
  try {
    for (const [url, allowed] of [
      [elsewhere, true],
      [`http://localhost:${own.address().port}`, false],
    ]) {
      front.posts.length = 0;
      const context = await browser.newContext();
      await context.addCookies([{ name: "slotwise", value: "secret", url: front.url, sameSite: "Lax" }]);
      const page = await context.newPage();
      await page.goto(`${url}/guest`);
      if (allowed) {
        await ready(page);
        await track(page);
        await until("the answer", () => views().length === 3 && beacons()[0].status);
        const [{ headers, status, applied }] = beacons();
        assert.deepEqual([headers.origin, headers.cookie, status, applied], [elsewhere, undefined, 202, true]);
        const arrived = views().map(({ event_id }) => event_id);
        await until("the log", () => logged(server).filter(({ event_id }) => arrived.includes(event_id)).length === 3);
        assert.equal(await page.evaluate(() => globalThis.slotwise.problem), null);
        await page.evaluate(() => globalThis.slotwise.apply());
        assert.equal(await page.$$eval("li[data-item]", (cards) => cards.length), 8);
      } else {
        await page.waitForFunction(() => globalThis.slotwise?.problem);
        assert.match(await page.evaluate(() => globalThis.slotwise.problem), /^sync: .*\/_slotwise\/manifest: Failed to fetch/);
        assert.equal(await page.$$eval("li", (own) => own.at(-1).textContent), "own");
      }
      await context.close();
    }
  } finally {
    own.close();
  }
});

test("the ledger is what left the page, and what lies in its storage", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const network = [];
  page.on("request", (request) => {
    if (/\/_slotwise\/|\.wasm$/.test(request.url())) {
      network.push(`${request.method()} ${request.url()} ${request.postDataBuffer()?.length ?? 0}`);
    }
  });
  const ledger = () => page.evaluate(() => globalThis.slotwise.ledger());
  /** What the ledger says is stored, against what is. */
  const stores = async (entries) => {
    const said = {};
    for (const { did, where, bytes } of entries) {
      // Files are noted one by one.
      if (did === "found" || did === "stored") said[where] = where === "slotwise_files" ? true : bytes;
      if (did === "deleted") delete said[where];
    }
    const cookies = await context.cookies();
    const found = Object.fromEntries(cookies.map(({ name, value }) => [name, value.length]));
    for (const [key, value] of await page.evaluate(() => Object.entries(sessionStorage))) found[key] = Buffer.byteLength(value);
    for (const name of await page.evaluate(() => caches.keys())) found[name] = true;
    assert.deepEqual(said, found);
    return said;
  };
  /** What left the page, once the ledger and the network say the same: a shard may be on its way. */
  const leaves = async () => {
    let said = [];
    await until(`the ledger to name ${network.join(", ")}`, async () => {
      said = (await ledger()).filter(({ did }) => did === "sent" || did === "fetched");
      const lines = said.map(({ did, where, bytes }) => `${did === "sent" ? "POST" : "GET"} ${where} ${bytes}`);
      return lines.sort().join() === [...network].sort().join();
    });
    return said;
  };

  await page.goto(`${front.url}/required`);
  await ready(page);
  await track(page);
  let entries = await ledger();
  assert.deepEqual(await stores(entries), {}, "nothing is stored before consent");
  assert.ok(
    (await leaves()).every(({ did, consent }) => did === "fetched" && consent === null),
    "nothing is sent before consent",
  );
  assert.deepEqual([...new Set(entries.map(({ what }) => what))].sort(), ["engine", "manifest", "snapshot"]);

  await page.evaluate(() => globalThis.slotwise.consent("granted"));
  await track(page);
  // What another test's page sends at its end may be on its way.
  await until("the beacon", () => beacons().some(({ headers, status }) => status === 202 && headers.referer.endsWith("/required")));
  entries = await ledger();
  assert.deepEqual(Object.keys(await stores(entries)).sort(), ["slotwise", "slotwise_consent"]);
  const [beacon] = (await leaves()).filter(({ did }) => did === "sent");
  assert.equal(beacon.consent, "granted");
  assert.match(beacon.why, /: view_item view_item view_item/);

  await page.evaluate(() => globalThis.slotwise.explain());
  front.does = 503;
  await track(page);
  await until("the backlog", () => page.evaluate(() => sessionStorage.slotwise_unsent));
  entries = await ledger();
  assert.ok("slotwise_unsent" in (await stores(entries)));
  await leaves();
  front.does = undefined;

  // The next page finds what this one has left.
  network.length = 0;
  await page.goto(`${front.url}/home`);
  await ready(page);
  entries = await ledger();
  const found = entries.filter(({ did }) => did === "found").map(({ where }) => where);
  assert.deepEqual(found.sort(), ["slotwise", "slotwise_consent", "slotwise_unsent"]);
  await stores(entries);

  await page.evaluate(() => globalThis.slotwise.consent("denied"));
  await until("the files to be gone", async () => (await page.evaluate(() => caches.keys())).length === 0);
  entries = await ledger();
  assert.deepEqual(await stores(entries), { slotwise_consent: "denied".length });
  await leaves();
  const gone = entries.filter(({ did }) => did === "deleted").map(({ where }) => where);
  assert.deepEqual([...new Set(gone)].sort(), ["slotwise", "slotwise_files", "slotwise_unsent"]);
  await page.evaluate(() => {
    for (let count = 0; count < 600; count++) globalThis.slotwise.consent("denied");
  });
  const kept = (await ledger()).filter(({ did }) => did !== "fetched");
  assert.equal(kept.length, 500, "it is bounded");
  await context.close();
});
