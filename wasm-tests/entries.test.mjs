// The entries of the package by which an engine comes to a page, in real Chromium: as a file, inside of scripts where a
// bundler has lost the file, and with one classic script.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ENGINE, launch, packageOnly, visitor } from "./page.mjs";
import { demoStore, publish, root, slotwise, smartphones } from "./stage.mjs";

const SLOT = '<div data-slotwise="home.recommended"><template data-card><b data-field="title"></b></template></div>';
const SCRIPT = "dist/slotwise.global.js";

let shop;
let store;
let browser;

before(async () => {
  shop = publish();
  store = await demoStore(shop);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await store?.stop();
  shop?.remove();
});

/** Opens a page with a slot; returns what a visit with this entry comes to, and the files that the page fetched. */
async function opened({ entry, head = "", lose = null, options = {}, search = "" }) {
  const { context, page, noise } = await visitor(browser);
  const fetched = [];
  page.on("request", (request) => request.url().includes("/dist/") && fetched.push(request.url().split("/").pop()));
  await packageOnly(page, `<!doctype html><title>entries</title>${head}${SLOT}`);
  if (lose) await page.route(lose, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto(`${store.url}/package.html`);
  const found = await page.evaluate(
    async ([entry, options, id, search]) => {
      if (search) history.replaceState(null, "", search);
      const { load } = entry ? await import(new URL(`/dist/${entry}`, location.href).href) : globalThis.slotwise;
      const visit = await load(options);
      visit.track("view_item", { items: [{ item_id: id }] });
      const { ok, error } = await visit.ready;
      const { intent, problem, preview } = await visit.explain();
      return {
        ok,
        error: error?.message,
        cards: document.querySelectorAll("[data-slotwise] > b").length,
        explained: intent !== null,
        problem,
        preview,
      };
    },
    [entry, { publicKey: shop.publicKey, consent: "implied", ...options }, smartphones[0], search],
  );
  await context.close();
  return { ...found, fetched, noise };
}

const works = ({ ok, error, cards, explained, problem }) => {
  assert.deepEqual([ok, error, problem], [true, undefined, null]);
  assert.ok(cards > 0 && explained, `${cards} cards`);
};

test("the engine is a file beside the scripts", async () => {
  const page = await opened({ entry: "index.js" });
  works(page);
  assert.deepEqual(page.fetched.filter((name) => name.endsWith(".wasm")).sort(), ["engine.wasm", "full_bg.wasm"]);
  assert.ok(!page.fetched.includes("engine_packed.js"), "nothing is fetched twice");
});

test("where the file is lost the engine comes from a script, also when a server answers with a page", async () => {
  const page = await opened({ entry: "index.js", lose: "**/engine.wasm" });
  works(page);
  assert.ok(page.fetched.includes("engine_packed.js"));
});

test("without file and script the page engine's failure is the one that is told", async () => {
  const { ok, error, cards } = await opened({ entry: "index.js", lose: ENGINE });
  assert.deepEqual([ok, cards], [false, 0]);
  assert.match(error, /^engine: .*MIME type/);
});

test("slotwise/inline fetches scripts and nothing else", async () => {
  for (const entry of ["inline.js", "inline_development.js"]) {
    const page = await opened({ entry, lose: "**/*.wasm" });
    works(page);
    assert.ok(!page.fetched.some((name) => /wasm|^index\.js|^page\.js/.test(name)), page.fetched.join());
  }
});

test("one classic script with its hash is enough, and its hash covers the engine that explains", async () => {
  const script = readFileSync(join(root, "js", SCRIPT));
  const integrity = `sha384-${createHash("sha384").update(script).digest("base64")}`;
  const head = `<script src="/${SCRIPT}" integrity="${integrity}" crossorigin></script>`;
  const page = await opened({ head });
  works(page);
  assert.deepEqual(page.fetched, ["slotwise.global.js", "full_bg.wasm"]);
  assert.deepEqual(page.noise, []);
  const forged = await opened({ head, lose: "**/full_bg.wasm" });
  assert.deepEqual([forged.ok, forged.explained], [true, false]);
  assert.match(forged.problem, /^engine: /);
});

test("a preview link brings the full engine in place of the page engine, by every entry; a forged one changes nothing", async () => {
  const words = ["preview", "--published", shop.published, "--arm", "home.recommended=model", "--key", `${shop.key}.secret`];
  const { search } = new URL(slotwise(...words, "--link", `${store.url}/package.html`).out.trim());
  for (const way of [{ entry: "index.js" }, { entry: "inline.js" }, { head: `<script src="/${SCRIPT}"></script>` }]) {
    const page = await opened({ ...way, search, lose: ENGINE });
    works(page);
    assert.ok(page.preview && !page.fetched.some((name) => /^engine/.test(name)), page.fetched.join());
  }
  const forged = await opened({ entry: "index.js", search: `${search.slice(0, -4)}AAAA` });
  works(forged);
  assert.ok(!forged.preview && forged.fetched.includes("engine.wasm"));
});

test("the manual's script tags work with GA4 and the element, also where only the page's own scripts may be fetched", async () => {
  const policy = "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self'";
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}"><script src="/${SCRIPT}"></script>`;
  works(await opened({ head }));
  // As the manual has it.
  const { context, page } = await visitor(browser);
  const tags = `<script src="/${SCRIPT}" defer crossorigin="anonymous"></script>
    <script type="module">
      const visit = await slotwise.load({ publicKey: "${shop.publicKey}", consent: "implied" });
      slotwise.ga4.follow(visit);
      globalThis.visit = visit;
    </script>`;
  await packageOnly(page, `<!doctype html><title>entries</title>${tags}`);
  await page.goto(`${store.url}/package.html`);
  const events = await page.evaluate(
    async ([id, tag]) => {
      const { visit, slotwise } = globalThis;
      await slotwise.element.define(visit);
      globalThis.dataLayer.push({ event: "view_item", ecommerce: { items: [{ item_id: id }] } });
      await visit.ready;
      const { session } = await visit.explain();
      return [typeof customElements.get(tag), ...session.events.map(({ item_id }) => item_id)];
    },
    [smartphones[0], "slotwise-slot"],
  );
  assert.deepEqual(events, ["function", smartphones[0]]);
  await context.close();
});
