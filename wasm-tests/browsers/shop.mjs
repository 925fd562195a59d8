// A small shop for the browsers: its own pages, the package's files as they are, the real Worker and the real origin. What a
// browser lacks or a shop forbids is set by real means wherever there are some: headers, and a server that is gone.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { demoStore, edge, freePort, logLines, publish, root, until } from "../stage.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
const DROPPED = ["content-encoding", "content-length", "transfer-encoding", "connection"];

/** A slot whose variants a visit about smartphones changes, and a row. */
const SLOTS = `
<section data-slotwise="home.hero">
  <div data-variant="welcome">Welcome</div>
  <template data-variant="smartphone"><div>Telephones</div></template>
</section>
<button id="act">Act</button>
<canvas width="1" height="3000"></canvas>
<section data-slotwise="home.recommended">
  <template data-card><article><a data-field="url title"></a></article></template>
  <article data-item="0">The shop's own</article>
</section>`;

/** Collects what the console would say: WebDriver has no way to read it. */
const NOISE = `globalThis.noise = [];
for (const kind of ["error", "warn"]) console[kind] = (...words) => noise.push(words.map(String).join(" "));
addEventListener("error", (event) => noise.push(String(event.message)));
addEventListener("unhandledrejection", (event) => noise.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => noise.push(event.violatedDirective + " " + event.blockedURI));`;

/** The module of the shop's own page. A file of its own, as a strict policy wants it. */
const script = (publicKey, options) => `import { load } from "/dist/index.js";
globalThis.slotwise = await load(${JSON.stringify({ publicKey, consent: "implied", ...options })});`;

export const page = (body = SLOTS) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>shop</title>
<script src="/before.js"></script><script type="module" src="/shop.js"></script></head><body>${body}</body></html>`;

/** The demo's shop with its origin and its store, and the Worker in front of the store. */
export async function stage() {
  const shop = publish();
  const store = await demoStore(shop);
  const worker = await edge(shop, store);
  await until("the first sync", async () => (await (await fetch(`${worker.url}/_slotwise/health`)).json()).snapshot);
  const stop = async () => {
    await worker.stop();
    await store.stop();
    shop.remove();
  };
  return { shop, store, worker, stop, log: () => logLines(store.log).map((line) => JSON.parse(line)) };
}

/**
 * A shop of one test: pages of its own that no edge has touched, and the Worker under `/_slotwise/`. `before` is a script that
 * runs before all others, `headers` come with every page and `always` with every answer, `body` is the page's, `options` are
 * those of `load`, and `files` are scripts of its own by path. `behind` is the address of a Worker that serves the pages instead.
 */
export async function open(
  { worker, shop },
  { before = "", headers: more = {}, body, always = {}, options = {}, behind, files = {} } = {},
) {
  const beacons = [];
  const asked = [];
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    asked.push(pathname);
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const parts = [];
    for await (const part of request) parts.push(part);
    const sent = Buffer.concat(parts);
    const own = (type, text) => response.writeHead(200, { "content-type": type }).end(text);
    if (pathname === "/before.js") return own("text/javascript", `${NOISE}\n${before}`);
    if (pathname === "/shop.js") return own("text/javascript", script(shop.publicKey, options));
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    if (files[pathname]) return own("text/javascript", files[pathname]);
    if (pathname.startsWith("/dist/")) return own(TYPES[extname(pathname)] ?? "text/plain", readFileSync(join(root, "js", pathname)));
    if (pathname.endsWith("/events")) beacons.push(JSON.parse(sent));
    if (!behind && !pathname.startsWith("/_slotwise/")) {
      return response.writeHead(200, { "content-type": "text/html", "cache-control": "private, no-cache", ...more }).end(page(body));
    }
    const { host: _, connection: __, origin: ___, "accept-encoding": ____, ...headers } = request.headers;
    const url = (behind ?? worker.url) + request.url;
    const inner = await fetch(url, { method: request.method, headers, redirect: "manual", ...(sent.length > 0 && { body: sent }) });
    for (const [name, value] of inner.headers) if (!DROPPED.includes(name)) response.appendHeader(name, value);
    const html = inner.headers.get("content-type")?.startsWith("text/html");
    const content = Buffer.from(await inner.arrayBuffer());
    response.writeHead(inner.status).end(html ? content.toString().replace("<head>", '<head><script src="/before.js"></script>') : content);
  };
  const port = await freePort();
  let server;
  const start = async () => {
    server = createServer((request, response) =>
      answer(request, response).catch((error) => response.headersSent || response.writeHead(502).end(String(error))),
    );
    await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  };
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  await start();
  return { url: `http://127.0.0.1:${port}`, beacons, asked, events: () => beacons.flatMap(({ events }) => events), start, stop };
}

/** Waits until a condition holds in a page, and returns what it gave. */
export const holds = (tab, condition, words) => until(`${condition}`, () => tab.evaluate(condition, words));

/** Waits until the engine has loaded or failed, and returns what `ready` tells. */
export async function ready(tab) {
  await holds(tab, () => Boolean(globalThis.slotwise));
  return tab.evaluate(async () => {
    const { ok, source, error } = await globalThis.slotwise.ready;
    return error ? { ok, source, code: error.code } : { ok, source };
  });
}

export const variant = (tab) =>
  tab.evaluate(() => document.querySelector('[data-slotwise="home.hero"] > [data-variant]:not(template)')?.dataset.variant ?? null);
export const cards = (tab, slot = "home.recommended") =>
  tab.evaluate((slot) => [...document.querySelectorAll(`[data-slotwise="${slot}"] > [data-item]`)].map((card) => card.dataset.item), slot);
export const noise = (tab) => tab.evaluate(() => globalThis.noise);

/** Looks at products. */
export const look = (tab, ids) =>
  tab.evaluate((ids) => {
    for (const item_id of ids) globalThis.slotwise.track("view_item", { items: [{ item_id, item_category: "electronics.smartphone" }] });
  }, ids);

/** Products that the visit has looked at, newest first. */
export const seen = (tab) =>
  tab.evaluate(async () => {
    const { session } = await globalThis.slotwise.explain();
    return session.events.filter(({ name }) => name === "view_item").map(({ item_id }) => item_id);
  });
