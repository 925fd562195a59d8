// A shop whose plan keeps next-item rows at the edge: real workerd, and a real browser that asks it what it cannot decide.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../page.mjs";
import { edge, freePort, origin, publish, root, smartphones, synced } from "../stage.mjs";

const CARD =
  '<template data-card><li data-item=""><a data-field="url" href="#"><b data-field="title">T</b></a></li></template><li>own</li>';
const NAMES = ["product.top", "product.bottom", "product.more"];
/** Without rows nothing is found for two of these, and bestsellers for the third. */
const SLOTS = Object.fromEntries(
  NAMES.map((name) => {
    const strategies = name === "product.more" ? ["next_item", "bestsellers"] : ["next_item"];
    return [name, { kind: "fill", strategies, limit: 4, minimum_evidence: 1 }];
  }),
);
/** Sections of rows. */
const ROWS = /ROWS|TOGE/;
const [FIRST, SECOND, THIRD] = smartphones;

const ends = [];
let [shop, store, worker, browser] = [];

/** A product's page. Where no edge is before it, its script asks one at another host. */
function pages(request, response) {
  const { pathname } = new URL(request.url, store.url);
  if (pathname.startsWith("/dist/")) {
    const type = pathname.endsWith("wasm") ? "application/wasm" : "text/javascript";
    return response.writeHead(200, { "content-type": type }).end(readFileSync(join(root, "js", pathname)));
  }
  const [top, ...bottom] = NAMES.map((name) => `<ul data-slotwise="${name}">${CARD}</ul>`);
  const script = `
    import { load } from "/dist/index.js";
    const consent = new URLSearchParams(location.search).get("consent") ?? "implied";
    const base = location.origin === "${store.url}" ? "${worker?.url}/_slotwise" : undefined;
    globalThis.slotwise = await load({ publicKey: "${shop.publicKey}", consent, ...(base && { base }) });
    globalThis.seen = (id) =>
      globalThis.slotwise.track("view_item", { items: [{ item_id: id, item_category: "electronics.smartphone" }] });
    globalThis.seen(location.pathname.split("/").pop());`;
  const html = `<!doctype html><title>shop</title>${top}<p style="height:4000px">long</p>${bottom.join("")}<script type="module">${script}</script>`;
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
}

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "slotwise-rows-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const plan = join(folder, "plan.json");
  writeFileSync(plan, JSON.stringify({ version: 1, salt: "rows", rows: "edge", slots: SLOTS }));
  shop = publish({ plan });
  ends.push(shop.remove);
  const from = await origin(shop);
  ends.push(from.stop);
  const port = await freePort();
  const server = createServer(pages).listen(port, "127.0.0.1");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  store = { url: `http://127.0.0.1:${port}`, origin: from.url };
  worker = await edge(shop, store, { bindings: { ALLOWED_ORIGINS: store.url } });
  await synced(worker);
  browser = await launch();
  ends.push(() => browser.close());
});
after(async () => {
  await worker?.stop();
  for (const end of ends.reverse()) await end();
});

/** A visitor's page, with what it asked, what it got, and its errors. */
async function visitor() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const own = { page, answers: [], files: [], errors: [], close: () => context.close() };
  page.on("pageerror", (error) => own.errors.push(String(error)));
  page.on("response", async (response) => {
    if (response.url().includes("_slotwise/shard")) own.files.push(await response.body());
  });
  await page.exposeFunction("answered", (text) => text.startsWith("{") && own.answers.push(JSON.parse(text)));
  await page.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.fetch = async (...words) => {
      const answer = await fetch(...words);
      if (String(words[0]).endsWith("/decide")) await globalThis.answered(await answer.clone().text());
      return answer;
    };
  });
  return own;
}

/** The products that a slot shows. */
const shown = (page, name) =>
  page.evaluate((name) => [...document.querySelectorAll(`[data-slotwise="${name}"] > [data-item]`)].map((card) => card.dataset.item), name);
const turned = (page, name, before = []) =>
  page.waitForFunction(
    ([name, before]) => {
      const cards = [...document.querySelectorAll(`[data-slotwise="${name}"] > [data-item]`)].map((card) => card.dataset.item);
      return cards.length > 0 && cards.join() !== before;
    },
    [name, before.join()],
  );
const ids = ({ decisions }) => decisions.map(({ items }) => items.map(({ item_id }) => item_id));

test("a page that no edge has fitted shows what an edge at another host decides, and says so", async () => {
  const { page, answers, files, errors, close } = await visitor();
  await page.goto(`${store.url}/p/${FIRST}`);
  await turned(page, "product.top");
  const [last] = answers.slice(-1);
  assert.deepEqual(await Promise.all(NAMES.map((name) => shown(page, name))), ids(last));
  assert.equal(new Set(ids(last).flat()).size, 12, "no product is there twice");
  assert.ok(
    await page.evaluate(() => [...document.querySelectorAll("li b")].every((title) => title.textContent.length > 1)),
    "with their cards",
  );
  const { here, problem } = await page.evaluate(() => globalThis.slotwise.explain());
  assert.deepEqual([problem, here.map(({ items }) => items.map(({ item_id }) => item_id))], [null, ids(last)]);
  assert.equal(here[0].reasons[0].code, "edge");
  assert.equal(
    here[0].reasons.reduce((sum, { weight }) => sum + weight, 0),
    here[0].score,
    "reasons add up",
  );
  const ledger = await page.evaluate(() => globalThis.slotwise.ledger());
  const question = ledger.find(({ what }) => what === "question");
  assert.deepEqual([question.did, question.where, question.consent], ["sent", `${worker.url}/_slotwise/decide`, "unknown"]);
  assert.ok(question.bytes > 100 && question.bytes < 2000);
  // The exposure of a visible slot is that of the edge's decision.
  const exposure = await page.evaluate(() => JSON.parse(document.querySelector("[data-slotwise]").dataset.slotwiseShows));
  assert.deepEqual([exposure.personalised, exposure.arm, exposure.seed], [true, "model", last.seed]);
  // What is asked by itself is told later.
  const told = page.evaluate(
    () =>
      new Promise((done) => {
        globalThis.slotwise.on("change", () => {
          const [decision] = globalThis.slotwise.decide("product.top", "1004833");
          if (decision.items.length > 0 && !decision.partial) done(decision.items.length);
        });
        globalThis.slotwise.track("scroll", { percent_scrolled: 10 });
      }),
  );
  assert.equal(await told, 4);
  const cards = answers.map((answer) => Buffer.from(answer.cards ?? "", "base64url"));
  assert.ok(files.length > 0 && cards[0].length > 0);
  for (const bytes of [...files, ...cards]) assert.doesNotMatch(bytes.toString("latin1"), ROWS);
  assert.match(readFileSync(shop.snapshotFile()).toString("latin1"), ROWS, "the edge has some");
  assert.deepEqual(errors, []);
  await close();
});

test("a page from the edge follows the visit by asking, and leaves what is being looked at", async () => {
  const { page, answers, errors, close } = await visitor();
  await page.goto(`${worker.url}/p/${FIRST}`);
  await page.waitForFunction(() => globalThis.slotwise?.snapshot);
  await page.waitForFunction(() => document.cookie.includes("slotwise="));
  await page.goto(`${worker.url}/p/${SECOND}`);
  const html = await page.content();
  assert.match(html, /data-slotwise-personalised/);
  assert.doesNotMatch(Buffer.from(/data-slotwise-pack="[^"]*">([^<]*)/.exec(html)[1], "base64url").toString("latin1"), ROWS);
  await page.waitForFunction(() => globalThis.slotwise?.snapshot);
  const [top, bottom] = await Promise.all(NAMES.map((name) => shown(page, name)));
  await page.waitForTimeout(300);
  assert.equal(answers.length, 0, "nobody has done anything yet");
  await page.mouse.click(5, 300);
  await page.evaluate((id) => globalThis.seen(id), THIRD);
  await turned(page, "product.bottom", bottom);
  assert.deepEqual(await shown(page, "product.top"), top);
  assert.deepEqual(await shown(page, "product.bottom"), ids(answers.at(-1))[1]);
  await page.evaluate(() => scrollTo(0, 9999));
  await turned(page, "product.top", top);
  assert.deepEqual(errors, []);
  await close();
});

test("without consent nothing is asked, and the page shows the shop's own content", async () => {
  const { page, answers, errors, close } = await visitor();
  await page.goto(`${store.url}/p/${FIRST}?consent=required`);
  await page.waitForFunction(() => globalThis.slotwise?.snapshot);
  await page.waitForTimeout(500);
  assert.deepEqual([answers.length, (await shown(page, "product.top")).length, errors], [0, 0, []]);
  assert.ok(!(await page.evaluate(() => globalThis.slotwise.ledger())).some(({ what }) => what === "question"));
  await close();
});

test("answers that are late, wrong or forged leave the page as the browser decides it", async () => {
  const forged = {
    late: (route) => setTimeout(() => route.abort().catch(() => {}), 3000),
    refused: (route) => route.fulfill({ status: 429, body: "{}" }),
    "a page": (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
    "no list": (route) => route.fulfill({ contentType: "application/json", body: '{"decisions":{"length":2}}' }),
    "too long": (route) => route.fulfill({ contentType: "application/json", body: `{"decisions":[],"x":"${"x".repeat(300_000)}"}` }),
    "unknown products": async (route) => {
      const answer = await (await route.fetch()).json();
      for (const { items } of answer.decisions) for (const item of items) item.item_id = "<b>none</b>";
      await route.fulfill({ json: answer });
    },
    "another slot": async (route) => {
      const answer = await (await route.fetch()).json();
      for (const decision of answer.decisions) decision.slot = "product.other";
      await route.fulfill({ json: answer });
    },
  };
  const tried = Object.entries(forged).map(async ([what, act]) => {
    const { page, errors, close } = await visitor();
    await page.route("**/_slotwise/decide", act);
    await page.goto(`${worker.url}/p/${FIRST}?fresh`);
    await page.waitForFunction(() => globalThis.slotwise?.snapshot);
    await page.evaluate(() => globalThis.slotwise.apply());
    // The deadline has passed: the page shows what needs no rows.
    await turned(page, "product.more");
    assert.deepEqual([await shown(page, "product.top"), errors], [[], []], what);
    await close();
  });
  await Promise.all(tried);
});

test("a product whose card is missing is not shown", async () => {
  const { page, errors, close } = await visitor();
  await page.route("**/_slotwise/shard/*", async (route) => {
    // The root comes first. Without shards the page has few cards.
    await page.unroute("**/_slotwise/shard/*");
    await page.route("**/_slotwise/shard/*", (route) => route.abort());
    await route.continue();
  });
  const names = [];
  await page.route("**/_slotwise/decide", async (route) => {
    const answer = await (await route.fetch()).json();
    const item_id = "4100126";
    for (const decision of answer.decisions)
      decision.items = [{ item_id: decision.slot === NAMES[0] ? item_id : FIRST, score: 1, strategy: "pinned" }];
    names.push(...answer.decisions.map(({ slot }) => slot));
    await route.fulfill({ json: { ...answer, cards: "AAAA" } });
  });
  await page.goto(`${store.url}/p/${FIRST}`);
  await turned(page, "product.bottom");
  assert.deepEqual([names.slice(0, 3), await shown(page, "product.top"), errors], [NAMES, [], []]);
  await close();
});

test("once the edge is dead the page goes on", async () => {
  const { page, errors, close } = await visitor();
  await page.goto(`${store.url}/p/${FIRST}`);
  await turned(page, "product.top");
  const top = await shown(page, "product.top");
  await worker.stop();
  worker = undefined;
  await page.mouse.click(5, 300);
  await page.evaluate((id) => globalThis.seen(id), THIRD);
  const more = await shown(page, "product.more");
  await turned(page, "product.more", more);
  assert.deepEqual(await shown(page, "product.top"), top, "nobody decides better");
  assert.deepEqual(await page.evaluate(() => globalThis.slotwise.decide("product.bottom")[0].items), []);
  assert.deepEqual(errors, []);
  await close();
});
