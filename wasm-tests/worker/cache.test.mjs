// The page cache in real workerd: what is kept, for how long, for whom, and what happens when the cache itself fails.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Jar, until } from "../stage.mjs";
import { begin, visitor } from "./stage.mjs";
import { html, OWN } from "./store.mjs";

const FITTED = /data-slotwise-personalised/;
const BROWSER = { accept: "text/html,*/*;q=0.8", "sec-fetch-dest": "document" };

let stage;
let host;
let warm;

before(async () => {
  stage = await begin();
  host = await stage.worker();
  warm = await visitor(host);
});

after(() => stage?.stop());

const get = (path, { jar = new Jar(), of = host, headers = {}, ...options } = {}) =>
  fetch(of.url + path, { headers: jar.headers({ ...BROWSER, ...headers }), ...options });
const times = (path) => stage.store.asked.filter(({ url }) => url === path).length;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page with these headers; its path. */
let made = 0;
function page(headers, answer = html) {
  const path = `/page/${++made}`;
  stage.store.answers[path] = (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request, response);
  };
  return path;
}

/** Asks for a page until it comes from the cache. Putting it there goes on behind the answer. */
async function filled(path, options) {
  await (await get(path, options)).text();
  return until(`${path} to be kept`, async () => {
    const answer = await get(path, options);
    const text = await answer.text();
    return answer.headers.has("age") && { answer, text };
  });
}

test("a page that shared caches may keep is asked for once, and fitted after it has come from the cache", async () => {
  for (const caching of ["public, max-age=60", "S-MaxAge=60", 's-maxage="60", max-age=0']) {
    const path = page({ "cache-control": caching, etag: '"v1"', vary: "Accept-Encoding", expires: "Wed, 21 Oct 2037 07:28:00 GMT" });
    const { answer, text } = await filled(path);
    const before = times(path);
    assert.equal(text, OWN);
    assert.equal(answer.headers.get("cache-control"), caching, "the shop's own");
    assert.equal(answer.headers.get("expires"), "Wed, 21 Oct 2037 07:28:00 GMT");
    assert.equal(answer.headers.get("etag"), '"v1"');
    assert.equal(answer.headers.get("vary"), "Accept-Encoding, Cookie");
    assert.equal(answer.headers.get("slotwise-entry"), null);
    assert.equal(answer.headers.get("cf-cache-status"), null);
    const fitted = await get(path, { jar: warm });
    assert.match(await fitted.text(), FITTED);
    assert.equal(fitted.headers.get("cache-control"), "private, no-cache");
    for (const name of ["age", "etag", "expires", "slotwise-entry"]) assert.equal(fitted.headers.get(name), null, name);
    assert.equal(await (await get(path)).text(), OWN, "what was fitted to one visit is not kept for the next");
    const head = await get(path, { method: "HEAD" });
    assert.equal(head.headers.get("etag"), '"v1"');
    assert.equal(await head.text(), "");
    assert.equal((await get(path, { headers: { "if-none-match": 'W/"v0", "v1"' } })).status, 304);
    assert.equal((await get(path, { headers: { "if-none-match": '"v2"' } })).status, 200);
    assert.equal((await get(path, { jar: warm, headers: { "if-none-match": '"v1"' } })).status, 200);
    assert.equal(times(path), before);
  }
});

test("a page is known by its date where it has no tag", async () => {
  const path = page({ "cache-control": "s-maxage=60", "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" });
  await filled(path);
  const since = (date) => get(path, { headers: { "if-modified-since": date } }).then(({ status }) => status);
  assert.equal(await since("Wed, 21 Oct 2015 07:28:00 GMT"), 304);
  assert.equal(await since("Tue, 20 Oct 2015 07:28:00 GMT"), 200);
  assert.equal(await since("yesterday"), 200);
});

test("what the store does not allow is not kept", async () => {
  const kept = { "cache-control": "public, max-age=60" };
  const pages = {
    "says nothing": {},
    "has only max-age": { "cache-control": "max-age=60" },
    "is stale at once": { "cache-control": "public, max-age=0" },
    "is stale at shared caches": { "cache-control": "public, max-age=60, s-maxage=0" },
    "is private": { "cache-control": "private, s-maxage=60" },
    "is no-store": { "cache-control": "s-maxage=60, no-store" },
    "is no-cache": { "cache-control": 'public, max-age=60, no-cache="set-cookie"' },
    "is forbidden to CDNs": { ...kept, "cdn-cache-control": "no-store" },
    "is stale at CDNs": { ...kept, "cdn-cache-control": "max-age=0" },
    "is forbidden to surrogates": { ...kept, "surrogate-control": "no-store" },
    "is forbidden of old": { ...kept, pragma: "no-cache" },
    "sets a cookie": { ...kept, "set-cookie": "a=1" },
    "varies by cookie": { ...kept, vary: "Cookie" },
    "varies by language": { ...kept, vary: "Accept-Encoding, Accept-Language" },
    "varies by all": { ...kept, vary: "*" },
    "is old already": { ...kept, age: "60" },
  };
  for (const [what, headers] of Object.entries(pages)) {
    const path = page(headers);
    for (let time = 0; time < 3; time++) {
      assert.equal(await (await get(path)).text(), OWN);
      await pause(20);
    }
    assert.equal(times(path), 3, what);
  }
  const others = {
    "is missing": page(kept, (_, response) => response.writeHead(404, { "content-type": "text/html" }).end(OWN)),
    "is data": page(kept, (_, response) => response.setHeader("content-type", "application/json").end("{}")),
  };
  for (const [what, path] of Object.entries(others)) {
    for (let time = 0; time < 3; time++) await (await get(path)).text().then(() => pause(20));
    assert.equal(times(path), 3, what);
  }
});

test("a request that is somebody's own, for a part, or for no page goes to the store", async () => {
  const path = page({ "cache-control": "public, max-age=60" });
  await filled(path);
  const own = {
    authorization: { authorization: "Basic YTpi" },
    range: { range: "bytes=0-9" },
    "if-match": { "if-match": '"v1"' },
    picture: { accept: "image/*", "sec-fetch-dest": "image" },
  };
  for (const [what, headers] of Object.entries(own)) {
    const before = times(path);
    await (await get(path, { headers })).text();
    assert.equal(times(path), before + 1, what);
  }
  const before = times(path);
  await (await get(path, { jar: warm, headers: { range: "bytes=0-9" } })).text();
  assert.equal(times(path), before, "a fitted page has no ranges");
});

test("a page with a preview link is kept without the link, and a form makes the page new", async () => {
  const path = page({ "cache-control": "public, max-age=60" });
  await filled(path);
  const before = times(path);
  for (const [query, store] of [
    ["?slotwise_preview=forged.link", path],
    ["?slotwise_preview=forged.link&a=1", `${path}?a=1`],
    ["?a=1&slotwise_preview=forged.link", `${path}?a=1`],
    ["?a=1&slotwise_preview=forged.link&b=2", `${path}?a=1&b=2`],
  ]) {
    stage.store.answers[path.split("?")[0]] ??= html;
    await filled(store);
    const count = stage.store.asked.length;
    const preview = await get(path + query, { jar: warm });
    assert.match(preview.headers.get("slotwise-preview"), /^this link has expired/);
    assert.equal(preview.headers.get("cache-control"), "private, no-store");
    assert.equal(stage.store.asked.length, count, query);
  }
  assert.equal(times(path), before);
  await (await get(path, { method: "POST", body: "a=1" })).text();
  await until("the page to be asked for again", async () => {
    await (await get(path)).text();
    return times(path) > before + 1;
  });
});

test("age is right, from the store on, and a page is used no longer than it may be", async () => {
  let version = 0;
  const path = page({ "cache-control": "public, max-age=12", age: "10" }, (_, response) =>
    response.setHeader("content-type", "text/html").end(`${OWN}${++version}`),
  );
  const { answer, text } = await filled(path);
  assert.ok(Number(answer.headers.get("age")) >= 10);
  assert.equal(text, `${OWN}${version}`);
  const before = version;
  await until("the page to be old", async () => (await (await get(path)).text()) === `${OWN}${before + 1}`, 5);
});

test("a page is used while it is renewed, if the store says so", async () => {
  let version = 0;
  const path = page({ "cache-control": "public, max-age=3, stale-while-revalidate=60" }, (_, response) =>
    setTimeout(() => response.setHeader("content-type", "text/html").end(`${OWN}${++version}`), version > 0 ? 500 : 0),
  );
  const { text } = await filled(path);
  assert.equal(text, `${OWN}1`);
  await pause(3500);
  const answers = await Promise.all(Array.from({ length: 10 }, async () => (await get(path)).text()));
  assert.deepEqual(new Set(answers), new Set([`${OWN}1`]), "nobody waits for the store");
  await until("the renewed page", async () => (await (await get(path)).text()) === `${OWN}2`);
  assert.equal(times(path), 2, "the store was asked once");
});

test("a compressed page is kept for readers of every encoding", async () => {
  const path = page({ "cache-control": "public, max-age=60", "content-encoding": "gzip", etag: '"v1"' }, (_, response) =>
    response.setHeader("content-type", "text/html").end(gzipSync(OWN)),
  );
  for (const encoding of ["gzip", "identity"]) {
    const { answer, text } = await filled(path, { headers: { "accept-encoding": encoding } });
    assert.equal(text, OWN);
    assert.equal(answer.headers.get("etag"), 'W/"v1"');
    assert.match(await (await get(path, { jar: warm, headers: { "accept-encoding": encoding } })).text(), FITTED);
  }
});

test("a page that breaks off is not kept", async () => {
  let breaks = true;
  const path = page({ "cache-control": "public, max-age=60" }, (request, response) => {
    if (!breaks) return html(request, response);
    response.writeHead(200, { "content-type": "text/html", "content-length": String(OWN.length) });
    response.write(OWN.slice(0, 50), () => response.destroy());
  });
  await assert.rejects(get(path).then((answer) => answer.text()));
  await pause(200);
  breaks = false;
  const answer = await get(path);
  assert.equal(await answer.text(), OWN);
  assert.equal(answer.headers.get("age"), null);
});

test("without PAGE_CACHE every page is asked for", async () => {
  const off = await stage.worker({ bindings: { PAGE_CACHE: "off" } });
  const path = page({ "cache-control": "public, max-age=60" });
  for (let time = 0; time < 3; time++) assert.equal(await (await get(path, { of: off })).text().then((text) => text), OWN);
  assert.equal(times(path), 3);
});

test("a shop that allows no page to be kept is spared the question, until it allows one", async () => {
  let code = 0;
  const mend = (modules) => {
    const name = "edge_cache.js";
    const counted =
      "globalThis.questions ??= 0; const count = (cache) => cache && { match: (url) => (globalThis.questions++, cache.match(url)), put: (...words) => cache.put(...words), delete: (url) => cache.delete(url) };\n";
    const contents = modules[name].contents.replace("globalThis.caches?.default", "count(globalThis.caches?.default)");
    code += contents !== modules[name].contents;
    modules[name] = { ...modules[name], contents: counted + contents };
    const handler = "edge_handler.js";
    modules[handler].contents = modules[handler].contents.replace(
      "const { url } = request;",
      'const { url } = request; if (url.endsWith("/questions")) return new Response(String(globalThis.questions));',
    );
    return modules;
  };
  const of = await stage.worker({ mend });
  assert.equal(code, 1);
  const questions = async () => Number(await (await get("/questions", { of })).text());
  const never = page({ "cache-control": "private" });
  for (let time = 0; time < 30; time++) await (await get(never, { of })).text();
  assert.equal(await questions(), 16);
  const path = page({ "cache-control": "public, max-age=60" });
  await filled(path, { of });
  assert.ok((await questions()) > 16);
});

test("a cache that throws, hangs or lies never costs a page", async () => {
  const caches = {
    throws: "const own = { default: { match() { throw new Error('no cache'); }, put() { throw new Error('no cache'); } } };",
    rejects: "const no = () => Promise.reject(new Error('no cache')); const own = { default: { match: no, put: no, delete: no } };",
    "hangs, then": "const never = () => new Promise(() => {}); const own = { default: { match: never, put: never, delete: never } };",
    lies: "const own = { default: { match: async () => new Response('lie', { headers: { 'slotwise-entry': 'x' } }), put: async () => {} } };",
    "is not there,": "const own = undefined;",
  };
  for (const [does, code] of Object.entries(caches)) {
    const mend = (modules) => {
      const name = "edge_cache.js";
      const { contents } = modules[name];
      modules[name] = { ...modules[name], contents: `${code}\n${contents.replaceAll("globalThis.caches", "own")}` };
      return modules;
    };
    const of = await stage.worker({ mend });
    const path = page({ "cache-control": "public, max-age=60" });
    const began = Date.now();
    for (let time = 0; time < 5; time++) {
      assert.equal(await (await get(path, { of })).text(), OWN, does);
      assert.match(await (await get(path, { of, jar: warm })).text(), FITTED, does);
    }
    await (await get(path, { of, method: "POST", body: "a" })).text();
    assert.ok(Date.now() - began < 1500, `a cache that ${does} costs ${Date.now() - began} ms in ten pages`);
  }
});
