// The Worker in real workerd, in front of the demo store and the real origin.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import {
  demoStore,
  edge,
  fnv,
  Jar,
  logLines,
  MODELS,
  nativeTriples,
  origin,
  post,
  publish,
  root,
  simulated,
  smartphones,
  triplesModule,
  until,
  view,
} from "./stage.mjs";

let shop;
let store;
let worker;

before(async () => {
  shop = publish();
  store = await demoStore(shop);
  worker = await edge(shop, store);
  await until("the first sync", async () => (await health()).snapshot);
});

after(async () => {
  await worker?.stop();
  await store?.stop();
  shop?.remove();
});

const health = async (of = worker) => (await fetch(`${of.url}/_slotwise/health`)).json();
const home = (of, jar, more) => fetch(`${of.url}/`, { headers: jar.headers(more) });
const text = async (response) => (await response).text();
const slot = (html, name) => {
  const start = html.indexOf(`data-slotwise="${name}"`);
  assert.ok(start > 0, `the page has no slot ${name}`);
  return html.slice(html.lastIndexOf("<", start), html.indexOf("</section>", start));
};
const outsideTemplates = (html) => html.replace(/<template[\s\S]*?<\/template>/g, "");
const cards = (html) => [...outsideTemplates(html).matchAll(/data-item="([^"]+)"/g)].map((match) => match[1]);

async function phoneLover(of = worker) {
  const jar = new Jar();
  for (const id of smartphones) {
    const response = await post(of.url, jar, [view(id, "electronics.smartphone")]);
    assert.equal(response.status, 202);
  }
  return jar;
}

test("a fresh visitor and a crawler see the shop's own page, byte for byte", async () => {
  const own = await text(fetch(`${store.url}/`));
  assert.equal(await text(home(worker, new Jar())), own);
  const jar = await phoneLover();
  assert.equal(await text(home(worker, jar, { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" })), own);
});

test("three smartphone views bring the smartphone hero and related products, and a small cookie", async () => {
  const jar = await phoneLover();
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
  assert.equal(response.headers.get("cache-control"), "private, no-store");
  assert.match(response.headers.get("vary") ?? "", /cookie/i);
  assert.equal(response.headers.get("etag"), null);
  const plain = await text(fetch(`${store.url}/`));
  const rest = (page) => page.slice(page.indexOf("<footer"));
  assert.equal(rest(html), rest(plain), "what is no slot is not touched");
});

test("the cards of a filled slot have the shop's own markup", async () => {
  const html = await text(home(worker, await phoneLover()));
  const tags = (card) => [...card.matchAll(/<([a-z0-9]+)/g)].map((match) => match[1]).join(" ");
  const first = (page) => /<(article|li|div)[^>]*data-item="[^"]+"[\s\S]*?<\/\1>/.exec(outsideTemplates(slot(page, "home.recommended")))[0];
  assert.equal(tags(first(html)), tags(first(await text(fetch(`${store.url}/`)))));
  assert.doesNotMatch(first(html), /data-item=""|src=""|href=""/);
});

test("a product page's row belongs to its product", async () => {
  const jar = await phoneLover();
  const html = await text(fetch(`${worker.url}/product/${smartphones[0]}`, { headers: jar.headers() }));
  const shown = cards(slot(html, "product.related")).filter((id) => id !== smartphones[0]);
  assert.ok(shown.length >= 8, `${shown.length} cards`);
});

/** The lines of the origin's log, once no more come: the Worker forwards events after it has answered. */
async function settledLines() {
  for (let before = -1; ; ) {
    const lines = logLines(store.log);
    if (lines.length === before) return lines;
    before = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test("Global Privacy Control and a refusal keep everything back", async () => {
  for (const refusal of [{ "sec-gpc": "1" }, { cookie: "slotwise_consent=denied" }]) {
    const before = (await settledLines()).length;
    const response = await fetch(`${worker.url}/_slotwise/events`, {
      method: "POST",
      headers: { ...new Jar().headers(), ...refusal },
      body: JSON.stringify({ events: [view(smartphones[0])] }),
    });
    assert.equal(response.status, 202);
    assert.deepEqual(response.headers.getSetCookie(), []);
    const jar = await phoneLover();
    const cookie = `slotwise=${jar.cookies.get("slotwise")}; ${refusal.cookie ?? "a=b"}`;
    const page = await text(fetch(`${worker.url}/`, { headers: { ...jar.headers(), ...refusal, cookie } }));
    assert.equal(page, await text(fetch(`${store.url}/`)));
    assert.equal((await settledLines()).length - before, 3, "only the three allowed events reach the log");
  }
});

test("the edge keeps a visit where the cases of consent.json allow it", async () => {
  const strict = await edge(shop, store.url, { consent: "required" });
  try {
    const cases = JSON.parse(readFileSync(join(root, "wasm-tests/consent.json"), "utf8"));
    for (const { cookies, private: gpc, mode, allowed } of cases) {
      const headers = { "content-type": "application/json", ...(cookies && { cookie: cookies }), ...(gpc && { "sec-gpc": "1" }) };
      const url = `${(mode === "required" ? strict : worker).url}/_slotwise/events`;
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ events: [view(smartphones[0])] }) });
      assert.equal(response.headers.has("set-cookie"), allowed, `${cookies} where consent is ${mode}`);
    }
  } finally {
    await strict.stop();
  }
});

test("where consent is required, nothing is kept before it", async () => {
  const strict = await edge(shop, store, { consent: "required" });
  try {
    const jar = new Jar();
    await post(strict.url, jar, [view(smartphones[0])]);
    assert.equal(jar.cookies.size, 0);
    jar.cookies.set("slotwise_consent", "granted");
    await post(strict.url, jar, [view(smartphones[0])]);
    assert.ok(jar.cookies.has("slotwise"));
  } finally {
    await strict.stop();
  }
});

test("events reach the origin's log with links and without a name for the visitor", async () => {
  const logged = logLines(store.log).length;
  await phoneLover();
  const lines = await until("three lines", () => {
    const found = logLines(store.log).slice(logged);
    return found.length === 3 && found.map((line) => JSON.parse(line));
  });
  const ordered = lines.sort((a, b) => Number(a.chain[0] !== null) - Number(b.chain[0] !== null));
  assert.equal(ordered[0].chain[0], null);
  assert.ok(lines.some((line) => line.chain[0] === ordered[0].chain[1]));
  // Where a visit came from is said once, in words that single out nobody.
  assert.deepEqual(Object.keys(ordered[0].context).sort(), ["campaign", "device", "landing", "region", "source", "time"]);
  assert.ok(ordered.slice(1).every((line) => line.context === null));
  for (const line of lines) {
    const known = ["name", "params", "event_id", "time_ms", "chain", "context"];
    assert.deepEqual(
      Object.keys(line).filter((key) => !known.includes(key)),
      [],
    );
  }
});

test("a broken beacon is refused in words and harms nobody", async () => {
  for (const body of ["", "[", "null", "7", JSON.stringify({ events: [view("1")], x: "y".repeat(70000) })]) {
    const response = await fetch(`${worker.url}/_slotwise/events`, { method: "POST", body });
    assert.equal(response.status, 400, body.slice(0, 20));
    assert.match((await response.json()).error, /expected/);
  }
  const odd = [{ name: "page_view" }, { name: 7 }, null, { name: "view_item", params: { items: "x" } }];
  const response = await fetch(`${worker.url}/_slotwise/events`, { method: "POST", body: JSON.stringify({ events: odd }) });
  assert.deepEqual(await response.json(), { accepted: 1, ignored: 3 });
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
  const { snapshot } = await health();
  const manifest = await fetch(`${worker.url}/_slotwise/manifest`);
  assert.equal((await manifest.json()).snapshot, snapshot);
  const again = await fetch(`${worker.url}/_slotwise/manifest`, { headers: { "if-none-match": manifest.headers.get("etag") } });
  assert.equal(again.status, 304);
  const bytes = await fetch(`${worker.url}/_slotwise/snapshot/${snapshot}`);
  assert.match(bytes.headers.get("cache-control"), /immutable/);
  assert.deepEqual(Buffer.from(await bytes.arrayBuffer()), readFileSync(shop.snapshotFile()));
  assert.equal((await fetch(`${worker.url}/_slotwise/snapshot/${"0".repeat(64)}`)).status, 404);
});

test("the golden sessions get the same decisions in workerd", async () => {
  const golden = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
  const server = await origin(golden);
  const host = await edge(golden, server);
  try {
    assert.deepEqual(readFileSync(golden.snapshotFile()), readFileSync(`${root}/wasm-tests/golden/v1.slotwise`));
    const sessions = JSON.parse(readFileSync(`${root}/wasm-tests/golden/sessions.json`, "utf8"));
    const context = JSON.parse(readFileSync(`${root}/wasm-tests/golden/context.json`, "utf8"));
    const expected = JSON.parse(readFileSync(`${root}/wasm-tests/golden/expected.json`, "utf8"));
    for (const [number, session] of sessions.entries()) {
      const body = JSON.stringify({ ...session, context, explain: true });
      const response = await fetch(`${host.url}/_slotwise/decide`, { method: "POST", body });
      const answer = await response.json();
      for (const decision of answer.decisions) {
        assert.equal(decision.snapshot, golden.manifest().snapshot);
        decision.snapshot = "";
      }
      assert.equal(
        JSON.stringify({ decisions: answer.decisions, intent: answer.intent }),
        JSON.stringify(expected[number]),
        `session ${number}`,
      );
    }
  } finally {
    await host.stop();
    await server.stop();
    golden.remove();
  }
});

test("ten thousand simulated sessions have the same intent and decisions in workerd", { timeout: 540_000 }, async () => {
  // The Worker's clock cannot be set, so the native engine gets this one; arms change at the full hour.
  const hour = () => Math.floor(Date.now() / 3_600_000);
  const left = 3_600_000 - (Date.now() % 3_600_000);
  if (left < 180_000) await new Promise((go) => setTimeout(go, left + 500));
  const began = Date.now();
  const mine = publish({ tour: true, holdout: 0.2 });
  const server = await origin(mine);
  const host = await edge(mine, server);
  await until("the first sync", async () => (await health(host)).snapshot);
  const sessions = simulated(mine.snapshotFile(), 10_000, began);
  assert.ok(sessions.some(({ intent }) => JSON.parse(intent).reasons.length > 20));
  const asked = async (question, again = true) => {
    const body = JSON.stringify(question);
    try {
      return await (await fetch(`${host.url}/_slotwise/decide`, { method: "POST", body })).json();
    } catch (cause) {
      // A connection that was kept may close just when a request takes it.
      if (!again) throw cause;
      return asked(question, false);
    }
  };
  let next = 0;
  const ask = async () => {
    while (next < sessions.length) {
      const number = next++;
      const { events, context, now, intent, token, decisions } = sessions[number];
      const answer = await asked({ token, explain: true });
      const anonymous = answer.decisions.map((decision) => ({ ...decision, snapshot: "" }));
      assert.equal(fnv(JSON.stringify(anonymous)), decisions, `decisions of session ${number}`);
      assert.equal(JSON.stringify(answer.intent), intent, `session ${number}`);
      if (number % 10) continue;
      // Told event by event, as long ago as they were, the visit is the same.
      const late = Math.floor((Date.now() - now) / 1000) * 1000;
      const shifted = events.map((event) => ({ ...event, time_ms: event.time_ms + late }));
      const told = await asked({ events: shifted, context, explain: true });
      assert.equal(JSON.stringify(told.intent), intent, `session ${number}, told by events`);
    }
  };
  try {
    await Promise.all(Array.from({ length: 8 }, ask));
    assert.equal(hour(), Math.floor(began / 3_600_000));
  } finally {
    await host.stop();
    await server.stop();
    mine.remove();
  }
});

test("a hundred thousand random triples of model, plan and session are decided alike in workerd", { timeout: 300_000 }, async () => {
  const folder = triplesModule(true);
  const modules = {
    "worker.js": {
      type: "esm",
      contents: `import { initSync, triples } from "./triples.js"; import module from "./triples_bg.wasm"; initSync({ module });
        export default { async fetch(request) { const q = new URL(request.url).searchParams; return new Response(triples(q.get("from"), q.get("to"))); } };`,
    },
    "triples.js": { type: "esm", contents: readFileSync(join(folder, "triples.js"), "utf8") },
    "triples_bg.wasm": { type: "wasm", contents: new Uint8Array(readFileSync(join(folder, "triples_bg.wasm"))) },
  };
  const config = { name: "triples", compatibilityDate: "2026-11-01", manifest: { mainModule: "worker.js", modules }, env: {} };
  const flare = new Miniflare({ host: "127.0.0.1", port: 0, workers: [{ config }] });
  try {
    const url = await flare.ready;
    const found = await (await fetch(`${url}?from=0&to=${MODELS}`)).text();
    assert.equal(found, nativeTriples(true));
    assert.ok(Number(found.split(" ")[0]) >= 100_000, found);
  } finally {
    await flare.dispose();
  }
});

test("a snapshot damaged at the origin is refused, and a new one is taken", async () => {
  const mine = publish();
  const server = await demoStore(mine);
  const host = await edge(mine, server);
  try {
    const good = await until("the first sync", async () => (await health(host)).snapshot);
    // A newer snapshot appears, with one byte of it wrong.
    mine.train(["www/data/rees46-2019-oct.csv.gz", "--neighbours", "8"]);
    const file = mine.snapshotFile();
    copyFileSync(file, `${file}.whole`);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
    const state = await until("a refusal", async () => {
      const now = await health(host);
      return now.problem && now;
    });
    assert.equal(state.snapshot, good);
    assert.match(state.problem, /SHA-256 is [0-9a-f]{64}, the manifest names [0-9a-f]{64}/);
    assert.match(await text(home(host, await phoneLover(host))), /data-slotwise-personalised/);
    copyFileSync(`${file}.whole`, file);
    const healed = await until("the whole one", async () => {
      const now = await health(host);
      return now.problem === null && now;
    });
    assert.equal(healed.snapshot, mine.manifest().snapshot);
    assert.notEqual(healed.snapshot, good);
  } finally {
    await host.stop();
    await server.stop();
    mine.remove();
  }
});

test("without a snapshot, or with a wrong key, the shop's page comes through byte for byte", async () => {
  const jar = await phoneLover();
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
    const response = await post(host.url, jar, [view(smartphones[0])]);
    assert.equal(response.status, 202);
    assert.match(await text(home(host, jar)), /data-slotwise-personalised/);
    const answer = await fetch(`${host.url}/_slotwise/decide`, { method: "POST", headers: jar.headers(), body: "{}" });
    assert.ok((await answer.json()).decisions.some((decision) => decision.personalised));
    assert.equal((await fetch(`${host.url}/_slotwise/manifest`)).status, 200);
    assert.equal((await fetch(`${host.url}/_slotwise/snapshot/${snapshot}`)).status, 200);
  } finally {
    await host.stop();
    await server.stop();
  }
});

test("an engine that does not start, throws or panics leaves the shop's page as it is", async () => {
  const jar = await phoneLover();
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
    "cannot open a snapshot": (modules) => first(modules, "adopt", "throw new Error('no snapshot');", "edge_snapshots.js"),
    "cannot fit": (modules) => first(modules, "fitting", "throw new Error('no fitting');"),
    "cannot read on": (modules) => first(modules, "feed", "throw new Error('no feeding');"),
    "panics while it opens a snapshot": (modules) => first(modules, "adopt", panic, "edge_snapshots.js"),
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
    assert.equal(JSON.parse(await kv.get("manifest")).snapshot, shop.manifest().snapshot);
    const state = await until("a sync from KV", async () => {
      const now = await health(host);
      return now.snapshot && now;
    });
    assert.equal(state.snapshot, shop.manifest().snapshot);
    assert.equal(state.problem, null);
  } finally {
    await host.stop();
    await server.stop();
  }
});
