// Consent modes and crawlers at the edge, in real workerd: what is kept of a visit, what is sent on, what a page may know, and who
// gets the shop's own page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, visitor } from "./page.mjs";
import { AGENT, demoStore, edge, Jar, logged, phoneLover, post, publish, root, smartphones, synced, view } from "./stage.mjs";

let shop;
let store;
let worker;
let strict;
let browser;
const TOUR = "/tour";
/** What Cookiebot leaves: "{stamp:'x',necessary:true,preferences:true,statistics:true,…}", percent-encoded. */
const dialogue = (preferences, statistics) =>
  encodeURIComponent(`{stamp:'x',necessary:true,preferences:${preferences},statistics:${statistics},marketing:false,ver:1}`);

before(async () => {
  shop = publish({ tour: true });
  store = await demoStore(shop);
  worker = await edge(shop, store);
  const bindings = {
    CONSENT_COOKIE: "CookieConsent",
    CONSENT_HEADER: "x-consent",
    CONSENT_FULL: "statistics:true",
    CONSENT_SESSION: "preferences:true",
  };
  strict = await edge(shop, store, { consent: "required", bindings });
  await Promise.all([synced(worker), synced(strict)]);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await worker?.stop();
  await strict?.stop();
  await store?.stop();
  shop?.remove();
});

/** What the edge says of a page, and the page. */
async function seen(host, path, headers = {}) {
  const response = await fetch(host.url + path, { headers: { "user-agent": AGENT, ...headers } });
  const timing = /desc="(edge \w+)"/.exec(response.headers.get("server-timing"))?.[1];
  return { body: await response.text(), says: response.headers.get("slotwise"), timing, cookies: response.headers.getSetCookie() };
}

test("a dialogue of another maker is read from its cookie or a header, in three modes", async () => {
  const answers = [
    [{ cookie: `CookieConsent=${dialogue(true, true)}` }, "full"],
    [{ cookie: `a=b; CookieConsent=${dialogue(true, false)}` }, "session"],
    [{ cookie: `CookieConsent=${dialogue(false, false)}` }, "none"],
    [{ cookie: "CookieConsent=%E0%A4%A" }, "none"],
    [{ cookie: `xCookieConsent=${dialogue(true, true)}` }, "none"],
    [{}, "none"],
    [{ "x-consent": "statistics:true" }, "full"],
    [{ "x-consent": "preferences:true", cookie: `CookieConsent=${dialogue(true, true)}` }, "session"],
    [{ "x-consent": "no", cookie: `CookieConsent=${dialogue(true, true)}; slotwise_consent=granted` }, "none"],
    [{ cookie: "slotwise_consent=session" }, "session"],
    [{ cookie: `slotwise_consent=granted; CookieConsent=${dialogue(false, false)}` }, "none"],
    [{ "x-consent": "statistics:true", "sec-gpc": "1" }, "none"],
  ];
  for (const [headers, mode] of answers) {
    const before = logged(store).length;
    const what = `${JSON.stringify(headers)} means ${mode}`;
    const response = await post(strict.url, new Jar(), [view(smartphones[0])], headers);
    assert.equal(response.status, 202, what);
    assert.equal(response.headers.has("set-cookie"), mode !== "none", what);
    assert.equal(logged(store).length - before, mode === "full" ? 1 : 0, what);
  }
});

test("a visit that is kept and not counted is fitted, and none of its events leaves the edge", async () => {
  const jar = new Jar();
  jar.cookies.set("slotwise_consent", "session");
  const before = logged(store).length;
  for (const id of smartphones) await post(strict.url, jar, [view(id, "electronics.smartphone")]);
  const page = await seen(strict, "/", jar.headers());
  assert.match(page.says, /visit=(treated|holdout), evidence=3/);
  assert.equal(logged(store).length, before);
});

test("without consent nothing is stored, and a page knows its own request and nothing else", async () => {
  const kept = (await phoneLover(worker)).cookies.get("slotwise");
  const plain = await seen(strict, TOUR);
  assert.match(plain.says, /visit=uncounted, evidence=0/);
  for (const headers of [{ cookie: `slotwise=${kept}` }, { "sec-gpc": "1", cookie: `slotwise_consent=granted; slotwise=${kept}` }]) {
    const page = await seen(strict, TOUR, headers);
    assert.deepEqual(page, plain, "a visit that is in a cookie all the same changes nothing");
  }
  // The clock is no part of the draw: whoever comes the same way sees the same page.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.deepEqual(await seen(strict, TOUR), plain);
  for (const path of ["/", TOUR, `/product/${smartphones[0]}`, "/_slotwise/health", "/_slotwise/manifest"]) {
    const response = await fetch(strict.url + path, { headers: { "user-agent": AGENT } });
    assert.deepEqual(response.headers.getSetCookie(), [], path);
    await response.body?.cancel();
  }
});

test("with consent a page may know more: the same request differs", async () => {
  const jar = new Jar();
  jar.cookies.set("slotwise_consent", "granted");
  for (const id of smartphones) await post(strict.url, jar, [view(id, "electronics.smartphone")]);
  const [fitted, plain] = [await seen(strict, TOUR, jar.headers()), await seen(strict, TOUR)];
  assert.match(fitted.says, /visit=treated/);
  assert.notEqual(fitted.body, plain.body);
});

/** What such clients say of themselves, from their makers' own pages. */
const PROGRAMS = [
  "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
  "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "WhatsApp/2.23.20.0",
  "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
  "TelegramBot (like TwitterBot)",
  "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
  "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
  "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
  "curl/8.14.1",
];
/** What shoppers' browsers say, in-app ones too. */
const BROWSERS = [
  AGENT,
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
  "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/510.0.0.38.109;FBBV/1]",
];

test("crawlers, link previews and monitors get the shop's own page, byte for byte, and count for nothing", async () => {
  const jar = await phoneLover(worker);
  const own = await (await fetch(store.url + TOUR)).text();
  const before = logged(store).length;
  for (const agent of PROGRAMS) {
    const page = await seen(worker, TOUR, jar.headers({ "user-agent": agent }));
    assert.deepEqual(page, { body: own, says: null, timing: "edge crawler", cookies: [] }, agent);
    const beacon = await post(worker.url, new Jar(), [view(smartphones[0])], { "user-agent": agent });
    assert.equal(beacon.headers.has("set-cookie"), false, agent);
  }
  assert.equal(logged(store).length, before);
  for (const agent of BROWSERS) {
    const page = await seen(worker, TOUR, jar.headers({ "user-agent": agent }));
    assert.match(page.says ?? "", /evidence=3/, agent);
  }
});

test("what a search engine reads stays as the shop wrote it, for shoppers as well", async () => {
  const jar = await phoneLover(worker);
  const path = `/product/${smartphones[0]}`;
  const own = await (await fetch(store.url + path)).text();
  const page = await seen(worker, path, jar.headers());
  assert.notEqual(page.body, own);
  const kept = (html) => [
    ...html.matchAll(
      /<title>.*?<\/title>|<h1[^>]*>.*?<\/h1>|<meta [^>]*>|<link [^>]*>|<script type="application\/ld\+json">.*?<\/script>/gs,
    ),
  ];
  assert.ok(kept(own).length > 5);
  assert.deepEqual(kept(page.body).map(String), kept(own).map(String));
});

test("the page's script does nothing for a crawler that runs scripts", async () => {
  const userAgent = `${BROWSERS[1]} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`;
  const { context, page } = await visitor(browser, { userAgent });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(worker.url + TOUR);
  const before = await page.locator("main").innerHTML();
  const ready = await page.evaluate(() => globalThis.slotwise.ready.then(({ ok, source }) => ({ ok, source })));
  assert.deepEqual(ready, { ok: false, source: "edge" });
  await page.evaluate(() => globalThis.slotwise.track("view_item", { items: [{ item_id: "1" }] }));
  await page.evaluate(() => globalThis.slotwise.apply());
  await page.waitForTimeout(3500);
  assert.deepEqual(
    asked.filter((path) => path.startsWith("/_slotwise/")),
    [],
  );
  assert.equal(await page.locator("main").innerHTML(), before);
  await context.close();
});

test("a policy that allows one nonce and wasm-unsafe-eval is enough for a fitted page and its script", async () => {
  const policy = "default-src 'none'; script-src 'nonce-r4nd0m' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'";
  const html = `<!doctype html><title>nonce</title><div data-slotwise="home.trending">own<template data-card><p data-field="title"></p></template></div>
<script type="module" nonce="r4nd0m">import { load } from "/dist/index.js";
globalThis.slotwise = await load({ publicKey: "${shop.publicKey}", consent: "implied" });</script>`;
  const server = createServer(({ url }, response) => {
    const file = /^\/dist\/[\w.]+$/.test(url);
    const type = url.endsWith(".wasm") ? "application/wasm" : file ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy });
    response.end(file ? readFileSync(join(root, "js", url)) : html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front = await edge(shop, { url: `http://127.0.0.1:${server.address().port}`, origin: store.origin });
  const { context, page, noise } = await visitor(browser);
  try {
    await synced(front);
    const jar = await phoneLover(front);
    await context.addCookies([...jar.cookies].map(([name, value]) => ({ name, value, url: front.url })));
    const response = await page.goto(front.url);
    assert.equal(response.headers()["content-security-policy"], policy);
    assert.match(response.headers().slotwise, /evidence=3/);
    await page.waitForFunction(() => globalThis.slotwise?.snapshot, null, { timeout: 15_000 });
    assert.ok((await page.locator("[data-slotwise] p").count()) > 0, "the edge filled the row");
    assert.deepEqual(noise, []);
  } finally {
    await context.close();
    await front.stop();
    server.close();
  }
});
