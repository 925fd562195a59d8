// A real browser with a cache of its own in front of the Worker: what it holds of the neutral page never stays on the screen of a
// visit that has begun.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../page.mjs";
import { demoStage, smartphones, until } from "../stage.mjs";
import { begin, visitor } from "./stage.mjs";
import { html } from "./store.mjs";

const FITTED = "[data-slotwise-personalised]";

let stage;
let host;
let browser;

before(async () => {
  stage = await begin();
  host = await stage.worker();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

for (const [what, caching] of [
  ["that it has to ask for again", "no-cache"],
  ["that it may keep", "max-age=600"],
  ["that all caches may keep", "public, max-age=600"],
]) {
  test(`a neutral page ${what} is replaced by the fitted one, and that one by the neutral one`, async () => {
    const path = `/${what.replaceAll(" ", "-")}`;
    stage.store.answers[path] = (request, response) => {
      response.setHeader("cache-control", caching).setHeader("etag", '"v1"').setHeader("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT");
      if (request.headers["if-none-match"] === '"v1"') response.writeHead(304).end();
      else html(request, response);
    };
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const go = async () => {
        const response = await page.goto(host.url + path);
        return { status: response.status(), fitted: await page.locator(FITTED).count() };
      };
      assert.equal((await go()).fitted, 0);
      assert.equal((await go()).fitted, 0);
      const token = (await visitor(host)).cookies.get("slotwise");
      await context.addCookies([{ name: "slotwise", value: token, url: host.url }]);
      const warm = await go();
      assert.equal(warm.status, 200);
      assert.equal(warm.fitted, 1);
      await page.goto("about:blank");
      await page.goBack();
      assert.equal(await page.locator(FITTED).count(), 1);
      await context.clearCookies();
      assert.equal((await go()).fitted, 0, "the fitted page is not kept for a visit that is over");
    } finally {
      await context.close();
    }
  });
}

test("a browser does ask with what it holds", async () => {
  const path = "/held";
  stage.store.answers[path] = (request, response) => {
    response.setHeader("cache-control", "no-cache").setHeader("etag", '"v1"');
    if (request.headers["if-none-match"] === '"v1"') response.writeHead(304).end();
    else html(request, response);
  };
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const asked = () => stage.store.asked.filter(({ url }) => url === path).map(({ headers }) => headers["if-none-match"]);
    await page.goto(host.url + path);
    await page.goto(host.url + path);
    const token = (await visitor(host)).cookies.get("slotwise");
    await context.addCookies([{ name: "slotwise", value: token, url: host.url }]);
    await page.goto(host.url + path);
    assert.deepEqual(asked(), [undefined, '"v1"', undefined], "the store sees a cold visit's validators, and no others");
    assert.equal(await page.locator(FITTED).count(), 1);
  } finally {
    await context.close();
  }
});

test("a page that a cache has from a crawler does not stop a visitor's script", async () => {
  const demo = await demoStage();
  const context = await browser.newContext({
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  });
  try {
    const page = await context.newPage();
    await page.route(`${demo.worker.url}/`, async (route) => {
      const answer = await route.fetch({ headers: { ...route.request().headers(), "user-agent": "Googlebot/2.1" } });
      assert.match(answer.headers()["server-timing"], /edge crawler/);
      await route.fulfill({ response: answer });
    });
    await page.goto(`${demo.worker.url}/`);
    const ready = await page.evaluate(() => globalThis.slotwise.ready.then(({ ok }) => ok));
    assert.equal(ready, true);
    await page.evaluate((id) => globalThis.slotwise.track("view_item", { items: [{ item_id: id }] }), smartphones[0]);
    await until("the visit to be kept", async () => (await context.cookies()).some(({ name }) => name === "slotwise"));
  } finally {
    await context.close();
    await demo.stop();
  }
});
