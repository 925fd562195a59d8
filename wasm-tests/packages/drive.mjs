// What every mini-project's page has to do in a real browser, whatever tool has built it.

import assert from "node:assert/strict";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { visitor } from "../page.mjs";
import { smartphones, until } from "../stage.mjs";

const variant = (page) => page.$eval('[data-slotwise="home.hero"] > [data-variant]:not(template)', (shown) => shown.dataset.variant);
const cards = (page) => page.$$eval('[data-slotwise="home.recommended"] > [data-item]', (all) => all.length);
const visit = (page) => page.waitForFunction(() => globalThis.visit, null, { timeout: 60_000 });
const ready = async (page) => {
  await visit(page);
  return page.evaluate(async () => {
    const { ok, source, error } = await globalThis.visit.ready;
    return { ok, source, error: error?.message };
  });
};

/** What the console says of a Wasm file that is not there, or that is a page. */
const LOST = /status of 404|^`WebAssembly.instantiateStreaming` failed|^slotwise: engine: .* import { load } from "slotwise\/inline"/;

/** Collects the files that a page is made of. Snapshots and events are not the tool's. */
function collect(page) {
  const bodies = [];
  page.on("response", (response) => {
    const own = response.url().startsWith("http") && !response.url().includes("/_slotwise/");
    if (own && response.ok()) bodies.push(response.body().catch(() => Buffer.alloc(0)));
  });
  return bodies;
}

/** What files weigh compressed with brotli, as a shop's CDN sends them. */
async function weight(bodies) {
  const packed = await Promise.all((await Promise.all(bodies)).map((body) => promisify(brotliCompress)(body)));
  return packed.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Visits the page: the engine loads, a slot off the screen changes after events, one on the screen does not, and the next
 * page is fitted from its start. `counts`: a framework counts the clicks of a button. `loses`: the tool loses Wasm files.
 * `isDev`: nothing is weighed. Returns the bytes that the first page took.
 */
export async function drive(browser, url, { edge = false, counts = false, loses = false, isDev = false } = {}) {
  const { context, page, noise } = await visitor(browser);
  try {
    const files = isDev ? [] : collect(page);
    await page.goto(url);
    assert.deepEqual(await ready(page), { ok: true, source: edge ? "edge" : "network", error: undefined });
    const first = files.splice(0);
    assert.equal(await variant(page), "welcome");
    assert.equal(await cards(page), 0, "nobody knows the visitor yet");

    // On a page from the edge nothing changes before the visitor acts.
    if (edge) await page.mouse.click(5, 5);
    await page.evaluate((ids) => {
      for (const item_id of ids) globalThis.visit.track("view_item", { items: [{ item_id, item_category: "electronics.smartphone" }] });
    }, smartphones);
    await page.waitForSelector('[data-slotwise="home.recommended"] > [data-item]', { state: "attached", timeout: 10_000 });
    assert.equal(await cards(page), 8, "a slot off the screen follows");
    assert.equal(await variant(page), "welcome", "a slot on the screen stays");

    const response = await page.goto(url);
    if (edge) assert.match(await response.text(), /data-slotwise-personalised/, "the edge has fitted the next page");
    assert.equal((await ready(page)).ok, true);
    assert.equal(await variant(page), "smartphone", "the next page is fitted");
    assert.equal(await cards(page), 8);
    if (counts) {
      await page.click("#count");
      await page.waitForFunction(() => document.querySelector("#count").textContent === "1");
      assert.equal(await variant(page), "smartphone", "the framework is alive and leaves the slot alone");
    }
    const { problem, here } = await page.evaluate(async () => {
      const { problem, here } = await globalThis.visit.explain();
      return { problem, here: here.map(({ slot }) => slot) };
    });
    if (loses) {
      // Only the page engine has a way around a lost file. What the console holds is the file that the browser did not find.
      assert.match(problem, /^engine: /);
      assert.deepEqual(
        noise.filter((line) => !LOST.test(line)),
        [],
        "the console speaks of nothing else",
      );
      return await weight(first);
    }
    assert.equal(problem, null);
    assert.deepEqual(here, ["home.hero", "home.recommended"]);
    assert.deepEqual(noise, [], "the console is silent");
    return await weight(first);
  } catch (cause) {
    cause.message += noise.map((line) => `\n    console: ${line}`).join("");
    throw cause;
  } finally {
    await context.close();
  }
}

/** Visits a page of which the console has to say something. */
export async function hears(browser, url, hint) {
  const { context, page, noise } = await visitor(browser);
  try {
    await page.goto(url);
    await until(`the hint ${hint}`, () => noise.some((line) => hint.test(line)));
  } finally {
    await context.close();
  }
}
