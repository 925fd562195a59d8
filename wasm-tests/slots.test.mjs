// The slot contract on both hosts: every fixture of `wasm-tests/slots` through the Worker's own engine and through the
// page's in real Chromium. The page expected is one: byte for byte at the edge; in the browser compared with what its
// own parser makes of the edge's page. And a page that the edge has changed is not touched again.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, packageOnly, visitor } from "./page.mjs";
import { openShop, publish, root } from "./stage.mjs";

const FOLDER = join(root, "wasm-tests/slots");
const NOW = 1_800_000_000_000;
/** What the visit did, as `wasm-tests/slots.rs` has it. */
const VIEWS = [
  ["1", "lamps.desk"],
  ["2", "garden.hose"],
  ["1", "lamps.desk"],
];

/** A fixture's parts; what they are is said in `wasm-tests/slots.rs`. */
function fixture(file) {
  const text = readFileSync(join(FOLDER, file), "utf8");
  const [, notes, page, decisions, expected] =
    /^([\s\S]*?)<!-- page -->\n([\s\S]*)\n<!-- decisions: (.*) -->\n(?:<!-- stays -->|<!-- expected -->\n([\s\S]*))\n$/.exec(text) ?? [];
  assert.ok(notes, `${file} has its parts`);
  const note = (name) => new RegExp(`<!-- ${name}: (.*) -->`).exec(notes)?.[1];
  return {
    name: file.replace(".html", ""),
    page,
    expected: expected ?? page,
    decisions: JSON.parse(decisions),
    charset: note("charset") ?? "utf-8",
    visit: note("visit") ?? "treated",
    edgeOnly: note("edge only") !== undefined,
  };
}

const FIXTURES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".html"))
  .map(fixture);
/** What Node calls an encoding. */
const BUFFERS = { "iso-8859-1": "latin1" };
const encoded = ({ charset }, text) => Buffer.from(text, BUFFERS[charset] ?? charset);

let browser;
let page;
let shop;
let engine;
let stream;
let model;
/** The page that the browser asks for next. */
let served;
const tokens = {};

before(async () => {
  const of = (name) => `wasm-tests/slots/shop/${name}`;
  shop = publish({ events: of("log.csv"), products: of("products.csv"), plan: of("plan.json"), holdout: 0.5, tour: true });
  engine = await import("../js/dist/edge_engine.js");
  stream = await import("../js/dist/stream.js");
  engine.initSync({ module: readFileSync(join(root, "js/dist/edge_engine_bg.wasm")) });
  const bytes = readFileSync(shop.snapshotFile());
  model = openShop(engine, bytes);
  browser = await launch();
  ({ page } = await visitor(browser));
  await packageOnly(page);
  await page.route("**/shard/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop();
    return route.fulfill({ body: readFileSync(join(shop.published, "shard", name)) });
  });
  await page.route("**/slots.html*", (route) => route.fulfill(served));
  await page.goto("http://slots.test/package.html");
  await open();
  Object.assign(tokens, await page.evaluate(([views, now]) => globalThis.visits(views, now), [VIEWS, NOW]));
});

after(async () => {
  await browser?.close();
  shop?.remove();
});

/** Puts the page's engine into the document. */
async function open() {
  await page.evaluate(
    async ([manifest, now]) => {
      const { Page } = await import(new URL("/dist/page.js", location.href).href);
      const module = await WebAssembly.compileStreaming(fetch("/dist/engine.wasm"));
      const make = () => new WebAssembly.Instance(module);
      // As the package's own, but for the hashes, which a page without https cannot compute.
      const files = { file: async (name) => new Uint8Array(await (await fetch(`/shard/${name}`)).arrayBuffer()) };
      Date.now = () => now;

      /** Begins a visit, and waits for all that its decisions in the document need. */
      async function begin(token) {
        const queue = { token, base: "", quiet: true, allowed: false, keep: () => {} };
        const lent = { options: {}, queue, told: "", idle: (act) => setTimeout(act), grown: () => {}, watch: () => {} };
        const opened = new Page(lent, make, files, Promise.resolve([manifest]), "");
        await opened.sync();
        while (opened.apply(document, true).some(({ partial }) => partial)) {
          opened.track([]);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return opened;
      }

      /** The tokens of a visit that is held out, and of one that is not. */
      globalThis.visits = async (views, now) => {
        const found = {};
        for (let ago = 0; ago < 100 && !(found.treated && found["held out"]); ago++) {
          Date.now = () => now - ago * 1000;
          const visit = await begin(undefined);
          visit.track(
            views.map(([item_id, item_category]) => ({ name: "view_item", params: { items: [{ item_id, item_category }] }, time_ms: now })),
          );
          found[visit.decide("own")[0].arm === "holdout" ? "held out" : "treated"] ??= visit.visit.token;
        }
        Date.now = () => now;
        return found;
      };

      const all = (node) =>
        [...node.querySelectorAll("*")].flatMap((element) => [
          element,
          ...(element instanceof HTMLTemplateElement ? all(element.content) : []),
        ]);

      /** The document as source, attributes by their names: their order says nothing. */
      globalThis.source = () => {
        const copy = document.documentElement.cloneNode(true);
        for (const element of [copy, ...all(copy)]) {
          const attributes = [...element.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
          for (const { name } of attributes) element.removeAttribute(name);
          for (const { name, value } of attributes) {
            try {
              element.setAttribute(name, value);
            } catch {
              // A name that only the parser can give.
            }
          }
        }
        return copy.outerHTML;
      };

      /** Changes the document as the visit's decisions say: those, and what was changed. */
      globalThis.take = async (token) => {
        const visit = await begin(token);
        const seen = new MutationObserver(() => {});
        for (const node of [
          document,
          ...all(document).flatMap((element) => (element instanceof HTMLTemplateElement ? element.content : [])),
        ]) {
          seen.observe(node, { subtree: true, childList: true, attributes: true, characterData: true });
        }
        const decisions = visit.apply(document, false).map(({ slot, personalised, variant, items, order }) => {
          const rows = items.length > 0 ? items.map(({ item_id }) => item_id) : order;
          return [slot, personalised ? (variant ?? rows) : null];
        });
        const records = seen.takeRecords().map(({ type, target, attributeName }) => `${type} ${target.nodeName} ${attributeName ?? ""}`);
        // Of a slot that is on the page for several products, the first.
        return [Object.fromEntries(decisions.reverse()), records];
      };
    },
    [{ ...shop.manifest(), published_ms: NOW }, NOW],
  );
}

/** What a browser's parser makes of a page, and what the page's engine then makes of that. */
async function taken(one, body) {
  served = { contentType: `text/html; charset=${one.charset}`, body };
  await page.goto("http://slots.test/slots.html");
  await open();
  const parsed = await page.evaluate(() => globalThis.source());
  const [decisions, records] = await page.evaluate((token) => globalThis.take(token), tokens[one.visit]);
  return { parsed, decisions, records, source: await page.evaluate(() => globalThis.source()) };
}

for (const one of FIXTURES) {
  test(one.name, async () => {
    const type = `text/html; charset=${one.charset}`;
    const bytes = encoded(one, one.page);
    const chunks = (size) =>
      ReadableStream.from(Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)));
    const fitted = async (body) => {
      const response = stream.fit(new Response(body, { headers: { "content-type": type } }), model.page(tokens[one.visit], type, NOW));
      return Buffer.from(await response.arrayBuffer());
    };
    const atEdge = await fitted(bytes);
    assert.deepEqual(await fitted(chunks(7)), atEdge, "chunks make no difference");
    const text = atEdge.toString(BUFFERS[one.charset] ?? one.charset);
    assert.equal(text.replace(/ data-slotwise-shows="[^"]*"/g, ' data-slotwise-shows="…"'), one.expected, "at the edge");

    const after = await taken(one, atEdge);
    if (one.edgeOnly) return;
    assert.deepEqual(after.records, [], "a page that the edge has changed is not touched again");
    const alone = await taken(one, bytes);
    assert.equal(alone.source, after.parsed, "in the browser");
    assert.deepEqual(alone.decisions, one.decisions);
  });
}
