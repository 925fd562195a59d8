// What every mini-project's page has to do in a real browser, whatever tool has built it.

import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import { visitor } from "../page.mjs";
import { smartphones } from "../stage.mjs";

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

/** Collects the files that a page is made of. Snapshots and events are not the tool's. */
function collect(page) {
  const bodies = [];
  page.on("response", (response) => {
    const own = response.url().startsWith("http") && !response.url().includes("/_slotwise/");
    if (own && response.ok()) bodies.push(response.body().catch(() => Buffer.alloc(0)));
  });
  /** What they weigh compressed with brotli, as a shop's CDN sends them. */
  return async () => (await Promise.all(bodies)).reduce((sum, body) => sum + brotliCompressSync(body).length, 0);
}

/**
 * Visits the page: the engine loads, a slot off the screen changes after events, one on the screen does not, and the next
 * page is fitted from its start. `loses`: what the page says of a tool that loses the Wasm files. Returns the bytes that the first page took.
 */
export async function drive(browser, url, { edge = false, react = false, loses } = {}) {
  const { context, page, noise } = await visitor(browser);
  try {
    const weight = collect(page);
    await page.goto(url);
    assert.deepEqual(await ready(page), { ok: true, source: edge ? "edge" : "network", error: undefined });
    const bytes = await weight();
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
    if (react) {
      await page.click("#count");
      await page.waitForFunction(() => document.querySelector("#count").textContent === "1");
      assert.equal(await variant(page), "smartphone", "React leaves the slot alone");
    }
    const { problem, here } = await page.evaluate(async () => {
      const { problem, here } = await globalThis.visit.explain();
      return { problem, here: here.map(({ slot }) => slot) };
    });
    if (loses) {
      // The page engine has a way around a lost file. The engine of `explain()` has none, and says so.
      assert.match(problem, loses.problem);
      assert.ok(noise.length > 0 && noise.every((line) => loses.console.test(line)), `the console says that the file is lost: ${noise}`);
      return bytes;
    }
    assert.equal(problem, null);
    assert.deepEqual(here, ["home.hero", "home.recommended"]);
    assert.deepEqual(noise, [], "the console is silent");
    return bytes;
  } catch (cause) {
    cause.message += noise.map((line) => `\n    console: ${line}`).join("");
    throw cause;
  } finally {
    await context.close();
  }
}
