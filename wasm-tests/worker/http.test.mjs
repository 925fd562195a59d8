// HTTP around a page: validators, ranges, HEAD, redirects, cookies, encodings, content types. Real workerd, a store that answers
// what it is told, and clients that speak HTTP by hand where `fetch` would hide something.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { edge, Jar } from "../stage.mjs";
import { begin, visitor } from "./stage.mjs";
import { html, OWN } from "./store.mjs";

const FITTED = /data-slotwise-personalised/;
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-dest": "document" };
const HELD = {
  "if-none-match": '"v1"',
  "if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT",
  "if-range": '"v1"',
  range: "bytes=0-9",
};

let stage;
let host;
let warm;

before(async () => {
  stage = await begin();
  host = await stage.worker();
  warm = await visitor(host);
});

after(() => stage?.stop());

const get = (path, { jar = warm, of = host, headers = BROWSER, ...options } = {}) =>
  fetch(of.url + path, { redirect: "manual", headers: jar.headers(headers), ...options });

/** The last request of the store for a path. */
const asked = (path) => stage.store.asked.findLast(({ url }) => url === path);

/** A page with validators and ranges, as a server of files has it. */
function file(request, response) {
  const { headers } = request;
  response.setHeader("etag", '"v1"').setHeader("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT").setHeader("accept-ranges", "bytes");
  if (headers.range) {
    response.writeHead(206, { "content-type": "text/html", "content-range": `bytes 0-9/${OWN.length}` }).end(OWN.slice(0, 10));
  } else if (headers["if-none-match"] === '"v1"') response.writeHead(304).end();
  else html(request, response);
}

test("a browser that holds the neutral page gets the fitted one once its visit has begun", async () => {
  stage.store.answers["/file"] = file;
  const cold = await get("/file", { jar: new Jar() });
  assert.equal(cold.headers.get("etag"), '"v1"');
  assert.equal(await cold.text(), OWN);
  const held = { ...BROWSER, "if-none-match": '"v1"' };
  const again = await get("/file", { jar: new Jar(), headers: held });
  assert.equal(again.status, 304);
  assert.equal(asked("/file").headers["if-none-match"], '"v1"', "the store sees a cold visitor's validators");
  assert.match(again.headers.get("vary"), /cookie/i);
  assert.match(again.headers.get("server-timing"), /edge default/);
  const fitted = await get("/file", { headers: held });
  assert.equal(fitted.status, 200);
  assert.match(await fitted.text(), FITTED);
  assert.equal(fitted.headers.get("etag"), null);
});

test("a page that may be fitted is asked for as a whole, a script or a picture as the browser asks", async () => {
  stage.store.answers["/file"] = file;
  const fitted = await get("/file", {
    headers: { ...BROWSER, ...HELD, "if-match": '"v1"', "if-unmodified-since": HELD["if-modified-since"] },
  });
  assert.equal(fitted.status, 200);
  assert.match(await fitted.text(), FITTED);
  for (const name of [...Object.keys(HELD), "if-match", "if-unmodified-since"]) assert.equal(asked("/file").headers[name], undefined, name);
  const others = {
    picture: { accept: "image/avif,image/webp,*/*;q=0.8", "sec-fetch-dest": "image" },
    script: { accept: "*/*", "sec-fetch-dest": "script" },
    data: { accept: "application/json", "sec-fetch-dest": "empty" },
    "a picture that takes anything": { accept: "text/html, */*", "sec-fetch-dest": "image" },
  };
  for (const [what, headers] of Object.entries(others)) {
    const part = await get("/file", { headers: { ...headers, ...HELD } });
    assert.equal(part.status, 206, what);
    assert.equal(part.headers.get("content-range"), `bytes 0-9/${OWN.length}`, what);
    for (const [name, value] of Object.entries(HELD)) assert.equal(asked("/file").headers[name], value, `${what}: ${name}`);
  }
  // A script that loads pages: it is a page all the same.
  const loaded = await get("/file", { headers: { accept: "text/html", "sec-fetch-dest": "empty", "if-none-match": '"v1"' } });
  assert.match(await loaded.text(), FITTED);
});

test("a cold visitor gets ranges, which say what they depend on", async () => {
  stage.store.answers["/file"] = file;
  const part = await get("/file", { jar: new Jar(), headers: { ...BROWSER, range: "bytes=0-9" } });
  assert.equal(part.status, 206);
  assert.equal(await part.text(), OWN.slice(0, 10));
  assert.equal(part.headers.get("accept-ranges"), "bytes");
  assert.match(part.headers.get("vary"), /cookie/i);
});

test("where first pages can be fitted, they are, whatever the browser holds", async () => {
  const cold = await begin({ tour: true, answers: { "/": file } });
  try {
    const first = await cold.worker();
    const page = await get("/", { of: first, jar: new Jar(), headers: { ...BROWSER, "if-none-match": '"v1"' } });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("cache-control"), "private, no-cache");
    assert.equal(page.headers.get("vary"), "Cookie, User-Agent");
    const crawler = { ...BROWSER, "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" };
    const own = await get("/", { of: first, jar: new Jar(), headers: crawler });
    assert.equal(await own.text(), OWN);
    assert.equal(own.headers.get("etag"), '"v1"');
    assert.equal(own.headers.get("vary"), "Cookie, User-Agent");
  } finally {
    await cold.stop();
  }
});

test("without a snapshot a page says what it depends on", async () => {
  const host = await edge(stage.shop, { url: stage.store.url, origin: "http://127.0.0.1:1" });
  try {
    stage.store.answers["/file"] = file;
    const page = await get("/file", { of: host });
    assert.equal(await page.text(), OWN);
    assert.match(page.headers.get("vary"), /cookie/i);
    const again = await get("/file", { of: host, headers: { ...BROWSER, "if-none-match": '"v1"' } });
    assert.equal(again.status, 304, "nothing can be fitted, so the browser's copy is right");
    assert.match(again.headers.get("vary"), /cookie/i);
  } finally {
    await host.stop();
  }
});

test("redirects and several cookies pass one by one, and untouched", async () => {
  stage.store.answers["/moved"] = (_, response) => {
    response.appendHeader("set-cookie", ["a=1; Path=/", "b=2, with a comma; Path=/", "c=3; Expires=Wed, 21 Oct 2037 07:28:00 GMT"]);
    response.writeHead(302, { location: "/there?slotwise=kept#part", "content-type": "text/html" }).end("<a href=/there>moved</a>");
  };
  const answer = await get("/moved");
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("location"), "/there?slotwise=kept#part");
  assert.equal(answer.headers.get("vary"), null);
  assert.deepEqual(answer.headers.getSetCookie(), [
    "a=1; Path=/",
    "b=2, with a comma; Path=/",
    "c=3; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
  ]);
  stage.store.answers["/cookies"] = (request, response) => {
    response.appendHeader("set-cookie", ["a=1", "b=2"]);
    html(request, response);
  };
  const page = await get("/cookies");
  assert.match(await page.text(), FITTED);
  assert.deepEqual(page.headers.getSetCookie(), ["a=1", "b=2"]);
});

test("early hints and links pass", async () => {
  stage.store.answers["/hints"] = (request, response) => {
    response.writeEarlyHints({ link: "</a.css>; rel=preload; as=style" });
    response.setHeader("link", ["</a.css>; rel=preload; as=style", '<https://shop.example/>; rel="canonical"']);
    html(request, response);
  };
  const page = await get("/hints");
  assert.match(await page.text(), FITTED);
  assert.equal(page.headers.get("link"), '</a.css>; rel=preload; as=style, <https://shop.example/>; rel="canonical"');
});

test("compressed, chunked and empty pages", async () => {
  const encoded = { gzip: gzipSync, br: brotliCompressSync };
  for (const [encoding, encode] of Object.entries(encoded)) {
    stage.store.answers["/encoded"] = (_, response) =>
      response.writeHead(200, { "content-type": "text/html", "content-encoding": encoding }).end(encode(OWN));
    const page = await get("/encoded", { headers: { ...BROWSER, "accept-encoding": `${encoding}, zstd, dcb` } });
    assert.match(await page.text(), FITTED, encoding);
    assert.doesNotMatch(asked("/encoded").headers["accept-encoding"], /zstd|dcb/, "only what can be read is asked for");
    const neutral = await get("/encoded", { jar: new Jar(), headers: { ...BROWSER, "accept-encoding": encoding } });
    assert.equal(await neutral.text(), OWN, encoding);
  }
  // A store that sends what nobody asked for.
  const packed = zstdCompressSync(OWN);
  stage.store.answers["/zstd"] = (_, response) =>
    response.writeHead(200, { "content-type": "text/html", "content-encoding": "zstd", etag: '"z"' }).end(packed);
  const raw = await spoken(`GET /zstd HTTP/1.1\r\nHost: shop\r\nAccept: text/html\r\nCookie: slotwise=${warm.cookies.get("slotwise")}\r\n`);
  assert.match(raw.head, /content-encoding: zstd/i);
  assert.match(raw.head, /etag: "z"/i);
  assert.match(raw.head, /vary: cookie/i);
  assert.doesNotMatch(raw.head, /server-timing/i, "the page's script must not think that the edge has decided");
  assert.ok(raw.body.includes(packed), "byte for byte");
  stage.store.answers["/chunked"] = async (_, response) => {
    response.setHeader("content-type", "text/html");
    for (let at = 0; at < OWN.length; at += 7) {
      response.write(OWN.slice(at, at + 7));
      if (at % 35 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    response.end();
  };
  assert.match(await (await get("/chunked")).text(), FITTED);
  for (const length of ["0", undefined]) {
    stage.store.answers["/empty"] = (_, response) =>
      response.writeHead(200, { "content-type": "text/html", ...(length && { "content-length": length }) }).end();
    const empty = await get("/empty");
    assert.equal(empty.status, 200);
    assert.equal(await empty.text(), "");
  }
});

test("a page is known by its content type, in any case and spacing", async () => {
  const type = (value) => {
    stage.store.answers["/type"] = (_, response) => response.writeHead(200, { "content-type": value }).end(OWN);
    return get("/type").then((page) => page.text());
  };
  for (const is of [
    "text/html",
    "TEXT/HTML",
    "Text/Html ;charset=UTF-8",
    "text/html;  Charset = utf-8",
    'text/html;charset="utf-8"',
    "text/html;",
  ]) {
    assert.match(await type(is), FITTED, is);
  }
  for (const other of [
    "text/plain",
    "text/htmlx",
    "application/xhtml+xml",
    "text/html-part",
    "application/json; of=text/html",
    "",
    "text/html, text/plain",
  ]) {
    assert.equal(await type(other), OWN, other);
  }
});

test("only pages that came well are fitted: others pass with their status", async () => {
  for (const status of [201, 203, 404, 410, 500, 503]) {
    stage.store.answers["/status"] = (_, response) => response.writeHead(status, { "content-type": "text/html", etag: '"s"' }).end(OWN);
    const page = await get("/status");
    assert.equal(page.status, status);
    assert.equal(await page.text(), OWN);
    assert.equal(page.headers.get("etag"), '"s"');
  }
});

test("HEAD and forms", async () => {
  stage.store.answers["/file"] = file;
  const cold = await get("/file", { jar: new Jar(), method: "HEAD" });
  assert.equal(asked("/file").method, "HEAD");
  assert.equal(cold.headers.get("etag"), '"v1"');
  assert.match(cold.headers.get("vary"), /cookie/i);
  const head = await get("/file", { method: "HEAD", headers: { ...BROWSER, "if-none-match": '"v1"' } });
  assert.equal(head.status, 200);
  for (const name of ["etag", "content-length", "last-modified", "accept-ranges"]) assert.equal(head.headers.get(name), null, name);
  stage.store.answers["/form"] = (request, response) => {
    let body = "";
    request
      .on("data", (data) => (body += data))
      .on("end", () => response.setHeader("content-type", "text/html").end(`${request.method} ${body}${OWN}`));
  };
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    assert.equal(await (await get("/form", { method, body: "a=1" })).text(), `${method} a=1${OWN}`);
  }
});

/** Speaks HTTP/1.1 by hand; what came, as head and body. */
function spoken(text) {
  const { hostname, port } = new URL(host.url);
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = connect(Number(port), hostname, () => socket.write(`${text}Connection: close\r\n\r\n`));
    socket.on("data", (data) => parts.push(data)).on("error", reject);
    socket.on("end", () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf("\r\n\r\n");
      resolve({ head: all.subarray(0, end).toString(), body: all.subarray(end + 4) });
    });
  });
}
