// The Worker in real workerd, in front of the demo store and the real origin.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  ask,
  demoStage,
  demoStore,
  edge,
  health,
  Jar,
  manifestOf,
  origin,
  phoneLover,
  post,
  publish,
  smartphones,
  synced,
  until,
  withoutPack,
  view,
} from "./stage.mjs";

let shop;
let store;
let worker;
let stop;

before(async () => {
  ({ shop, store, worker, stop } = await demoStage());
});

after(() => stop?.());

const home = (of, jar, more) => fetch(`${of.url}/`, { headers: jar.headers(more) });
const text = async (response) => (await response).text();
const slot = (html, name) => {
  const start = html.indexOf(`data-slotwise="${name}"`);
  assert.ok(start > 0, `the page has no slot ${name}`);
  return html.slice(html.lastIndexOf("<", start), html.indexOf("</section>", start));
};
const outsideTemplates = (html) => html.replace(/<template[\s\S]*?<\/template>/g, "");
const cards = (html) => [...outsideTemplates(html).matchAll(/data-item="([^"]+)"/g)].map((match) => match[1]);

test("a fresh visitor and a crawler see the shop's own page, byte for byte", async () => {
  const own = await text(fetch(`${store.url}/`));
  assert.equal(await text(home(worker, new Jar())), own);
  const jar = await phoneLover(worker);
  assert.equal(await text(home(worker, jar, { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" })), own);
});

test("three smartphone views bring the smartphone hero and related products, and a small cookie", async () => {
  const jar = await phoneLover(worker);
  assert.ok(jar.cookies.get("slotwise").length <= 512);
  const response = await home(worker, jar);
  const html = await response.text();
  const hero = slot(html, "home.hero");
  assert.match(hero, /data-slotwise-personalised/);
  assert.match(outsideTemplates(hero), /data-variant="smartphone"/);
  assert.doesNotMatch(outsideTemplates(hero), /data-variant="welcome"/);
  assert.match(hero, /<template data-variant="welcome">/);
  const shown = cards(slot(html, "home.recommended"));
  assert.equal(shown.length, 8);
  assert.equal(new Set(shown).size, 8);
  assert.ok(
    smartphones.every((id) => !shown.includes(id)),
    "what was seen is not recommended",
  );
  assert.equal(response.headers.get("cache-control"), "private, no-cache");
  assert.match(response.headers.get("vary") ?? "", /cookie/i);
  assert.equal(response.headers.get("etag"), null);
  const plain = await text(fetch(`${store.url}/`));
  const rest = (page) => page.slice(page.indexOf("<footer"));
  assert.equal(rest(withoutPack(html)), rest(plain), "what is no slot is not touched");
});

test("the cards of a filled slot have the shop's own markup", async () => {
  const html = await text(home(worker, await phoneLover(worker)));
  const tags = (card) => [...card.matchAll(/<([a-z0-9]+)/g)].map((match) => match[1]).join(" ");
  const first = (page) => /<(article|li|div)[^>]*data-item="[^"]+"[\s\S]*?<\/\1>/.exec(outsideTemplates(slot(page, "home.recommended")))[0];
  assert.equal(tags(first(html)), tags(first(await text(fetch(`${store.url}/`)))));
  assert.doesNotMatch(first(html), /data-item=""|src=""|href=""/);
});

test("a product page's row belongs to its product", async () => {
  const jar = await phoneLover(worker);
  const html = await text(fetch(`${worker.url}/product/${smartphones[0]}`, { headers: jar.headers() }));
  const shown = cards(slot(html, "product.related")).filter((id) => id !== smartphones[0]);
  assert.ok(shown.length >= 8, `${shown.length} cards`);
});

test("a damaged, foreign or future cookie is a fresh visit", async () => {
  const own = await text(fetch(`${store.url}/`));
  for (const value of ["x", "A".repeat(4000), "%00", "AgAAAA"]) {
    const jar = new Jar();
    jar.cookies.set("slotwise", value);
    assert.equal(await text(home(worker, jar)), own, value.slice(0, 10));
  }
});

test("snapshot and manifest are served on with honest caching", async () => {
  const { snapshot } = await health(worker);
  const manifest = await fetch(`${worker.url}/_slotwise/manifest`);
  assert.equal(manifestOf(await manifest.text()).current.snapshot, snapshot);
  const again = await fetch(`${worker.url}/_slotwise/manifest`, { headers: { "if-none-match": manifest.headers.get("etag") } });
  assert.equal(again.status, 304);
  const bytes = await fetch(`${worker.url}/_slotwise/snapshot/${snapshot}`);
  assert.match(bytes.headers.get("cache-control"), /immutable/);
  assert.deepEqual(Buffer.from(await bytes.arrayBuffer()), readFileSync(shop.snapshotFile()));
  assert.equal((await fetch(`${worker.url}/_slotwise/snapshot/${"0".repeat(64)}`)).status, 404);
});

test("a snapshot damaged at the origin is refused, and a new one is taken", async () => {
  const mine = publish();
  const server = await demoStore(mine);
  const host = await edge(mine, server);
  try {
    const good = await synced(host);
    // A newer snapshot appears, with one byte of it wrong.
    mine.train(["www/data/rees46-2019-oct.csv.gz", "--neighbours", "8"]);
    // Its patch too, or the edge would not need the whole file.
    const { current } = mine.manifest();
    const damaged = [mine.snapshotFile(), ...current.patches.map(({ patch }) => join(mine.published, "patch", patch))];
    assert.equal(damaged.length, 2);
    for (const file of damaged) {
      copyFileSync(file, `${file}.whole`);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(file, bytes);
    }
    const state = await until("a refusal", async () => {
      const now = await health(host);
      return now.problem && now;
    });
    assert.equal(state.snapshot, good);
    assert.equal(state.problem, "unreachable", "the origin keeps damaged bytes to itself");
    assert.match(await text(home(host, await phoneLover(host))), /data-slotwise-personalised/);
    for (const file of damaged) copyFileSync(`${file}.whole`, file);
    const healed = await until("the whole one", async () => {
      const now = await health(host);
      return now.problem === null && now;
    });
    assert.equal(healed.snapshot, mine.manifest().current.snapshot);
    assert.notEqual(healed.snapshot, good);
  } finally {
    await host.stop();
    await server.stop();
    mine.remove();
  }
});

test("without a snapshot, or with a wrong key, the shop's page comes through byte for byte", async () => {
  const jar = await phoneLover(worker);
  const own = await text(fetch(`${store.url}/`));
  const wrong = { SLOTWISE_PUBLIC_KEY: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  for (const bindings of [{ SLOTWISE_ORIGIN: "http://127.0.0.1:1" }, wrong, { SLOTWISE_PUBLIC_KEY: "" }]) {
    const host = await edge(shop, store, { bindings });
    try {
      assert.equal(await text(home(host, jar)), own);
      const state = await health(host);
      assert.equal(state.snapshot, null);
      assert.ok(state.problem);
      assert.equal(await text(home(host, jar)), own);
    } finally {
      await host.stop();
    }
  }
});

test("with the origin stopped the edge goes on with its snapshot", async () => {
  const server = await origin(shop);
  const host = await edge(shop, { url: store.url, origin: server.url });
  try {
    const { snapshot } = await until("the first sync", async () => {
      const now = await health(host);
      return now.snapshot && now;
    });
    const jar = await phoneLover(host);
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const state = await health(host);
    assert.equal(state.snapshot, snapshot);
    assert.ok(state.problem);
    const before = new Map(jar.cookies);
    const response = await post(host.url, jar, [view(smartphones[0])]);
    assert.equal(response.status, 503, "nobody has stored the event");
    assert.deepEqual(jar.cookies, before);
    assert.match(await text(home(host, jar)), /data-slotwise-personalised/);
    const answer = await ask(host.url, {}, jar.headers());
    assert.ok((await answer.json()).decisions.some((decision) => decision.personalised));
    assert.equal((await fetch(`${host.url}/_slotwise/manifest`)).status, 200);
    assert.equal((await fetch(`${host.url}/_slotwise/snapshot/${snapshot}`)).status, 200);
  } finally {
    await host.stop();
    await server.stop();
  }
});

test("an engine that does not start, throws or panics leaves the shop's page as it is", async () => {
  const jar = await phoneLover(worker);
  const own = await text(fetch(`${store.url}/`));
  // What a method or function does first.
  const first = (modules, name, does, file = "edge_engine.js") => {
    const { contents } = modules[file];
    // Exported under its name, but called otherwise inside the minified glue.
    const inside = new RegExp(`([\\w$]+) as ${name}\\b`).exec(contents)?.[1] ?? name;
    const begins = new RegExp(`(?<![\\w.$])${RegExp.escape(inside)}\\(\\w*(?:, ?\\w+)*\\) ?\\{`);
    assert.match(contents, begins, `${file} has no ${name}`);
    modules[file].contents = contents.replace(begins, (found) => found + does);
    return modules;
  };
  // What a panic is in JavaScript.
  const panic = "throw new WebAssembly.RuntimeError('unreachable');";
  const faults = {
    "does not start": (modules) => {
      modules["edge_engine_bg.wasm"].contents = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      return modules;
    },
    "cannot sync": (modules) => first(modules, "refresh", "throw new Error('no sync');", "edge_snapshots.js"),
    "cannot open a snapshot": (modules) => first(modules, "opened", "throw new Error('no snapshot');", "releases.js"),
    "cannot fit": (modules) => first(modules, "fitting", "throw new Error('no fitting');"),
    "cannot read on": (modules) => first(modules, "feed", "throw new Error('no feeding');"),
    "panics while it opens a snapshot": (modules) => first(modules, "opened", panic, "releases.js"),
    "panics before the page": (modules) => first(modules, "fitting", panic),
    "panics in the page": (modules) => first(modules, "feed", panic),
  };
  for (const [fault, mend] of Object.entries(faults)) {
    const host = await edge(shop, store, { mend });
    try {
      for (let time = 0; time < 3; time++) {
        const page = await home(host, jar);
        assert.equal(page.status, 200, fault);
        assert.equal(await page.text(), own, fault);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    } finally {
      await host.stop();
    }
  }
});

test("a KV namespace feeds isolates that cannot reach the origin", async () => {
  const server = await origin(shop);
  const host = await edge(shop, { url: store.url, origin: server.url }, { kv: true });
  try {
    const fetcher = await host.flare.getWorker();
    await fetcher.scheduled({ cron: "*/5 * * * *" });
    await server.stop();
    const kv = await host.flare.getKVNamespace("SNAPSHOTS");
    assert.equal(manifestOf(await kv.get("manifest")).current.snapshot, shop.manifest().current.snapshot);
    const state = await until("a sync from KV", async () => {
      const now = await health(host);
      return now.snapshot && now;
    });
    assert.equal(state.snapshot, shop.manifest().current.snapshot);
    assert.equal(state.problem, null);
  } finally {
    await host.stop();
    await server.stop();
  }
});
