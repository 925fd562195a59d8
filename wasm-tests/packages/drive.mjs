// What every mini-project's page has to do in a real browser, whatever tool has built it.

import assert from "node:assert/strict";
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

/** Counts what a page's own files weigh on the wire; snapshots and events are not the tool's. */
async function weigh(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const own = new Set();
  const total = { bytes: 0 };
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (request.url.startsWith("http") && !request.url.includes("/_slotwise/")) own.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (own.has(requestId)) total.bytes += encodedDataLength;
  });
  return total;
}

/**
 * Visits the page: the engine loads, a slot off the screen changes after events, one on the screen does not, and the next
 * page is fitted from its start. Returns the bytes that the first page took.
 */
export async function drive(browser, url, { edge = false, react = false } = {}) {
  const { context, page, noise } = await visitor(browser);
  try {
    const weight = await weigh(page);
    await page.goto(url);
    assert.deepEqual(await ready(page), { ok: true, source: edge ? "edge" : "network", error: undefined });
    const { bytes } = weight;
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
