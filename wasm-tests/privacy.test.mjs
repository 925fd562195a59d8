// What the edge keeps of a visitor and sends on, in real workerd: only what consent allows, and nothing that names somebody.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AGENT, demoStage, edge, Jar, logged, phoneLover, post, root, smartphones, view } from "./stage.mjs";

let shop;
let store;
let worker;
let stop;

before(async () => {
  ({ shop, store, worker, stop } = await demoStage());
});

after(() => stop?.());

const text = async (response) => (await response).text();

test("Global Privacy Control and a refusal keep everything back", async () => {
  for (const refusal of [{ "sec-gpc": "1" }, { cookie: "slotwise_consent=denied" }]) {
    const before = logged(store).length;
    const response = await fetch(`${worker.url}/_slotwise/events`, {
      method: "POST",
      headers: new Jar().headers({ "content-type": "application/json", ...refusal }),
      body: JSON.stringify({ events: [view(smartphones[0])] }),
    });
    assert.equal(response.status, 202);
    assert.deepEqual(response.headers.getSetCookie(), []);
    const jar = await phoneLover(worker);
    const cookie = `slotwise=${jar.cookies.get("slotwise")}; ${refusal.cookie ?? "a=b"}`;
    const page = await text(fetch(`${worker.url}/`, { headers: jar.headers({ ...refusal, cookie }) }));
    assert.equal(page, await text(fetch(`${store.url}/`)));
    assert.equal(logged(store).length - before, 3, "only the three allowed events reach the log");
  }
});

test("the edge keeps a visit where the cases of consent.json allow it", async () => {
  const strict = await edge(shop, store, { consent: "required" });
  try {
    const cases = JSON.parse(readFileSync(join(root, "wasm-tests/consent.json"), "utf8"));
    for (const { cookies, private: gpc, mode, allowed } of cases) {
      const headers = {
        "content-type": "application/json",
        ...(cookies && { cookie: cookies }),
        ...(gpc && { "sec-gpc": "1" }),
        "user-agent": AGENT,
      };
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
  const before = logged(store).length;
  await phoneLover(worker);
  const lines = logged(store).slice(before);
  assert.equal(lines.length, 3);
  const ordered = lines.sort((a, b) => Number(a.chain[0] !== null) - Number(b.chain[0] !== null));
  assert.equal(ordered[0].chain[0], null);
  assert.ok(lines.some((line) => line.chain[0] === ordered[0].chain[1]));
  // Where a visit came from is said once, in words that single out nobody.
  assert.deepEqual(Object.keys(ordered[0].context).sort(), ["campaign", "device", "landing", "region", "source", "time"]);
  assert.ok(ordered.slice(1).every((line) => !("context" in line)));
  for (const line of lines) {
    const known = ["name", "params", "event_id", "time_ms", "chain", "context"];
    assert.deepEqual(
      Object.keys(line).filter((key) => !known.includes(key)),
      [],
    );
  }
});
