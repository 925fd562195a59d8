// `slotwise/handler` behind `node:http`: the Worker's page byte for byte, and all that a proxy owes to both sides.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { edge, freePort, health, logged, origin, phoneLover, publish, root, until } from "./stage.mjs";

const { createHandler, toNodeListener } = await import(join(root, "js/dist/handler.js"));

const ROW =
  '<ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>';
const PAGE = `<!doctype html><meta charset="utf-8"><p>ä${ROW}<p>${"words ".repeat(9000)}end`;
const HTML = { "content-type": "text/html; charset=utf-8" };

/** What the store was asked, and what it answers at each path. */
const seen = [];
let broke;
const answers = {
  "/": (_, response) => response.writeHead(200, HTML).end(PAGE),
  "/gzip": (_, response) => response.writeHead(200, { ...HTML, "content-encoding": "gzip" }).end(gzipSync(PAGE)),
  "/br.js": (_, response) =>
    response.writeHead(200, { "content-type": "text/javascript", "content-encoding": "br" }).end(brotliCompressSync("let a = 1;")),
  "/moved": (_, response) => response.writeHead(302, { location: "/", "set-cookie": ["a=1; Path=/", "b=2, 3"] }).end(),
  "/same": (_, response) => response.writeHead(304, { etag: '"1"' }).end(),
  "/echo": (request, response) => {
    response.writeHead(200, { "content-type": "text/plain", connection: "close, x-hop", "x-hop": "1", "x-own": "1" });
    request.pipe(response);
  },
  "/slow": (_, response) => {
    response.writeHead(200, HTML).write("<!doctype html><p>first");
    response.on("close", () => broke?.());
  },
  "/broken": (_, response) => {
    response.writeHead(200, HTML).write("<!doctype html><p>first");
    setTimeout(() => response.destroy(), 20);
  },
};

let shop;
let server;
let store;
let worker;
let handler;
let front;
let url;

before(async () => {
  shop = publish();
  server = await origin(shop);
  store = createServer((request, response) => {
    seen.push(request);
    (answers[request.url] ?? ((_, response) => response.writeHead(404).end("none")))(request, response);
  });
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  const storeOrigin = `http://127.0.0.1:${store.address().port}`;
  worker = await edge(shop, { url: storeOrigin, origin: server.url });
  handler = createHandler({
    storeOrigin,
    origin: server.url,
    publicKey: shop.publicKey,
    intakeKey: shop.intakeKey,
    consent: "implied",
    syncSecs: 1,
  });
  front = createServer(toNodeListener(handler));
  await new Promise((resolve) => front.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${front.address().port}`;
  for (const host of [worker, { url }]) await until("the first sync", async () => (await health(host)).snapshot);
});

after(async () => {
  front?.closeAllConnections();
  front?.close();
  await worker?.stop();
  store?.closeAllConnections();
  store?.close();
  await server?.stop();
  shop?.remove();
});

/** A request as it stands on the wire: nothing is decoded or followed. */
function raw(path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = ask(url + path, { method, headers }, async (response) => {
      const chunks = await response.toArray().catch(reject);
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks ?? []).toString() });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

test("a visit gets from the handler the page that the Worker sends, byte for byte", async () => {
  const jar = await phoneLover({ url });
  const kept = await phoneLover(worker);
  const visit = { headers: jar.headers() };
  const [here, there] = await Promise.all([fetch(`${url}/`, visit), fetch(`${worker.url}/`, visit)]);
  const page = await here.text();
  assert.match(page, /data-slotwise-personalised/);
  assert.equal(page, await there.text());
  for (const name of ["cache-control", "vary", "slotwise", "content-type", "etag", "content-length"]) {
    assert.equal(here.headers.get(name), there.headers.get(name), name);
  }
  assert.ok(kept.cookies.get("slotwise"));
  assert.equal(await (await fetch(`${url}/gzip`, visit)).text(), page, "the store's compression is undone");
  await handler.close();
  assert.equal(logged(server).filter(({ name }) => name === "view_item").length, 6, "both have delivered three views");
});

test("the store is asked as by a proxy, and answers as if there were none", async () => {
  const asked = (path) => seen.findLast((request) => request.url === path).headers;
  const body = "ä".repeat(200_000);
  const more = { "x-hop": "2", connection: "keep-alive, x-hop", "x-forwarded-for": "192.0.2.1", te: "trailers", cookie: "a=1; b=2" };
  const echo = await raw("/echo", { method: "POST", headers: { ...more, "content-type": "text/plain" }, body });
  assert.equal(echo.text, body);
  assert.deepEqual([echo.headers["x-own"], echo.headers["x-hop"]], ["1", undefined]);
  const { host, te, cookie, ...headers } = asked("/echo");
  assert.equal(host, `127.0.0.1:${store.address().port}`);
  assert.deepEqual([te, headers["x-hop"], cookie], [undefined, undefined, "a=1; b=2"]);
  assert.equal(headers["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
  assert.deepEqual([headers["x-forwarded-host"], headers["x-forwarded-proto"]], [url.slice(7), "http"]);

  const moved = await raw("/moved");
  assert.deepEqual([moved.status, moved.headers.location], [302, "/"]);
  assert.deepEqual(moved.headers["set-cookie"], ["a=1; Path=/", "b=2, 3"]);
  const script = await raw("/br.js", { headers: { "accept-encoding": "br" } });
  assert.deepEqual([script.text, script.headers["content-encoding"]], ["let a = 1;", undefined]);
  assert.equal((await raw("/same", { headers: { "if-none-match": '"1"' } })).status, 304);
  const head = await raw("/", { method: "HEAD" });
  assert.deepEqual([head.status, head.text], [200, ""]);
  assert.equal((await raw("/none")).status, 404);
  assert.equal((await raw("/", { method: "TRACE" })).status, 405);
  assert.equal((await raw("/", { headers: { host: "a.b/c?" } })).status, 400);
});

test("a page comes while the store still writes it, and a client that leaves ends the store's work", async () => {
  const left = new Promise((resolve) => {
    broke = resolve;
  });
  const asked = ask(`${url}/slow`).end();
  const [response] = await once(asked, "response");
  const [chunk] = await once(response, "data");
  assert.match(String(chunk), /first/);
  asked.destroy();
  await left;
});

test("a page that the store breaks off does not look whole", async () => {
  const response = await fetch(`${url}/broken`);
  await assert.rejects(response.text());
});

test("a body that is too long is refused before it has come, and the connection lives", async () => {
  const headers = { "content-type": "application/json" };
  const refused = await raw("/_slotwise/events", { method: "POST", headers, body: "x".repeat(300_000) });
  assert.equal(refused.status, 413);
  const foreign = await raw("/_slotwise/events", { method: "POST", headers: { ...headers, origin: "https://evil.example" }, body: "{}" });
  assert.equal(foreign.status, 403);
  assert.equal((await raw("/")).status, 200);
});

test("options that can never work are refused by name, and a process serves one shop", () => {
  const options = { storeOrigin: "https://shop.example", publicKey: shop.publicKey };
  assert.throws(() => createHandler({ ...options, storeOrigin: "shop.example" }), /storeOrigin is "shop.example"/);
  assert.throws(() => createHandler({ ...options, publicKey: "x" }), /publicKey/);
  assert.throws(() => createHandler(options), /another shop/);
});

test("a store that is away is a 502 of the handler's own", async () => {
  const { fetch: handled } = createHandler({
    storeOrigin: `http://127.0.0.1:${await freePort()}`,
    origin: server.url,
    publicKey: shop.publicKey,
  });
  const said = console.error;
  console.error = () => {};
  const response = await handled(new Request("http://shop.example/"));
  console.error = said;
  assert.equal(response.status, 502);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal((await handled(new Request("http://shop.example/_slotwise/health"))).status, 200);
});
