// What a page lacks or forbids: the shop's own content stays, or the slots are filled all the same, and nothing is thrown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { smartphones, until } from "../stage.mjs";
import { inEveryBrowser } from "./every.mjs";
import { cards, holds, look, noise, open, ready, variant } from "./shop.mjs";

const STRICT =
  "default-src 'none'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

inEveryBrowser((_name, visit, tools) => {
  /** A visitor on a page of a shop that is set up so. */
  const visited = async (t, options) => {
    const shop = await open(tools, options);
    t.after(() => shop.stop());
    const tab = await visit(t);
    await tab.goto(`${shop.url}/`);
    return { shop, tab };
  };
  /** What changes on a page whose visitor looks at smartphones, and asks for the change. */
  const fitted = async (tab) => {
    await look(tab, smartphones);
    await tab.evaluate(() => globalThis.slotwise.apply());
    return variant(tab);
  };
  const untouched = async (tab) => {
    assert.equal(await fitted(tab), "welcome");
    assert.deepEqual(await cards(tab), ["0"]);
    const answers = await tab.evaluate(() => {
      const { slotwise } = globalThis;
      return [slotwise.intent(), slotwise.decide(), slotwise.apply(), [...slotwise.rank(["1"])], slotwise.snapshot];
    });
    assert.deepEqual(answers, [null, [], [], [["1", 0]], null]);
  };

  test("a strict policy with nothing but wasm-unsafe-eval is enough", async (t) => {
    const policy = `${STRICT}; script-src 'self' 'wasm-unsafe-eval'`;
    const { tab } = await visited(t, { headers: { "content-security-policy": policy } });
    assert.deepEqual(await ready(tab), { ok: true, source: "network" });
    assert.equal(await fitted(tab), "smartphone");
    assert.equal((await cards(tab)).length, 8);
    await tab.evaluate(() => globalThis.slotwise.explain());
    assert.deepEqual(await noise(tab), []);
  });

  test("a policy that forbids Wasm leaves the page alone, and events go out without the engine", async (t) => {
    const { shop, tab } = await visited(t, { headers: { "content-security-policy": `${STRICT}; script-src 'self'` } });
    assert.deepEqual(await ready(tab), { ok: false, source: "none", code: "engine" });
    await untouched(tab);
    assert.match(await tab.evaluate(async () => (await globalThis.slotwise.explain()).problem), /^engine: /);
    await until("the beacons", () => shop.events().filter(({ name }) => name === "view_item").length === 3);
  });

  test("a browser without WebAssembly leaves the page alone, and events go out", async (t) => {
    const { shop, tab } = await visited(t, { before: "delete globalThis.WebAssembly;" });
    assert.deepEqual(await ready(tab), { ok: false, source: "none", code: "engine" });
    await untouched(tab);
    await until("the beacons", () => shop.events().filter(({ name }) => name === "view_item").length === 3);
    assert.deepEqual(await noise(tab), []);
  });

  test("a sandboxed page without cookies and storage is fitted to what is done on it", async (t) => {
    const headers = { "content-security-policy": "sandbox allow-scripts" };
    const always = { "access-control-allow-origin": "*", "access-control-allow-headers": "content-type" };
    const { tab } = await visited(t, { headers, always });
    const forbidden = await tab.evaluate(() =>
      [() => document.cookie, () => sessionStorage, () => localStorage].map((read) => {
        try {
          return String(read());
        } catch (error) {
          return error.name;
        }
      }),
    );
    assert.deepEqual(forbidden, ["SecurityError", "SecurityError", "SecurityError"]);
    assert.deepEqual(await ready(tab), { ok: true, source: "network" });
    assert.equal(await fitted(tab), "smartphone");
    await tab.evaluate(() => {
      globalThis.slotwise.consent("granted");
      globalThis.slotwise.consent("denied");
      globalThis.slotwise.forget();
    });
    assert.deepEqual(await noise(tab), []);
  });

  test("what is done while the network is gone is sent once it is back, and no slot suffers", async (t) => {
    const { shop, tab } = await visited(t);
    assert.equal((await ready(tab)).ok, true);
    await shop.stop();
    assert.equal(await fitted(tab), "smartphone", "deciding needs no network");
    await tab.evaluate(() => globalThis.slotwise.sync());
    assert.match(await tab.evaluate(() => globalThis.slotwise.problem), /^sync: /);
    assert.ok(await tab.evaluate(() => globalThis.slotwise.decide().length > 0), "the snapshot stays");
    assert.equal(shop.events().filter(({ name }) => name === "view_item").length, 0);
    await shop.start();
    await until("the beacons", () => shop.events().filter(({ name }) => name === "view_item").length >= 3);
    await until("the log", () => {
      const sent = new Set(shop.events().map(({ event_id }) => event_id));
      return tools.log().filter(({ event_id, name }) => name === "view_item" && sent.has(event_id)).length === 3;
    });
  });

  test("an engine whose file cannot be fetched comes from a script", async (t) => {
    const { tab } = await visited(t, { options: { wasm: "http://127.0.0.1:1/engine.wasm" } });
    assert.equal((await ready(tab)).ok, true);
    assert.equal(await fitted(tab), "smartphone");
  });

  test("without fetchLater, idle callbacks, activation, navigation and observers everything works", async (t) => {
    const gone = ["fetchLater", "requestIdleCallback", "navigation", "IntersectionObserver", "scheduler"];
    const before = `for (const name of ${JSON.stringify(gone)}) { delete globalThis[name]; delete Window.prototype[name]; }
      delete Navigator.prototype.userActivation; delete AbortSignal.timeout; delete Crypto.prototype.randomUUID;`;
    const { shop, tab } = await visited(t, { before });
    const left = await tab.evaluate((gone) => gone.filter((name) => name in globalThis), gone);
    assert.deepEqual(left, []);
    assert.equal((await ready(tab)).ok, true);
    assert.equal(await fitted(tab), "smartphone");
    await until("the beacons", () => shop.events().filter(({ name }) => name === "view_item").length === 3);
    assert.deepEqual(await noise(tab), []);
  });

  test("under Global Privacy Control slots are fitted, and nothing is stored or sent", async (t) => {
    const before = 'Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true, configurable: true });';
    const { shop, tab } = await visited(t, { before });
    assert.equal((await ready(tab)).ok, true);
    assert.equal(await tab.evaluate(() => globalThis.slotwise.answer), "denied");
    assert.equal(await fitted(tab), "smartphone");
    await tab.goto("about:blank");
    await tab.goto(`${shop.url}/`);
    assert.equal((await ready(tab)).ok, true);
    assert.equal(await tab.evaluate(() => document.cookie), "");
    assert.deepEqual(shop.beacons, []);
    assert.equal(await variant(tab), "welcome", "the next page knows nothing of this one");
  });

  test("before consent nothing is stored or sent, and after a refusal neither", async (t) => {
    const { shop, tab } = await visited(t, { options: { consent: "required" } });
    assert.equal((await ready(tab)).ok, true);
    assert.equal(await fitted(tab), "smartphone");
    assert.equal(await tab.evaluate(() => document.cookie), "");
    await tab.evaluate(() => globalThis.slotwise.consent("granted"));
    await look(tab, smartphones.slice(0, 1));
    await until("the beacon", () => shop.events().length > 0);
    await holds(tab, () => /(^|; )slotwise=./.test(document.cookie));
    await tab.evaluate(() => globalThis.slotwise.consent("denied"));
    assert.equal(await tab.evaluate(() => document.cookie), "slotwise_consent=denied");
  });
});
