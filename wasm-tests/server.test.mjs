// `slotwise/server` in Node, in real workerd and in Deno: the answers of edge and page engine, what consent allows, and what
// happens when snapshot or engine cannot be had.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { installed } from "./bench/peers.mjs";
import { AGENT, ask, edge, health, origin, post, publish, root, Jar, smartphones, until, view } from "./stage.mjs";
import { tap } from "./tap.mjs";

const dist = join(root, "js/dist");
const { open } = await import(join(dist, "server.js"));
const { PageEngine } = await import(join(dist, "engine.js"));

let shop;
let server;
let between;
let store;
let worker;
let slotwise;
let page = "";

before(async () => {
  shop = publish({ tour: true });
  server = await origin(shop);
  between = await tap(server.url);
  store = createServer((_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(page));
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  worker = await edge(shop, { url: `http://127.0.0.1:${store.address().port}`, origin: server.url });
  await until("the first sync", async () => (await health(worker)).snapshot);
  slotwise = await open({ publicKey: shop.publicKey, base: `${between.url}/_slotwise`, consent: "implied" });
});

after(async () => {
  await worker?.stop();
  store?.closeAllConnections();
  store?.close();
  between?.stop();
  await server?.stop();
  shop?.remove();
});

const events = smartphones.map((id) => view(id, "electronics.smartphone"));
const granted = (token) => ({ headers: { cookie: `slotwise_consent=granted; slotwise=${token}`, "user-agent": AGENT } });
const SLOTS = ["home.hero", { slot: "product.related", item_id: smartphones[0] }, "home.recommended", "no.such.slot", "home.trending"];
/** What the page engine calls these slots. */
const PLACES = SLOTS.map((slot) => (typeof slot === "string" ? { slot } : slot)).map(({ slot, item_id: anchor }) => ({
  name: slot,
  anchor,
  keys: [],
  personalised: false,
}));
const ROW =
  '<ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>';
const warned = [];
console.error = (...words) => warned.push(words.join(" "));

/** A root or a shard as it was published. */
const shard = (name) => readFileSync(join(shop.published, "shard", name));

/**
 * Asserts that a page fills a slot as a server does, and returns whether they are the same to the last product. In a page a
 * list ends with the last product whose card comes with the root: of a row that looks further, one product may be missing or
 * replaced, and the others stay in their order.
 */
function assertAlike(inServer, inPage) {
  const plain = ({ because, ...rest }) => ({ ...rest, because: because?.key });
  const [ours, theirs] = [inServer, inPage].map(({ items }) => items?.map(({ item_id }) => item_id) ?? []);
  const common = ours.filter((id) => theirs.includes(id));
  if (common.length === ours.length) {
    assert.deepEqual(plain(inServer), plain(inPage), inServer.slot);
    return true;
  }
  assert.ok(theirs.length <= ours.length && common.length >= ours.length - 1, `${inServer.slot}: ${ours} and ${theirs}`);
  assert.deepEqual(
    theirs.filter((id) => ours.includes(id)),
    common,
    inServer.slot,
  );
  return false;
}
/** This row of the tour looks far past the end of its lists. */
const looksFar = (slot) => slot === "tour.similar_items";
// Each slot is asked alone, because what one row lacks is free for those after it.
const alone = (slot) => [{ name: slot, keys: [], personalised: false }];

test("a visit gets the same decisions on a server, at the edge and from the page engine", async () => {
  assert.equal(slotwise.problem, null);
  const module = new WebAssembly.Module(readFileSync(join(dist, "engine.wasm")));
  const inPage = new PageEngine(new WebAssembly.Instance(module));
  let token = null;
  for (const event of [null, ...events, view("1005115"), view(smartphones[1])]) {
    const visit = slotwise.visit({ token, events: event ? [event] : [] });
    ({ token } = visit);
    const decided = visit.decide(SLOTS);
    assert.equal(decided[3], null, "the plan has no such slot");
    const question = { token, slots: SLOTS.map((slot) => (typeof slot === "string" ? { slot } : slot)), rank: smartphones };
    const answer = await (await ask(worker.url, question)).json();
    assert.deepEqual(decided.filter(Boolean), answer.decisions, "the edge");
    assert.deepEqual([visit.seed, visit.intent()], [answer.seed, answer.intent]);
    assert.deepEqual([...visit.rank(smartphones).values()], answer.relevance);
    inPage.begin({ token, agent: AGENT, referrer: "", url: "", zone: "", offset: 0 }, Date.now());
    const { snapshot, root } = shop.manifest().current;
    if (!event) {
      assert.ok(inPage.adopt(shard(root), snapshot));
      for (const name of readdirSync(join(shop.published, "shard"))) if (name !== root) assert.ok(inPage.extend(shard(name)), name);
    }
    const now = Date.now();
    const seen = inPage.decide(PLACES, now).map(([, decision]) => decision);
    const here = decided.filter(Boolean);
    assert.equal(here.length, seen.length);
    for (const [at, decision] of here.entries()) assertAlike(decision, seen[at]);
    assert.equal(inPage.token(), token);
    const slots = visit.decide().map(({ slot }) => slot);
    assert.deepEqual(
      inPage.decideAll(now).map(({ slot }) => slot),
      slots,
    );
    const near = slots.filter((slot) => !looksFar(slot));
    const same = near.filter((slot) => assertAlike(visit.decide(slot), inPage.decide(alone(slot), now)[0][1]));
    assert.ok(same.length >= near.length - 3, `only ${same} are the same`);
  }
  const [hero, related, row] = slotwise.visit({ token }).decide(SLOTS);
  assert.equal(hero.variant, "smartphone");
  const ids = [...related.items, ...row.items].map(({ item_id }) => item_id);
  assert.ok(row.items.length > 0 && new Set(ids).size === ids.length, "no product twice on a page");
});

test("one slot, sold-out products and reasons are answered as they are asked for", () => {
  const visit = slotwise.visit({ events });
  const row = visit.decide("home.recommended");
  assert.equal(row.items.length, 8);
  const [{ item_id }] = row.items;
  const without = visit.decide("home.recommended", { sold_out: [item_id] });
  assert.ok(without.items.every((item) => item.item_id !== item_id));
  const related = visit.decide("product.related", { item_id: smartphones[0] });
  assert.deepEqual(related, visit.decide({ slot: "product.related", item_id: smartphones[0] }));
  assert.equal(visit.decide("no.such.slot"), null);
  assert.deepEqual(visit.decide([]), []);
  const { decisions, intent } = visit.explain(["home.recommended"]);
  assert.deepEqual(decisions[0].items, row.items);
  const sum = (reasons) => reasons.reduce((total, { weight }) => total + weight, 0);
  assert.equal(sum(decisions[0].reasons), decisions[0].score);
  assert.ok(intent.reasons.length > 0);
});

test("a page is fitted as at the edge, and says so in its headers", async () => {
  page = `<!doctype html><p>ä${ROW}<p>end`;
  const jar = new Jar();
  for (const event of events) await post(worker.url, jar, [event]);
  const response = await fetch(`${worker.url}/`, { headers: jar.headers() });
  const atEdge = await response.text();
  assert.match(atEdge, /data-slotwise-personalised/);
  const visit = slotwise.visit(new Request("https://shop.example/", { headers: jar.headers() }));
  assert.equal(visit.fit(page), atEdge);
  const fitted = visit.fit(
    new Response(page, { headers: { "content-type": "text/html; charset=utf-8", etag: '"1"', "set-cookie": "a=1" } }),
  );
  assert.equal(await fitted.text(), atEdge);
  const said = new Headers(visit.headers);
  // How old the snapshot is changes with every answer.
  const plain = (headers, name) => headers.get(name)?.replace(/;dur=\d+/, ";dur=0");
  for (const name of ["cache-control", "vary", "server-timing", "slotwise"]) {
    assert.equal(plain(said, name), plain(response.headers, name), name);
    assert.equal(plain(fitted.headers, name), plain(response.headers, name), name);
  }
  assert.equal(said.get("cache-control"), "private, no-cache");
  assert.equal(fitted.headers.get("etag"), null);
  assert.deepEqual(fitted.headers.getSetCookie(), ["a=1", visit.setCookie]);
  assert.match(visit.setCookie, /^slotwise=[^;]+; Path=\/; Max-Age=1800; SameSite=Lax; Secure$/);
  for (const [status, type] of [
    [404, "text/html"],
    [200, "application/json"],
  ]) {
    const other = new Response(ROW, { status, headers: { "content-type": type } });
    assert.equal(visit.fit(other), other);
  }
});

test("a page that the shop forbids to keep stays forbidden", () => {
  const visit = slotwise.visit({ events });
  const caching = (value) => {
    const headers = { "content-type": "text/html", ...(value && { "cache-control": value }) };
    return visit.fit(new Response(ROW, { headers })).headers.get("cache-control");
  };
  assert.deepEqual([undefined, "public, max-age=600", "No-Store", "private, no-cache, no-store"].map(caching), [
    "private, no-cache",
    "private, no-cache",
    "private, no-store",
    "private, no-store",
  ]);
});

test("requests are read in the forms that platforms have", () => {
  const { token } = slotwise.visit({ events });
  const expected = JSON.stringify(slotwise.visit(granted(token)).decide());
  const cookie = `slotwise=${token}`;
  const headers = { Cookie: ["a=b", cookie], host: "shop.example", "X-Forwarded-Proto": "https", "user-agent": AGENT };
  const node = slotwise.visit({ headers, url: "/lamps" });
  assert.equal(JSON.stringify(node.decide()), expected);
  assert.match(node.setCookie, /; Secure$/);
  assert.doesNotMatch(slotwise.visit({ headers: { cookie }, url: "/" }).setCookie, /Secure/);
  const web = slotwise.visit({ headers: new Headers({ cookie }) });
  assert.equal(JSON.stringify(web.decide()), expected);
  const begun = slotwise.visit(new Request("https://shop.example/lamps?utm_source=google", { headers: { "user-agent": AGENT } }), {
    events,
  });
  assert.equal(begun.decide("home.hero").variant, "smartphone");
});

test("where consent does not allow it nothing is known or kept, by the cases of consent.json", async () => {
  const strict = await open({ publicKey: shop.publicKey, base: `${between.url}/_slotwise` });
  const cases = JSON.parse(readFileSync(join(root, "wasm-tests/consent.json"), "utf8"));
  for (const { cookies, private: gpc, mode, allowed } of cases) {
    const headers = { cookie: cookies, ...(gpc && { "sec-gpc": "1" }), "user-agent": AGENT };
    const visit = (mode === "required" ? strict : slotwise).visit({ headers, url: "https://shop.example/" }, { events });
    const what = `${cookies} ${gpc} where consent is ${mode}`;
    assert.equal(visit.undecided, null, what);
    assert.deepEqual([visit.token !== null, visit.setCookie !== null, visit.seed !== null], [allowed, allowed, allowed], what);
    assert.equal(visit.decide("home.hero").personalised, allowed, what);
    assert.equal(visit.fit(ROW).includes("own"), !allowed, what);
  }
  const crawler = slotwise.visit({ headers: { "user-agent": "Googlebot/2.1" } }, { events });
  assert.deepEqual([crawler.undecided, crawler.token, crawler.decide(), crawler.fit(ROW)], ["crawler", null, [], ROW]);
});

test("snapshots are asked for in the background, once at a time", async () => {
  const asked = [];
  const counted = createServer(async (request, response) => {
    asked.push(request.url);
    const found = await fetch(server.url + request.url);
    setTimeout(async () => response.end(Buffer.from(await found.arrayBuffer())), 50);
  });
  await new Promise((resolve) => counted.listen(0, "127.0.0.1", resolve));
  try {
    const base = new URL(`http://127.0.0.1:${counted.address().port}/_slotwise/`);
    const own = await open({ publicKey: shop.publicKey, base, syncSecs: 0 });
    assert.equal(asked.length, 2, "manifest and snapshot");
    const waits = [];
    for (let count = 0; count < 20; count++) own.visit({ events }, { waitUntil: (promise) => waits.push(promise) }).decide();
    await Promise.all(waits);
    assert.deepEqual(asked.slice(2), ["/_slotwise/manifest"], "twenty visits, one question");
  } finally {
    counted.close();
  }
});

test("what is wrong with a snapshot is said, and the last one stays", async () => {
  const manifest = readFileSync(join(shop.published, "manifest"), "utf8");
  const bytes = readFileSync(shop.snapshotFile());
  const brought = await open({ publicKey: shop.publicKey, snapshot: { manifest, bytes } });
  assert.deepEqual([brought.problem, brought.snapshot], [null, shop.manifest().current.snapshot]);
  assert.ok(brought.visit({ events }).decide("home.recommended").items.length > 0);

  const flipped = new Uint8Array(bytes);
  flipped[1000] ^= 1;
  const forged = manifest.replace(/("newest_ms": ?)(\d)/, (_, name, digit) => `${name}${(Number(digit) + 1) % 10}`);
  let answer = (response) => response.end("x".repeat(100_000));
  const liar = createServer((request, response) => answer(response, request));
  await new Promise((resolve) => liar.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${liar.address().port}/_slotwise`;
  try {
    const bad = [
      [{ snapshot: { manifest, bytes: flipped } }, /SHA-256 is .*: damaged or swapped/],
      [{ snapshot: { manifest: forged, bytes } }, /no signature of the manifest fits/],
      [{ base }, /longer than 16384 bytes/],
      [{ base: "http://127.0.0.1:1/_slotwise" }, /127\.0\.0\.1:1\/_slotwise\/manifest: /],
    ];
    for (const [options, expected] of bad) {
      warned.length = 0;
      const none = await open({ publicKey: shop.publicKey, ...options });
      assert.match(none.problem, expected);
      assert.equal(warned.length, 1, "said once on the console");
      assert.equal(none.snapshot, null);
      const visit = none.visit({ events });
      assert.deepEqual([visit.undecided, visit.token, visit.decide("home.hero"), visit.fit(ROW)], ["snapshot", null, null, ROW]);
    }
    // One that works meets an origin that lies, and another that hangs.
    const kept = await open({ publicKey: shop.publicKey, base, snapshot: { manifest, bytes }, timeout: 200 });
    await kept.sync();
    assert.match(kept.problem, /longer than/);
    answer = () => {};
    const before = performance.now();
    await kept.sync();
    assert.ok(performance.now() - before < 2000, "the deadline");
    assert.match(kept.problem, /manifest: .*(timeout|aborted)/i);
    assert.equal(kept.visit({ events }).decide("home.hero").variant, "smartphone");
    answer = (response) => response.end(manifest);
    await kept.sync();
    assert.equal(kept.problem, null, "all is well again");
  } finally {
    liar.closeAllConnections();
    liar.close();
  }
});

test("options that can never work are refused with what was expected", async () => {
  const { publicKey } = shop;
  await assert.rejects(open({ publicKey: "abc", base: "https://a.example" }), /publicKey is "abc", expected 32 bytes/);
  await assert.rejects(open({ publicKey, base: "/_slotwise" }), /base is "\/_slotwise", expected an absolute URL/);
  await assert.rejects(open({ publicKey }), /neither `base` nor `snapshot`/);
});

test("an engine that is not found leaves the shop's own content and says what to do", () => {
  const script = `const { open } = await import("${dist}/server.js");
    const slotwise = await open({ publicKey: "${shop.publicKey}", base: "${server.url}/_slotwise", wasm: new URL("file:///nowhere.wasm") });
    console.log(JSON.stringify([slotwise.problem, slotwise.visit({}).decide("home.hero"), slotwise.visit({}).fit("<p>")]));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const [problem, decision, html] = JSON.parse(run.stdout);
  assert.match(problem, /engine: .*nowhere\.wasm.*option `wasm`/);
  assert.deepEqual([decision, html], [null, "<p>"]);
});

let minted;
/** One visit for all runtimes: what is drawn for a visit differs from one to the next. */
const told = () => {
  minted ??= slotwise.visit({ events }).token;
  return minted;
};

/** What other runtimes answer, by this script, is what Node answers. */
const asks = (from) => `
  const slotwise = await open(${JSON.stringify(from)});
  const visit = slotwise.visit({ token: ${JSON.stringify(told())} });
  const page = visit.fit(new Response(${JSON.stringify(ROW)}, { headers: { "content-type": "text/html" } }));
  const said = JSON.stringify([slotwise.problem, visit.decide(${JSON.stringify(SLOTS)}), await page.text(), visit.headers]);`;

function expected() {
  const visit = slotwise.visit({ token: told() });
  return ageless(JSON.stringify([null, visit.decide(SLOTS), visit.fit(ROW), visit.headers]));
}

/** An answer without the snapshot's age. */
const ageless = (said) => said.replace(/;dur=\d+/, "");

test("workerd answers as Node does", async () => {
  const modules = { "main.js": { type: "esm", contents: "" } };
  const names = new Set(["server_workerd.js"]);
  for (const name of names) {
    const contents = readFileSync(join(dist, name));
    const wasm = name.endsWith(".wasm");
    modules[name] = wasm ? { type: "wasm", contents: new Uint8Array(contents) } : { type: "esm", contents: contents.toString() };
    if (!wasm) for (const [, imported] of contents.toString().matchAll(/from\s*"\.\/([\w.]+)"/g)) names.add(imported);
  }
  const from = { publicKey: shop.publicKey, base: `${server.url}/_slotwise` };
  modules["main.js"].contents = `import { open } from "./server_workerd.js";
    export default { async fetch() { ${asks(from)} return new Response(said); } };`;
  const config = { name: "server", compatibilityDate: "2026-11-01", manifest: { mainModule: "main.js", modules }, env: {} };
  const flare = new Miniflare({ host: "127.0.0.1", port: 0, workers: [{ config }] });
  try {
    const url = await flare.ready;
    for (let request = 0; request < 2; request++) assert.equal(ageless(await (await fetch(url)).text()), expected());
  } finally {
    await flare.dispose();
  }
});

test("Deno answers as Node does", (context) => {
  let deno;
  try {
    deno = join(installed("deno", "deno@2.9.6"), "node_modules/.bin/deno");
  } catch (problem) {
    return context.skip(`Deno cannot be fetched: ${problem.message}`);
  }
  const from = { publicKey: shop.publicKey, base: `${server.url}/_slotwise` };
  const input = `import { open } from "${dist}/server.js"; ${asks(from)} console.log(said);`;
  const run = spawnSync(deno, ["run", "--allow-read", "--allow-net", "--no-lock", "-"], { input, encoding: "utf8" });
  assert.equal(ageless(run.stdout.trim()), expected(), run.stderr);
});
