// A real browser without an edge, and an origin that does everything wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../page.mjs";
import { root, until } from "../stage.mjs";
import { DAY_MS } from "./forge.mjs";
import { FAULT_NAMES } from "./origin.mjs";
import { begin, DEMO } from "./stage.mjs";

let stage;
let browser;

const SLOT =
  '<ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>';
/** Products of the demo that few have seen. */
const RARE = ["1002532", "1002995", "1003141"];
/** Tells the visit what it sees, so that there is something to decide. */
const SCRIPT = (publicKey) => `
  import { load } from "/dist/index.js";
  const consent = new URLSearchParams(location.search).get("consent") ?? "implied";
  const slotwise = await load({ publicKey: "${publicKey}", consent });
  slotwise.track("view_item", { items: [{ item_id: "1029", item_category: "garden.hose" }] });
  slotwise.track("view_item", { items: [{ item_id: "1047", item_category: "textile.rug" }] });
  globalThis.slotwise = slotwise;`;

/** The pages of a shop, and the package's files. */
function pages(request, response) {
  const types = { js: "text/javascript", wasm: "application/wasm" };
  const { pathname } = new URL(request.url, "http://host");
  if (pathname.startsWith("/dist/")) {
    const type = types[pathname.split(".").pop()];
    return response.writeHead(200, { "content-type": type }).end(readFileSync(join(root, "js", pathname)));
  }
  const script = pathname === "/" ? SCRIPT(stage.pair.publicKey) : "";
  const body = `<!doctype html><title>shop</title>${SLOT}<script type="module">${script}</script>`;
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body);
}

before(async () => {
  stage = await begin({ pages });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  stage?.stop();
});

/** Acts in a browser of one's own, which has stored nothing yet. */
async function during(act) {
  const context = await browser.newContext();
  try {
    await act(context);
  } finally {
    await context.close();
    stage.from.does = {};
  }
}

/** Opens a page, and says what became of it. */
async function opened(context, query = "") {
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${stage.from.url}/${query}`);
  await page.waitForFunction(() => globalThis.slotwise);
  const state = await page.evaluate(async () => {
    const { ok, source } = await globalThis.slotwise.ready;
    const { snapshot, problem } = globalThis.slotwise;
    return { ok, source, snapshot, problem, own: document.querySelector("li")?.textContent === "own" };
  });
  assert.deepEqual(errors, []);
  return { page, ...state };
}

const stored = (page) =>
  page.evaluate(async () => (await caches.keys()).length > 0 && (await (await caches.open("slotwise_files")).keys()).length);

test("whatever is wrong with manifest or root, the page stays the shop's own, and is filled once it is right", async () => {
  for (const kind of ["manifest", "shard"]) {
    for (const fault of FAULT_NAMES) {
      if (kind === "manifest" && fault === "a byte more") continue;
      await during(async (context) => {
        const what = `${kind}: ${fault}`;
        stage.say(stage.newer);
        stage.from.does = { [kind]: fault };
        stage.from.sent = 0;
        const { page, ok, snapshot, problem, own } = await opened(context);
        assert.deepEqual([ok, snapshot, own], [false, null, true], what);
        assert.match(problem, /^sync: /, what);
        assert.ok(stage.from.sent < 60 * 2 ** 20, `${stage.from.sent} bytes`);
        stage.from.does = {};
        await page.evaluate(() => globalThis.slotwise.sync());
        await page.waitForSelector("[data-slotwise-personalised]", { state: "attached" });
      });
    }
  }
});

test("expired manifests and clocks that are days off leave the page alone; a day either way does not", async () => {
  for (const [ahead, right] of [
    [-15 * DAY_MS, false],
    [3 * DAY_MS, false],
    [-DAY_MS, true],
    [DAY_MS, true],
  ]) {
    await during(async (context) => {
      stage.say(stage.newer, { published_ms: Date.now() + ahead });
      const { ok, own } = await opened(context);
      assert.deepEqual([ok, own], [right, !right], `${ahead}`);
    });
  }
});

test("a later page starts from what is stored, without a network, and a newer manifest is there for the next one", async () => {
  await during(async (context) => {
    stage.say(stage.older);
    const first = await opened(context);
    assert.deepEqual([first.ok, first.source, first.snapshot], [true, "network", stage.older.snapshot]);
    assert.ok((await stored(first.page)) >= 2);
    stage.from.asked = [];
    stage.from.does = { manifest: "away", shard: "away" };
    const second = await opened(context);
    assert.deepEqual([second.ok, second.source, second.snapshot, second.problem], [true, "cache", stage.older.snapshot, null]);
    assert.ok(!second.own);
    assert.ok(!stage.from.asked.some((path) => path.startsWith("shard/")), "nothing is fetched twice");
    stage.from.does = {};
    stage.say(stage.newer);
    assert.equal((await opened(context)).snapshot, stage.older.snapshot, "the stored one is used at once");
    await until("the refresh", async () => (await opened(context)).snapshot === stage.newer.snapshot);
  });
});

test("what this browser has seen counts: an older manifest is not followed, nor is an expired one used", async () => {
  await during(async (context) => {
    const replayed = stage.say(stage.older);
    stage.say(stage.newer, { max_age_s: 8 });
    assert.equal((await opened(context)).snapshot, stage.newer.snapshot);
    const began = Date.now();
    stage.from.manifest = replayed;
    const { page, snapshot } = await opened(context);
    await page.evaluate(() => globalThis.slotwise.sync());
    assert.match(await page.evaluate(() => globalThis.slotwise.problem), /^sync: sequence \d+, expected more than/);
    assert.equal(snapshot, stage.newer.snapshot);
    stage.from.does = { manifest: "away" };
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 8500 - (Date.now() - began))));
    assert.equal(await page.evaluate(() => globalThis.slotwise.snapshot), null, "the open page drops it as well");
    const late = await opened(context);
    assert.deepEqual([late.ok, late.own], [false, true]);
  });
});

test("nothing is stored without consent, and a refusal deletes what is; the ledger says both", async () => {
  await during(async (context) => {
    stage.say(stage.newer);
    const before = await opened(context, "?consent=required");
    assert.equal(before.ok, true);
    assert.equal(await stored(before.page), false);
    const { page } = await opened(context);
    assert.ok((await stored(page)) >= 2);
    await page.evaluate(() => globalThis.slotwise.consent("denied"));
    await until("the deletion", async () => (await stored(page)) === false);
    const entries = await page.evaluate(() => globalThis.slotwise.ledger());
    const said = entries.filter(({ where }) => where === "slotwise_files").filter(({ what }) => what === "snapshot");
    assert.ok(said.some(({ did, bytes }) => did === "stored" && bytes > 0) && said.at(-1).did === "deleted", JSON.stringify(said));
    await page.reload();
    await page.waitForFunction(() => globalThis.slotwise?.snapshot);
    assert.equal(await stored(page), false);
  });
});

test("what is stored and damaged is fetched again", async () => {
  await during(async (context) => {
    stage.say(stage.newer);
    const { page } = await opened(context);
    await page.evaluate(async () => {
      const cache = await caches.open("slotwise_files");
      for (const request of await cache.keys()) await cache.put(request, new Response("damaged"));
    });
    const again = await opened(context);
    assert.deepEqual([again.ok, again.own, again.snapshot], [true, false, stage.newer.snapshot]);
  });
});

test("two tabs share what is stored", async () => {
  await during(async (context) => {
    stage.say(stage.newer);
    await opened(context);
    stage.from.asked = [];
    const tabs = await Promise.all([opened(context), opened(context)]);
    assert.deepEqual(
      tabs.map(({ ok, source }) => [ok, source]),
      [
        [true, "cache"],
        [true, "cache"],
      ],
    );
    assert.deepEqual([...new Set(stage.from.asked)], ["manifest"]);
  });
});

test("a canary is used by its share of visits", async () => {
  let tried = 0;
  stage.say(stage.older, { canary: { share: 5000, release: stage.newer } });
  for (let visit = 0; visit < 16; visit++) {
    await during(async (context) => {
      // Visits of one second draw alike but for their campaigns.
      const { page, snapshot, ok } = await opened(context, `?utm_campaign=${visit}`);
      assert.ok(ok);
      if (snapshot === stage.newer.snapshot) tried++;
      const decided = await page.evaluate(() => globalThis.slotwise.decide().map((decision) => decision.snapshot));
      assert.ok(decided.length > 0 && decided.every((id) => id === snapshot));
    });
  }
  assert.ok(tried >= 2 && tried <= 14, `${tried} of 16`);
});

test("shards that do not come leave the page with what its root gives, and are fetched once they can be had", async () => {
  const own = await begin({ pages, shop: DEMO });
  const { from } = own;
  const host = await own.worker();
  try {
    own.say(own.newer);
    await until("a snapshot at the edge", async () => (await fetch(`${host.url}/_slotwise/health`)).ok);
    for (const fault of ["hangs", "status 500", "a bit flipped", "HTML"]) {
      from.does = { shard: fault, [`shard/${own.newer.root}`]: "nothing wrong" };
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${from.url}/empty`);
      const decide = () =>
        page.evaluate(() => {
          const { slotwise } = globalThis;
          const decisions = slotwise.decide("home.recommended");
          return {
            partial: decisions.some(({ partial }) => partial),
            items: decisions.flatMap(({ items }) => items.map(({ item_id }) => item_id)),
          };
        });
      const token = await page.evaluate(
        async ({ publicKey, seen }) => {
          const { load } = await import("/dist/index.js");
          globalThis.slotwise = await load({ publicKey, consent: "implied" });
          for (const item_id of seen) globalThis.slotwise.track("view_item", { items: [{ item_id }] });
          const { ok, error } = await globalThis.slotwise.ready;
          if (!ok) throw error;
          return /slotwise=([^;]*)/.exec(document.cookie)[1];
        },
        { publicKey: own.pair.publicKey, seen: RARE },
      );
      const before = await decide();
      assert.ok(before.partial, `${fault}: nothing is said to be under way`);
      assert.equal(await page.evaluate(() => globalThis.slotwise.problem), null, fault);
      from.does = {};
      await until(`the shards, ${fault}`, async () => !(await decide()).partial, 30);
      const answer = await fetch(`${host.url}/_slotwise/decide`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token, slot: "home.recommended" }),
      });
      const [{ items }] = (await answer.json()).decisions;
      assert.deepEqual(
        (await decide()).items,
        items.map(({ item_id }) => item_id),
        "page and edge decide alike",
      );
      await context.close();
    }
  } finally {
    await host.stop();
    own.stop();
  }
});
