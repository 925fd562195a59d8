// `slotwise serve --proxy`: the Worker's pages byte for byte from one native process, and all that a proxy owes to both sides.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request as ask } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { isbot } from "isbot";
import { FILE, LOOKING, text } from "../js/tools/crawlers.mjs";
import {
  binary,
  demoStore,
  edge,
  freePort,
  health,
  Jar,
  logged,
  originWords,
  phoneLover,
  publish,
  slotwise,
  started,
  synced,
} from "./stage.mjs";
import { html, OWN, storeOf } from "./worker/store.mjs";

const HTML = { accept: "text/html" };

let shop;
let demo;
let worker;
let store;

/** Every proxy that was started. */
const running = [];

/** Starts the proxy in front of a shop. */
async function proxyOf(url, { log = join(shop.folder, `proxied-${Math.random()}`), more = ["--consent", "implied"] } = {}) {
  const port = await freePort();
  const own = { url: `http://127.0.0.1:${port}`, log };
  running.push(own);
  own.stop = await started("the proxy", own.url, binary, originWords(shop, port, log, ["--proxy", url, ...more]));
  return own;
}

let proxy;
let plain;

const answers = {
  "/gzip": (_, response) =>
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-encoding": "gzip" }).end(gzipSync(OWN)),
  "/zstd": (_, response) => response.writeHead(200, { "content-type": "text/html", "content-encoding": "zstd" }).end("packed"),
  "/moved": (_, response) =>
    response
      .writeHead(302, {
        location: `${store.url}/a?b`,
        "set-cookie": ["a=1; Domain=127.0.0.1; Path=/; Secure; SameSite=None", "b=2; HttpOnly"],
        "strict-transport-security": "max-age=1",
        "content-security-policy": "upgrade-insecure-requests; img-src 'self'",
      })
      .end(),
  "/echo": (request, response) => {
    response.writeHead(200, { "content-type": "text/plain", connection: "x-hop", "x-hop": "1", "x-own": "1" });
    request.pipe(response);
  },
  "/cached": (_, response) => {
    for (const [name, value] of [
      ["etag", '"1"'],
      ["cache-control", "public, s-maxage=60"],
      ["cdn-cache-control", "max-age=60"],
    ])
      response.setHeader(name, value);
    html(_, response);
  },
  "/slow": (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).write("<!doctype html><p>first");
    response.on("close", () => left?.());
  },
  "/broken": (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).write("<!doctype html><p>first");
    setTimeout(() => response.destroy(), 20);
  },
};
let left;

before(async () => {
  shop = publish();
  demo = await demoStore(shop);
  worker = await edge(shop, demo);
  store = await storeOf(answers);
  [proxy, plain] = await Promise.all([proxyOf(demo.url), proxyOf(store.url)]);
  await synced(worker);
});

after(async () => {
  await Promise.all([...running, worker, demo].map((one) => one?.stop?.()));
  store?.stop();
  shop?.remove();
});

const at = (path, jar, more = {}) => fetch(`${plain.url}${path}`, { redirect: "manual", headers: jar.headers({ ...HTML, ...more }) });
const asked = (path) => store.asked.findLast(({ url }) => url === path);

test("three views bring the page that the Worker sends, byte for byte, and go straight to the log", async () => {
  const jar = await phoneLover(proxy);
  for (const path of ["/", "/category/electronics.smartphone", "/product/1004856"]) {
    const visit = { headers: jar.headers(HTML) };
    const [here, there] = await Promise.all([fetch(proxy.url + path, visit), fetch(worker.url + path, visit)]);
    const page = await here.text();
    assert.match(page, /data-slotwise-personalised/);
    assert.equal(page, await there.text(), path);
    for (const name of ["cache-control", "vary", "slotwise", "content-type", "etag", "content-security-policy"])
      assert.equal(here.headers.get(name), there.headers.get(name), name);
    const timing = (response) => response.headers.get("server-timing").replace(/;dur=\d+/g, "");
    assert.equal(timing(here), timing(there));
  }
  const views = logged(proxy).filter(({ name }) => name === "view_item");
  assert.equal(views.length, 3);
  assert.ok(
    views.every(({ event_id, chain }) => event_id && chain),
    "with ids, and linked as a visit",
  );
});

test("what the page's script needs of the origin comes from the proxy", async () => {
  const { current } = shop.manifest();
  const manifest = await fetch(`${proxy.url}/_slotwise/manifest`);
  assert.equal(await manifest.text(), readFileSync(join(shop.published, "manifest"), "utf8"));
  assert.equal((await fetch(`${proxy.url}/_slotwise/shard/${current.root}`)).status, 200);
  assert.equal((await health(proxy)).snapshot, current.snapshot);
  assert.equal((await fetch(`${proxy.url}/_slotwise/none`)).status, 404);
});

test("without consent, under Global Privacy Control and for crawlers nothing is kept", async () => {
  const careful = await proxyOf(store.url, { more: [] });
  const nothing = async (host, headers) => {
    const jar = new Jar();
    const sent = { "content-type": "application/json", "user-agent": jar.headers()["user-agent"], ...headers };
    const body = JSON.stringify({ events: [{ name: "view_item", params: { items: [{ item_id: "1004856" }] } }] });
    const response = await fetch(`${host.url}/_slotwise/events`, { method: "POST", headers: sent, body });
    assert.deepEqual([response.status, response.headers.getSetCookie()], [202, []]);
  };
  await nothing(careful, {});
  await nothing(plain, { "sec-gpc": "1" });
  await nothing(plain, { cookie: "slotwise_consent=denied" });
  await nothing(plain, { "user-agent": "Googlebot/2.1" });
  assert.deepEqual([logged(careful), logged(plain)], [[], []]);
  await careful.stop();
});

test("crawlers are known by the patterns of isbot, and get the shop's own page", async () => {
  assert.equal(readFileSync(FILE, "utf8"), text(), "run `npm run contract`");
  assert.equal(LOOKING.length, 6, "compare the patterns that look around with EXCEPTED in src/origin/proxy/crawler.rs");
  const jar = await phoneLover(plain);
  for (const agent of [
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Google Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "python-requests/2.31",
    "Java/17.0.1",
    jar.headers()["user-agent"],
  ]) {
    const page = await at("/", jar, { "user-agent": agent });
    assert.equal(/edge crawler/.test(page.headers.get("server-timing")), isbot(agent), agent);
    assert.equal((await page.text()) === OWN, isbot(agent), agent);
  }
});

test("the shop is asked as if there were no proxy, and the visitor stays at the proxy", async () => {
  const body = "ä".repeat(200_000);
  const headers = { origin: plain.url, referer: `${plain.url}/a`, "content-type": "text/plain", cookie: "a=1; b=2" };
  const echo = await fetch(`${plain.url}/echo`, { method: "POST", headers, body });
  assert.equal(await echo.text(), body);
  assert.deepEqual([echo.headers.get("x-own"), echo.headers.get("x-hop")], ["1", null]);
  const seen = asked("/echo").headers;
  assert.deepEqual([seen.host, seen.origin, seen.referer], [store.url.slice(7), store.url, `${store.url}/a`]);
  assert.deepEqual([seen.cookie, seen["x-forwarded-for"]], ["a=1; b=2", "127.0.0.1"]);

  const moved = await at("/moved", new Jar());
  assert.deepEqual([moved.status, moved.headers.get("location")], [302, `${plain.url}/a?b`]);
  assert.deepEqual(moved.headers.getSetCookie(), ["a=1; Path=/", "b=2; HttpOnly"]);
  assert.equal(moved.headers.get("strict-transport-security"), null);
  assert.equal(moved.headers.get("content-security-policy").trim(), "img-src 'self'");
});

test("a page is fitted whether packed or not, and its headers are those of one visitor's page", async () => {
  const jar = await phoneLover(plain);
  const page = await (await at("/", jar)).text();
  assert.match(page, /data-slotwise-personalised/);
  assert.equal(await (await at("/gzip", jar)).text(), page);
  const unread = await at("/zstd", jar);
  assert.deepEqual([unread.headers.get("content-encoding"), unread.headers.get("vary")], ["zstd", "Cookie"]);
  const { headers } = await at("/cached", jar, { "if-none-match": '"1"' });
  assert.equal(asked("/cached").headers["if-none-match"], undefined);
  assert.deepEqual(
    [headers.get("cache-control"), headers.get("etag"), headers.get("cdn-cache-control")],
    ["private, no-cache", null, null],
  );
  const head = await fetch(`${plain.url}/cached`, { method: "HEAD", headers: jar.headers(HTML) });
  assert.deepEqual([head.status, head.headers.get("cache-control"), await head.text()], [200, "private, no-cache", ""]);
  const cold = await at("/cached", new Jar());
  assert.deepEqual([cold.headers.get("cache-control"), await cold.text()], ["public, s-maxage=60", OWN]);
});

test("a page comes while the shop still writes it, a visitor who leaves ends it, and a broken one does not look whole", async () => {
  const jar = await phoneLover(plain);
  const gone = new Promise((resolve) => {
    left = resolve;
  });
  const slow = ask(`${plain.url}/slow`, { headers: jar.headers(HTML) }).end();
  const [response] = await once(slow, "response");
  const [chunk] = await once(response, "data");
  assert.match(String(chunk), /first/);
  slow.destroy();
  await gone;
  await assert.rejects((await at("/broken", jar)).text());
});

test("what cannot be passed on is refused, and a shop that is away is a 502", async () => {
  const socket = await fetch(`${plain.url}/`, { headers: { accept: "*/*" } });
  assert.equal(socket.status, 200);
  const answer = await new Promise((resolve) => {
    const wire = connect(Number(new URL(plain.url).port), "127.0.0.1", () =>
      wire.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
    );
    wire.once("data", (data) => {
      resolve(String(data));
      wire.destroy();
    });
  });
  assert.match(answer, /^HTTP\/1.1 501 /);
  const away = await proxyOf(`http://127.0.0.1:${await freePort()}`);
  const response = await fetch(`${away.url}/`);
  assert.deepEqual([response.status, response.headers.get("cache-control")], [502, "no-store"]);
  await away.stop();
  for (const address of ["shop.example", "http://shop.example/de", "ftp://shop.example"]) {
    const run = slotwise(...originWords(shop, 1, shop.folder, ["--proxy", address]));
    assert.equal(run.code, 2);
    assert.match(run.err, /expected an address without a path/);
  }
});

test("slots are put into a shop that has none, and a killed proxy goes on with what it has acknowledged", async () => {
  const file = join(shop.folder, "slots.json");
  const slot = OWN.slice(OWN.indexOf("<ul"));
  store.answers["/bare"] = (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><main></main>");
  writeFileSync(file, JSON.stringify([{ path: "/bare", after: "<main>", html: slot }]));
  const log = join(shop.folder, "slotted");
  const more = ["--consent", "implied", "--slots", file];
  const slotted = await proxyOf(store.url, { log, more });
  const jar = await phoneLover(slotted);
  await slotted.stop();
  const again = await proxyOf(store.url, { log, more });
  assert.equal(logged(again).filter(({ name }) => name === "view_item").length, 3);
  const bare = await fetch(`${again.url}/bare`, { headers: jar.headers(HTML) });
  assert.match(await bare.text(), /^<!doctype html><main><ul [^>]*data-slotwise-personalised.*<\/ul><\/main>/s);
  const nobody = await fetch(`${again.url}/bare`, { headers: new Jar().headers(HTML) });
  assert.equal(await nobody.text(), `<!doctype html><main>${slot}</main>`);
  await again.stop();
  writeFileSync(file, "{}");
  assert.match(slotwise(...originWords(shop, 1, shop.folder, ["--proxy", store.url, "--slots", file])).err, /slots.json: .*expected \[/);
});
