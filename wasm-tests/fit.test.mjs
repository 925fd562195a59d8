// Pages through the engine in real workerd, and by the same script in Node: first byte, back-pressure, a
// store that breaks off, sixty megabytes, an engine that fails in the middle of a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bareEdge, origin, post, openShop, publish, root, smartphones, synced, until, view, withoutPack, Jar } from "./stage.mjs";

let shop;
let server;
let worker;
let store;
let engine;
let stream;
let model;
let answer = (_, response) => response.end();
const jar = new Jar();

const HTML = "text/html; charset=utf-8";
const card = '<template data-card><li data-item=""><b data-field="title">T</b></li></template>';
const slot = (own = "<li>own</li>") => `<ul data-slotwise="home.recommended">${card}${own}</ul>`;
const filler = '<p class="text">Lorem ipsum <em>dolor</em> sit amet, <a href="/x">consectetur</a>.</p>\n';

before(async () => {
  shop = publish();
  server = await origin(shop);
  store = createServer((request, response) => {
    response.setHeader("content-type", HTML);
    request.resume();
    answer(request, response);
  });
  await new Promise((resolve) => store.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${store.address().port}`;
  worker = await bareEdge(shop, url, { SLOTWISE_ORIGIN: server.url });
  await synced(worker);
  for (const id of smartphones) await post(worker.url, jar, [view(id, "electronics.smartphone")]);
  // The same engine and the same script in Node.
  engine = await import("../js/dist/edge_engine.js");
  stream = await import("../js/dist/stream.js");
  engine.initSync({ module: readFileSync(join(root, "js/dist/edge_engine_bg.wasm")) });
  const bytes = readFileSync(shop.snapshotFile());
  model = openShop(engine, bytes);
});

after(async () => {
  worker?.stop();
  store?.closeAllConnections();
  store?.close();
  await server?.stop();
  shop?.remove();
});

const page = (path = "/") => fetch(`${worker.url}${path}`, { headers: jar.headers() });
const fitting = () => model.page(jar.cookies.get("slotwise"), HTML, Date.now());
const inNode = (body, headers = { "content-type": HTML }) => stream.fit(new Response(body, { headers }), fitting());
const parts = (...chunks) => ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk)));
const cards = (html) => [...html.replace(/<template[\s\S]*?<\/template>/g, "").matchAll(/<li data-item="([^"]+)"/g)].map(([, id]) => id);

test("a page in workerd and in Node has the same slots, and all else as it was", async () => {
  const html = `<!doctype html><p>a${slot()}${filler}<svg><path/></svg><!-- b -->`;
  answer = (_, response) => response.end(html);
  const response = await page();
  const atEdge = await response.text();
  const shown = cards(atEdge);
  assert.equal(shown.length, 8);
  assert.ok(atEdge.startsWith("<!doctype html><p>a<ul data-slotwise-shows="));
  assert.ok(withoutPack(atEdge).endsWith(`</ul>${filler}<svg><path/></svg><!-- b -->`));
  assert.doesNotMatch(atEdge, /own/);
  assert.match(response.headers.get("server-timing"), /slotwise;desc="edge [0-9a-f]+"/);
  for (const body of [html, parts(...html.match(/[\s\S]{1,7}/g)), parts(...html)]) {
    const personalised = inNode(body, { "content-type": HTML, etag: "x", "content-encoding": "gzip" });
    assert.equal(await personalised.text(), withoutPack(atEdge));
    assert.deepEqual([personalised.headers.get("etag"), personalised.headers.get("content-encoding")], [null, null]);
  }
});

test("the first byte and every later one goes out before the store has ended", async () => {
  let more;
  answer = async (_, response) => {
    for (const chunk of ["<!doctype html><p>first", `<p>second${slot()}`, "<p>third"]) {
      response.write(chunk);
      await new Promise((resolve) => {
        more = resolve;
      });
    }
    response.end("<p>last");
  };
  const reader = (await page()).body.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  for (const expected of [/first$/, /second<ul .*<\/ul>$/s, /third$/, /last(<script .*<\/script>)?$/s]) {
    while (!expected.test(seen)) {
      const { value, done } = await reader.read();
      assert.ok(!done, `the page ended with ${seen.slice(-80)}`);
      seen += decoder.decode(value, { stream: true });
    }
    more();
  }
});

test("a store that breaks off in the middle of a slot behaves as without the engine", async () => {
  const html = `<!doctype html><p>a<ul data-slotwise="home.recommended">${card}<li>own</li>`;
  answer = (_, response) => {
    response.setHeader("content-length", 100_000);
    response.write(html);
    setTimeout(() => response.socket.destroy(), 200);
  };
  // Read without a stream of the platform's, which would drop what it has when an error comes.
  const [seen, end] = await new Promise((resolve) => {
    let text = "";
    get(worker.url, { headers: jar.headers() }, (response) => {
      response.setEncoding("utf8").on("data", (data) => {
        text += data;
      });
      response.on("error", () => resolve([text, "broken off"]));
      response.on("end", () => resolve([text, "whole"]));
    });
  });
  assert.deepEqual([seen, end], [html, "broken off"]);

  const broken = new ReadableStream({
    start: (control) => control.enqueue(Buffer.from(html)),
    pull: (control) => control.error(new Error("the store is gone")),
  });
  const inside = inNode(broken).body.getReader();
  assert.equal(Buffer.from((await inside.read()).value).toString(), "<!doctype html><p>a");
  assert.equal(Buffer.from((await inside.read()).value).toString(), html.slice("<!doctype html><p>a".length));
  await assert.rejects(inside.read());
});

test("an engine that fails in the middle of a page loses nothing of it", async () => {
  const html = `<!doctype html>${filler}${slot("<li>own</li>".repeat(20))}${filler}${slot()}<p>end`;
  const chunks = html.match(/[\s\S]{1,31}/g);
  const intact = await inNode(parts(...chunks)).text();
  const panic = new WebAssembly.RuntimeError("unreachable");
  const reported = console.error;
  console.error = () => {};
  try {
    for (let fails = 0; fails <= chunks.length; fails++) {
      const real = fitting();
      let fed = 0;
      const failing = {
        get held() {
          return real.held;
        },
        headers: "",
        feed(chunk) {
          if (fed++ === fails) throw panic;
          return real.feed(chunk);
        },
        end() {
          throw panic;
        },
        take: (into) => real.take(into),
        free: () => real.free(),
      };
      const got = await stream.fit(new Response(parts(...chunks)), failing).text();
      // What is personalised by then is personalised; from there on the page is the store's, to the byte.
      let same = 0;
      while (got[same] === intact[same] && same < got.length) same++;
      const rest = got.slice(same);
      assert.ok(html.endsWith(rest), `failing at ${fails}: ${rest.slice(0, 80)}`);
      const slots = (page) => page.replace(/<ul data-slotwise-shows[\s\S]*?<\/ul>/g, "\u0001");
      const pattern = slots(got).split("\u0001");
      let at = 0;
      for (const part of pattern) {
        const found = html.indexOf(part, at);
        assert.ok(found >= at, `failing at ${fails}: lost what follows ${html.slice(at, at + 40)}`);
        at = found + part.length;
      }
      assert.equal(at, html.length, `failing at ${fails}: the end is lost`);
    }
  } finally {
    console.error = reported;
  }
});

test("sixty megabytes pass in bounded memory, no faster than they are read", async () => {
  const part = filler.repeat(700) + slot();
  const count = Math.ceil(60_000_000 / part.length);
  let written = 0;
  answer = async (_, response) => {
    for (let number = 0; number < count; number++) {
      written += part.length;
      if (!response.write(part)) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
  };
  const reader = (await page()).body.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  // The kernel takes in some megabytes at each of the two connections.
  assert.ok(written < 30_000_000, `${written} bytes were taken in while nobody read`);
  let read = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    read += value.length;
  }
  assert.ok(written >= 60_000_000 && read > 60_000_000, `${read} of ${written} bytes`);
  // The engine's own memory, which only grows: pages in workerd and here run the same code.
  const memory = engine.initSync().memory;
  const before = memory.buffer.byteLength;
  let total = 0;
  for await (const chunk of inNode(ReadableStream.from(Array.from({ length: count }, () => Buffer.from(part)))).body) total += chunk.length;
  assert.ok(total > 20_000_000);
  assert.ok(memory.buffer.byteLength - before <= 2 ** 21, `${memory.buffer.byteLength - before} bytes more`);
});

test("hostile nesting takes time in proportion to its length", async () => {
  // Both lengths are beyond all bounds: of a shorter page without slots no tag is read.
  const costs = (bytes, again) => {
    const chunk = Buffer.from(again.repeat(bytes / again.length));
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run++) {
      const one = fitting();
      const began = process.hrtime.bigint();
      one.feed(chunk);
      one.end();
      least = Math.min(least, Number(process.hrtime.bigint() - began));
      one.free();
    }
    return least;
  };
  for (const again of ["</x>", "<div>", "<b>", "<svg>", "<li><ul>", '<ul data-slotwise="home.recommended">']) {
    const ratio = costs(4_800_000, again) / costs(600_000, again);
    assert.ok(ratio < 40, `eight times as many ${again} took ${ratio.toFixed(1)} times as long`);
  }
});

test("a reader who leaves is heard of by the store", async () => {
  let closed = false;
  answer = (_, response) => {
    response.on("close", () => {
      closed = true;
    });
    const timer = setInterval(() => response.write(filler.repeat(50)), 20);
    response.on("close", () => clearInterval(timer));
  };
  const { port } = new URL(worker.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\ncookie: ${jar.headers().cookie}\r\nuser-agent: Firefox\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await until("the store's connection to close", () => closed);
  let cancelled = false;
  const body = new ReadableStream({
    pull: (control) => control.enqueue(Buffer.from(filler)),
    cancel: () => {
      cancelled = true;
    },
  });
  const reader = inNode(body).body.getReader();
  await reader.read();
  await reader.cancel();
  await until("the body to be cancelled", () => cancelled);
});

test("encodings: what is written fits the page, and what is no superset of ASCII passes as it is", async () => {
  const html = `<p>\u00e9${slot()}`;
  for (const [type, bytes] of [
    ["text/html; charset=utf-16le", Buffer.from(html, "utf16le")],
    ["text/html; charset=iso-2022-jp", Buffer.from(html, "latin1")],
    ["text/html", Buffer.from(`\ufeff${html}`, "utf16le")],
  ]) {
    answer = (_, response) => {
      response.setHeader("content-type", type);
      response.end(bytes);
    };
    assert.deepEqual(Buffer.from(await (await page()).arrayBuffer()), bytes, type);
  }
  answer = (_, response) => {
    response.setHeader("content-type", "text/html; charset=iso-8859-1");
    response.end(Buffer.from(html, "latin1"));
  };
  const latin = Buffer.from(await (await page()).arrayBuffer()).toString("latin1");
  assert.ok(latin.startsWith("<p>\u00e9<ul data-slotwise-shows"), latin.slice(0, 80));
  assert.equal(cards(latin).length, 8);
});
