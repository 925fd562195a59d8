// The same answers everywhere: what native, golden and random sessions are decided to be, workerd decides too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { fnv, MODELS, nativeTriples, simulated, triplesModule } from "./programs.mjs";
import { ask, bareEdge, edge, origin, publish, root, synced } from "./stage.mjs";

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
      const answer = await (await ask(host.url, { ...session, context, explain: true })).json();
      for (const decision of answer.decisions) {
        assert.equal(decision.snapshot, golden.manifest().current.snapshot);
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

/** Each so many-th session is asked for its reasons too: they take most of the time. */
const EXPLAINED = 10;

test("ten thousand simulated sessions have the same intent and decisions in workerd", { timeout: 240_000 }, async () => {
  // The Worker's clock cannot be set, so the native engine gets this one; arms change at the full hour.
  const hour = () => Math.floor(Date.now() / 3_600_000);
  const mine = publish({ tour: true, holdout: 0.2 });
  const server = await origin(mine);
  // Miniflare's proxy would take as long again.
  const host = await bareEdge(mine, server.url, { SLOTWISE_ORIGIN: server.url });
  await synced(host);
  const expected = { hour: hour(), sessions: simulated(mine.snapshotFile(), 10_000, Date.now()) };
  assert.ok(expected.sessions.some(({ intent }) => JSON.parse(intent).reasons.length > 20));
  const asked = async (question, again = true) => {
    try {
      return await (await ask(host.url, question)).json();
    } catch (cause) {
      // A connection that was kept may close just when a request takes it.
      if (!again) throw cause;
      return asked(question, false);
    }
  };
  /** What the Worker makes of a session, and what the native engine makes of it in the same hour. */
  const both = async (number) => {
    const began = hour();
    const answer = await asked({ token: expected.sessions[number].token, explain: number % EXPLAINED === 0 });
    if (began === hour() && began === expected.hour) return [answer, expected.sessions[number]];
    if (expected.hour !== hour()) Object.assign(expected, { hour: hour(), sessions: simulated(mine.snapshotFile(), 10_000, Date.now()) });
    return both(number);
  };
  let next = 0;
  const askAll = async () => {
    while (next < expected.sessions.length) {
      const number = next++;
      const [answer, { events, context, now, intent, decisions, brief }] = await both(number);
      const anonymous = answer.decisions.map((decision) => ({ ...decision, snapshot: "" }));
      if (number % EXPLAINED) {
        assert.equal(fnv(JSON.stringify([anonymous, answer.intent])), brief, `session ${number}`);
        continue;
      }
      assert.equal(fnv(JSON.stringify(anonymous)), decisions, `decisions of session ${number}`);
      assert.equal(JSON.stringify(answer.intent), intent, `session ${number}`);
      // Told event by event, as long ago as they were, the visit is the same.
      const late = Math.floor((Date.now() - now) / 1000) * 1000;
      const shifted = events.map((event) => ({ ...event, time_ms: event.time_ms + late }));
      const told = await asked({ events: shifted, context, explain: true });
      assert.equal(JSON.stringify(told.intent), intent, `session ${number}, told by events`);
    }
  };
  try {
    await Promise.all(Array.from({ length: 8 }, askAll));
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
