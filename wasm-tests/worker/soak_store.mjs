// The store of the soak, in a process of its own: pages with slots in every form, and answers that are none. Each answer says that it is
// the store's (`x-store`), with which status it was sent (`x-status`), and whether it is a whole page (`x-whole`).

import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

const CARD = `<template data-card><li data-item=""><a data-field="url" href="#"><b data-field="title">T</b></a><i data-field="price">1</i></li></template>`;
const slot = (name) => `<ul data-slotwise="${name}">${CARD}<li>own</li></ul>`;
const filler = (bytes) => '<p class="text">Lorem ipsum <em>dolor</em> sit amet, <a href="/x">consectetur</a>.</p>\n'.repeat(bytes / 80);
const page = (bytes) =>
  `<!doctype html><title>shop</title>${slot("home.recommended")}${filler(bytes)}${slot("product.alternatives")}<!--end-->`;
const SMALL = page(4000);
const LARGE = page(60_000);
const PACKED = gzipSync(page(20_000));

function answer(request, response) {
  const path = request.url.split("?", 1)[0];
  const say = (status, type, body, more = {}) => {
    const whole = status === 200 && type === "text/html" ? { "x-whole": "yes" } : {};
    const kind = type ? { "content-type": `${type}; charset=utf-8` } : {};
    response.writeHead(status, { "x-store": "yes", "x-status": status, ...kind, ...whole, ...more });
    response.end(body);
  };
  if (request.headers["if-none-match"] === '"v1"') return say(304, "", undefined, { etag: '"v1"' });
  if (request.headers.range === "bytes=0-99")
    return say(206, "text/html", SMALL.slice(0, 100), { "content-range": `bytes 0-99/${SMALL.length}` });
  if (path === "/gone") return say(404, "text/html", page(0));
  if (path === "/failing") return say(500, "text/html", page(0));
  if (path === "/moved") return say(302, "", "", { location: "/home" });
  if (path === "/cookies") return say(200, "text/html", SMALL, { "set-cookie": ["cart=1; Path=/", "seen=2; Path=/"] });
  if (path === "/picture") return say(200, "image/png", Buffer.alloc(3000));
  if (path === "/plain") return say(200, "text/plain", SMALL);
  if (path === "/empty") return say(204, "", undefined);
  if (path === "/large") return say(200, "text/html", LARGE, { etag: '"v1"' });
  if (path === "/packed") return say(200, "text/html", PACKED, { "content-encoding": "gzip" });
  if (path === "/broken") {
    response.writeHead(200, { "x-store": "yes", "content-type": "text/html", "content-length": LARGE.length });
    response.write(LARGE.slice(0, 10_000));
    return void setTimeout(() => response.destroy(), 5);
  }
  if (path === "/chunks") {
    response.writeHead(200, { "x-store": "yes", "x-status": 200, "x-whole": "yes", "content-type": "text/html" });
    // Pieces that end within tags.
    for (let at = 0; at < SMALL.length; at += 777) response.write(SMALL.slice(at, at + 777));
    return void response.end();
  }
  return say(200, "text/html", SMALL, { "cache-control": "max-age=0" });
}

const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
  request.resume();
  answer(request, response);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.on("disconnect", () => process.exit());
