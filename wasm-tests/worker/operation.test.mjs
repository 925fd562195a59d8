// What an operator sees and sets: settings that cannot work, switching off, counters, and the log. In real workerd.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, packageOnly, visitor as tab } from "../page.mjs";
import { AGENT, health, slotwise, until } from "../stage.mjs";
import { begin, visitor } from "./stage.mjs";
import { OWN as PAGE } from "./store.mjs";

let stage;
let browser;

before(async () => {
  stage = await begin({
    answers: { "/latin": (_, response) => response.setHeader("content-type", "text/html; charset=utf-16").end(PAGE) },
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

async function seen(host, path, jar, more = {}) {
  const response = await fetch(host.url + path, { headers: jar ? jar.headers(more) : { "user-agent": AGENT, ...more } });
  return { body: await response.text(), says: response.headers.get("slotwise"), timing: response.headers.get("server-timing") ?? "" };
}

/** Puts something in front of a module of the Worker. */
const wrapped = (name, find, put) => (modules) => {
  assert.ok(modules[name].contents.includes(find), `${name} has ${find}`);
  modules[name].contents = modules[name].contents.replaceAll(find, put);
  return modules;
};

test("settings that cannot work are named in /health and explained in the log, and count as not set", async () => {
  const secret = "not-a-key-and-not-to-be-repeated";
  const bindings = {
    SYNC_SECS: "soon",
    OVERLAY_SECS: "1.5",
    CONSENT: "maybe",
    PAGE_CACHE: "always",
    OFF: "checkout, /fine",
    ALLOWED_ORIGINS: "https://m.shop.de, m.shop.de",
    SLOTWISE_INTAKE_KEY: secret,
    CONSENT_COOKIE: "c",
  };
  const host = await stage.worker({ bindings, mend: wrapped("edge.js", "settingsOf(env)", "settingsOf({ ...env, ANALYTICS: {} })") });
  const answer = await fetch(`${host.url}/_slotwise/health`);
  const text = await answer.text();
  const { settings, ok } = JSON.parse(text);
  assert.deepEqual(
    settings.toSorted(),
    [...Object.keys(bindings).filter((name) => name !== "CONSENT_COOKIE"), "CONSENT_FULL", "ANALYTICS"].toSorted(),
  );
  assert.equal(ok, true);
  for (const said of [secret, "soon", "maybe", stage.store.url, stage.origin.url]) assert.equal(text.includes(said), false, said);
  // The paths that can work do.
  assert.match((await seen(host, "/fine/x")).timing, /edge off/);
  const jar = await visitor(host);
  jar.cookies.set("slotwise_consent", "granted");
  assert.match((await seen(host, "/checkout", jar)).timing, /edge [\da-f]{12}/);
});

test("every sentence about a setting says what was found and what is expected, and repeats no secret", async () => {
  const { wrong } = await import("../../js/dist/edge_check.js");
  const said = Object.fromEntries(wrong({ SYNC_SECS: "soon", SLOTWISE_INTAKE_KEY: "s3cret", STORE_ORIGIN: "shop.de", SNAPSHOTS: {} }));
  assert.equal(said.SYNC_SECS, 'SYNC_SECS is "soon", expected a whole number of seconds');
  assert.match(said.STORE_ORIGIN, /"shop.de", expected the address of a server/);
  assert.match(said.SLOTWISE_PUBLIC_KEY, /is empty, expected/);
  assert.match(said.SNAPSHOTS, /something else than a KV namespace/);
  assert.equal(Object.values(said).join().includes("s3cret"), false);
  const { publicKey, intakeKey } = stage.shop;
  const sound = { STORE_ORIGIN: "https://shop.de/", SLOTWISE_PUBLIC_KEY: `${publicKey} ${publicKey}`, SLOTWISE_INTAKE_KEY: intakeKey };
  assert.deepEqual(
    wrong({ ...sound, CONSENT: "implied", SYNC_SECS: "60", OFF: "/checkout, /account", ALLOWED_ORIGINS: "https://m.shop.de" }),
    [],
  );
});

test("a path that the operator switches off is the shop's own, with all below it, and its script stays passive", async () => {
  const host = await stage.worker({ bindings: { OFF: "/off, /account/" } });
  const jar = await visitor(host);
  for (const path of ["/off", "/off/", "/off/deep?x=1", "/account", "/account/orders"]) {
    const { body, says, timing } = await seen(host, path, jar);
    assert.deepEqual([body, says, timing], [PAGE, null, 'slotwise;desc="edge off"'], path);
  }
  for (const path of ["/", "/offer", "/accounts", "/x/off"]) assert.match((await seen(host, path, jar)).says ?? "", /evidence=3/, path);
  const all = await stage.worker({ bindings: { OFF: "/" } });
  assert.equal((await seen(all, "/lamps", jar)).body, PAGE);
});

test("the shop's signed word switches paths off and on again, at the edge and in the browser", async () => {
  const host = await stage.worker();
  const jar = await visitor(host);
  const sign = (paths) => {
    const { shop } = stage;
    const { code, err } = slotwise("sign", "--published", shop.published, "--key", `${shop.key}.secret`, "--off", paths);
    assert.equal(code, 0, err);
  };
  assert.match((await seen(host, "/tour", jar)).says ?? "", /evidence=3/);
  sign("/tour,/checkout");
  await until("the tour to be switched off", async () => (await seen(host, "/tour", jar)).timing.includes("edge off"));
  assert.equal((await seen(host, "/tour/a", jar)).body, PAGE);
  assert.match((await seen(host, "/", jar)).says ?? "", /evidence=3/);
  const { context, page } = await tab(browser);
  const body = `<!doctype html><title>p</title><script type="module">import { load } from "/dist/index.js";
    globalThis.slotwise = await load({ publicKey: "${stage.shop.publicKey}", base: "${host.url}/_slotwise", consent: "implied" });</script>`;
  await packageOnly(page);
  await page.route("**/checkout/pay", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.route("**/_slotwise/manifest", async (route) => {
    const manifest = await (await fetch(`${host.url}/_slotwise/manifest`)).text();
    route.fulfill({ contentType: "text/plain", body: manifest, headers: { "access-control-allow-origin": "*" } });
  });
  await page.goto("http://localhost/checkout/pay");
  await page.waitForFunction(() => globalThis.slotwise);
  const ready = await page.evaluate(() => globalThis.slotwise.ready.then(({ ok, error }) => [ok, String(error?.message)]));
  assert.deepEqual([ready[0], /switched off/.test(ready[1])], [false, true], ready[1]);
  await context.close();
  sign("none");
  await until("the tour to be switched on", async () => (await seen(host, "/tour", jar)).says);
});

test("what cannot be a path is refused before anything is signed", () => {
  const { shop } = stage;
  const { code, err } = slotwise("sign", "--published", shop.published, "--key", `${shop.key}.secret`, "--off", "checkout");
  assert.notEqual(code, 0);
  assert.match(err, /found "checkout", expected a path such as \/checkout/);
});

test("pages are counted by what became of them", async () => {
  const host = await stage.worker();
  const jar = await visitor(host);
  await seen(host, "/", jar);
  await seen(host, "/");
  await seen(host, "/", jar, { "user-agent": "curl/8.14.1" });
  await seen(host, "/latin", jar);
  const { pages } = await health(host);
  assert.deepEqual(pages, { fitted: 1, cold: 2, crawler: 1, off: 0, snapshot: 0, encoding: 0, failed: 0 });
});

test("Analytics Engine gets a point for each page, without a word of the visitor, and a dataset that throws costs none", async () => {
  const dataset = "{ writeDataPoint(point) { (globalThis.points ??= []).push(point); throw new Error('full'); } }";
  const mend = (modules) => {
    wrapped("edge.js", "settingsOf(env)", `settingsOf({ ...env, ANALYTICS: ${dataset} })`)(modules);
    return wrapped(
      "edge.js",
      "handle(request,",
      "new URL(request.url).pathname === '/points' ? Promise.resolve(Response.json(globalThis.points)) : handle(request,",
    )(modules);
  };
  const host = await stage.worker({ mend });
  const jar = await visitor(host);
  const page = await seen(host, "/?email=a@b.c", jar);
  assert.match(page.says, /evidence=3/);
  const points = await (await fetch(`${host.url}/points`)).json();
  const id = stage.shop.manifest().current.snapshot.slice(0, 12);
  assert.deepEqual(points, [{ indexes: ["fitted"], blobs: ["fitted", id], doubles: [1] }]);
});

test("a binding that throws or is missing costs no page and no event", async () => {
  const broken = "{ get() { throw new Error('KV'); }, put() { throw new Error('KV'); } }";
  const limit = "{ limit() { throw new Error('limit'); } }";
  const queue = "{ sendBatch() { throw new Error('full'); } }";
  const env = `{ ...env, SNAPSHOTS: ${broken}, RATE_LIMIT: ${limit}, EVENTS_QUEUE: ${queue} }`;
  const host = await stage.worker({ mend: wrapped("edge.js", "settingsOf(env)", `settingsOf(${env})`) });
  const jar = await visitor(host);
  assert.match((await seen(host, "/", jar)).says ?? "", /evidence=3/);
  const body = JSON.stringify({ events: [{ name: "view_item", params: { items: [{ item_id: "1004856" }] } }] });
  const sent = await fetch(`${host.url}/_slotwise/events`, {
    method: "POST",
    headers: jar.headers({ "content-type": "application/json" }),
    body,
  });
  assert.equal(sent.status, 202);
  assert.equal((await health(host)).events.accepted, 1);
});
