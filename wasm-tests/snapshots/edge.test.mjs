// The Worker in real workerd, and an origin that does everything wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { figure } from "../figures.mjs";
import { health, Jar, until } from "../stage.mjs";
import { DAY_MS, keys, manifest, sha256 } from "./forge.mjs";
import { FAULT_NAMES } from "./origin.mjs";
import { begin, OWN, page, visitor } from "./stage.mjs";

let stage;
let jar;
const idOf = ({ snapshot }) => snapshot;

before(async () => {
  stage = await begin();
});
after(() => stage?.stop());

/** What a fault may be called in public. */
const WORDS = ["unreachable", "late", "too long", "malformed", "unsigned", "lower sequence", "older model", "expired", "clock"];
WORDS.push("wrong hash", "store", "engine");

/** Asks for health, which must answer soon and tell no stranger anything. */
async function asked(host) {
  const began = Date.now();
  const response = await fetch(`${host.url}/_slotwise/health`);
  const text = await response.text();
  assert.ok(Date.now() - began < 4000, `health took ${Date.now() - began} ms`);
  assert.doesNotMatch(text, /127\.0\.0\.1|10\.0\.0\.7|http|Maintenance/i);
  const state = JSON.parse(text);
  assert.equal(response.status, state.ok ? 200 : 503);
  assert.ok(state.problem === null || WORDS.includes(state.problem), text);
  assert.equal(state.problem === null, state.problem_ms === null);
  return state;
}

/** A worker for as long as a test lasts. */
async function during(options, act) {
  const host = await stage.worker(options);
  try {
    return await act(host);
  } finally {
    await host.stop();
    stage.from.does = {};
  }
}

/** A host that uses the older snapshot. */
const onOlder = (act, options) =>
  during(options, async (host) => {
    stage.say(stage.older);
    await until("the older snapshot", async () => (await health(host)).snapshot === idOf(stage.older));
    jar = await visitor(host);
    await act(host);
  });

const isPersonalised = async (host) => /data-slotwise-personalised/.test((await page(host, jar)).html);

test("whatever is wrong with the manifest or the snapshot, the edge stays with what it has, and goes on once it is right", async (t) => {
  await onOlder(async (host) => {
    for (const kind of ["manifest", "snapshot"]) {
      for (const fault of FAULT_NAMES) {
        // A manifest may end with white space.
        if (kind === "manifest" && fault === "a byte more") continue;
        const what = `${kind}: ${fault}`;
        stage.from.does = { [kind]: fault };
        stage.from.sent = 0;
        stage.say(stage.newer);
        const state = await until(
          what,
          async () => {
            const now = await asked(host);
            return now.problem && now;
          },
          40,
        );
        assert.deepEqual([state.ok, state.snapshot], [true, idOf(stage.older)], what);
        assert.ok(await isPersonalised(host), what);
        if (fault === "300 MB") {
          assert.ok(stage.from.sent < 30 * 2 ** 20, `${stage.from.sent} bytes were sent of ${kind}`);
          figure(
            t,
            `cut_${kind}`,
            (stage.from.sent / 2 ** 20).toFixed(0),
            "MB",
            `An answer of 300 MB instead of the ${kind}: sent until it is cut off`,
          );
        }
        stage.from.does = {};
        // A sync that began before it was mended has to end first.
        await until(`${what}, mended`, async () => (await asked(host)).snapshot === idOf(stage.newer), 40);
        stage.say(stage.older);
        await until("back", async () => (await asked(host)).snapshot === idOf(stage.older));
        assert.equal((await asked(host)).problem, null);
      }
    }
  });
});

test("an isolate that starts while the origin does something wrong shows the shop's own page, and says so", async () => {
  await onOlder(async () => {});
  for (const [kind, fault] of [
    ["manifest", "away"],
    ["manifest", "hangs"],
    ["manifest", "HTML"],
    ["manifest", "300 MB"],
    ["snapshot", "status 404"],
    ["snapshot", "a bit flipped"],
    ["snapshot", "drip-fed"],
  ]) {
    await during({}, async (host) => {
      stage.from.does = { [kind]: fault };
      const what = `${kind}: ${fault}`;
      const began = Date.now();
      const { html, status } = await page(host, jar);
      assert.deepEqual([html, status], [OWN, 200], what);
      assert.ok(Date.now() - began < 1500, `${what}: the page took ${Date.now() - began} ms`);
      const state = await asked(host);
      assert.deepEqual([state.ok, state.snapshot, state.sequence], [false, null, null], what);
      assert.equal((await fetch(`${host.url}/_slotwise/manifest`)).status, 503, what);
    });
  }
});

test("old, replayed and foreign manifests are refused, and a signed rollback is followed", async () => {
  const { say, text, from, older, newer, pair } = stage;
  const foreign = keys();
  await onOlder(async (host) => {
    const replayed = from.manifest;
    const refused = async (told, word) => {
      from.manifest = told;
      const state = await until(word, async () => {
        const now = await asked(host);
        return now.problem === word && now;
      });
      assert.equal(state.snapshot, idOf(newer), word);
      assert.ok(await isPersonalised(host));
    };
    say(newer);
    await until("the newer snapshot", async () => (await asked(host)).snapshot === idOf(newer));
    const { sequence } = await asked(host);
    await refused(replayed, "lower sequence");
    await refused(manifest({ sequence, current: older }, pair), "lower sequence");
    const old = { ...older, newest_ms: 1 };
    await refused(text(older, { current: old }), "older model");
    await refused(text(older, {}, foreign), "unsigned");
    await refused(text(older).replace('"rollback":false', '"rollback":true'), "unsigned");
    await refused(text(older, { published_ms: Date.now() - 15 * DAY_MS }), "expired");
    await refused(text(older, { published_ms: Date.now() + 3 * DAY_MS }), "clock");
    await refused(text(older, { format: 3 }), "malformed");
    await refused(`${" ".repeat(20_000)}${text(older)}`, "too long");
    say(older, { current: old, rollback: true });
    await until("the rollback", async () => (await asked(host)).snapshot === idOf(older));
  });
});

test("clocks may differ by a day either way", async () => {
  for (const skew of [-DAY_MS, DAY_MS]) {
    await during({}, async (host) => {
      stage.say(stage.older, { published_ms: Date.now() + skew });
      const state = await asked(host);
      assert.deepEqual([state.ok, state.snapshot], [true, idOf(stage.older)]);
      assert.ok(Math.abs(state.age_s - Math.max(0, -skew / 1000)) < 60, `${state.age_s}`);
      assert.ok(await isPersonalised(host));
    });
  }
});

test("a model past its age limit is dropped while the origin is away", async () => {
  await during({}, async (host) => {
    stage.say(stage.older, { max_age_s: 4 });
    assert.equal((await asked(host)).ok, true);
    assert.ok(await isPersonalised(host));
    stage.from.does = { manifest: "away" };
    await until("the age limit", async () => !(await asked(host)).ok);
    assert.equal((await page(host, jar)).html, OWN);
    const answer = await fetch(`${host.url}/_slotwise/decide`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    assert.deepEqual([answer.status, (await answer.json()).decisions], [200, []]);
    stage.from.does = {};
    stage.say(stage.older);
    await until("a fresh manifest", async () => (await asked(host)).ok);
  });
});

test("either of two keys is enough, at the host and in the manifest", async () => {
  const other = keys();
  const both = { bindings: { SLOTWISE_PUBLIC_KEY: `${stage.pair.publicKey} ${other.publicKey}` } };
  await during(both, async (host) => {
    for (const pairs of [[stage.pair], [other], [keys(), other], [stage.pair, other]]) {
      stage.say(stage.older, {}, ...pairs);
      const { sequence, problem } = await asked(host);
      assert.deepEqual([JSON.parse(stage.from.manifest.split("\n")[0]).sequence, null], [sequence, problem]);
    }
  });
});

test("a canary decides for its share of visits, says so, and leaves when it is withdrawn", async () => {
  await onOlder(async (host) => {
    const snapshotOf = async (campaign) => {
      const visit = await visitor(host, campaign);
      const { timing } = await page(host, visit);
      const [, id] = /slotwise;desc="edge ([\da-f]{12})", slotwise-snapshot;desc="\1";dur=\d+/.exec(timing) ?? [];
      const answer = await fetch(`${host.url}/_slotwise/decide`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: visit.cookies.get("slotwise") }),
      });
      const { decisions } = await answer.json();
      assert.ok(decisions.length > 0 && decisions.every(({ snapshot }) => snapshot.startsWith(id)), "page and answer differ");
      return id === idOf(stage.newer).slice(0, 12);
    };
    const share = async () => {
      let tried = 0;
      for (let visit = 0; visit < 40; visit++) if (await snapshotOf(visit)) tried++;
      return tried;
    };
    const canary = { share: 5000, release: stage.newer };
    stage.say(stage.older, { canary });
    await until("the canary", async () => (await asked(host)).canary === idOf(stage.newer));
    assert.deepEqual([(await asked(host)).snapshot, (await asked(host)).problem], [idOf(stage.older), null]);
    const tried = await share();
    assert.ok(tried >= 8 && tried <= 32, `${tried} of 40`);
    // A canary that cannot be had leaves all visits to the current snapshot.
    stage.say(stage.older, { canary: { share: 5000, release: { ...stage.newer, snapshot: "0".repeat(64) } } });
    await until("the trouble", async () => (await asked(host)).problem === "unreachable");
    assert.equal(await share(), 0);
    // Promoted: it is open already.
    stage.say(stage.older, { canary });
    await until("the canary again", async () => (await asked(host)).problem === null);
    stage.from.asked = [];
    stage.say(stage.newer);
    await until("its promotion", async () => (await asked(host)).snapshot === idOf(stage.newer));
    assert.deepEqual([...new Set(stage.from.asked)], ["manifest"]);
    assert.equal(await share(), 40);
  });
});

test("a patch is taken where it is smaller and whole, and else the snapshot in full", async () => {
  const { from, patched } = stage;
  const [{ patch, bytes }] = patched.patches;
  assert.ok(bytes < patched.bytes);
  for (const [fault, fetched] of [
    [undefined, ["patch"]],
    ["status 404", ["patch", "snapshot"]],
    ["a bit flipped", ["patch", "snapshot"]],
    ["HTML", ["patch", "snapshot"]],
  ]) {
    await onOlder(async (host) => {
      from.does = { patch: fault };
      from.asked = [];
      stage.say(patched);
      const state = await until(`the newer one, ${fault}`, async () => {
        const now = await asked(host);
        return now.snapshot === idOf(patched) && now;
      });
      assert.equal(state.problem, null);
      const files = from.asked.filter((path) => path !== "manifest");
      assert.deepEqual(
        files.map((path) => path.split("/")[0]),
        fetched,
        fault,
      );
      assert.equal(files[0], `patch/${patch}`);
      assert.ok(await isPersonalised(host));
    });
  }
});

test("exactly one fetch is under way, however many ask", async () => {
  await during({}, async (host) => {
    stage.from.does = { snapshot: "drip-fed" };
    stage.say(stage.older);
    stage.from.asked = [];
    await Promise.all(Array.from({ length: 50 }, () => page(host, new Jar())));
    // Requests that come together cannot share an answer, so each asks for the small file of prices; the platform's cache answers most.
    const large = stage.from.asked.filter((path) => path !== "overlay");
    assert.deepEqual(large, ["manifest", `snapshot/${idOf(stage.older)}`]);
  });
});

test("shards and patches come through the edge checked, and nothing else does", async () => {
  const shard = Buffer.alloc(9000, "shard");
  const name = sha256(shard).slice(0, 32);
  stage.from.add("shard", [shard]);
  await onOlder(async (host) => {
    const get = (path) => fetch(`${host.url}/_slotwise/${path}`);
    const response = await get(`shard/${name}`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("cache-control"), /public, max-age=31536000, immutable/);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), shard);
    for (const fault of ["a bit flipped", "HTML", "300 MB", "status 500", "away"]) {
      stage.from.does = { shard: fault };
      const wrong = await get(`shard/${name}`);
      assert.equal(wrong.status, 404, fault);
      assert.doesNotMatch(await wrong.text(), /127|10\.0/);
      assert.equal(wrong.headers.get("cache-control"), "no-store", fault);
    }
    for (const path of ["shard/x", `shard/${"A".repeat(32)}`, `shard/..%2f${"0".repeat(28)}`, `patch/${"0".repeat(31)}`]) {
      stage.from.asked = [];
      assert.equal((await get(path)).status, 404, path);
      assert.ok(!stage.from.asked.some((asked) => asked.startsWith("shard") || asked.startsWith("patch")), path);
    }
  });
});

/** What a KV namespace does wrong: text in place of the binding. */
const BROKEN_KV = {
  throws: "{ get: () => { throw new Error('KV is away'); }, put: () => Promise.reject(new Error('KV is away')) }",
  rejects: "{ get: () => Promise.reject(new Error('KV is away')), put: () => Promise.reject(new Error('KV is away')) }",
  hangs: "{ get: () => new Promise(() => {}), put: () => new Promise(() => {}) }",
  "says nonsense":
    "{ get: (_, kind) => Promise.resolve(kind === 'text' ? 'nonsense' : new Response('nonsense').body), put: () => Promise.resolve() }",
};

test("a KV that throws, hangs or talks nonsense is no reason to be without a snapshot", async () => {
  for (const [fault, kv] of Object.entries(BROKEN_KV)) {
    const mend = (modules) => {
      const { contents } = modules["edge_config.js"];
      modules["edge_config.js"].contents = contents.replace("env.SNAPSHOTS", kv);
      assert.notEqual(modules["edge_config.js"].contents, contents);
      return modules;
    };
    await during({ mend }, async (host) => {
      stage.say(stage.older);
      assert.equal((await page(host, jar)).status, 200);
      await until(fault, async () => (await asked(host)).snapshot === idOf(stage.older), 20);
      assert.ok(await isPersonalised(host), fault);
    });
  }
});

test("KV: what is stale or missing there is had from the origin, and nothing older is ever written", async () => {
  const { from, say, older, newer } = stage;
  await during({ kv: true }, async (host) => {
    const kv = await host.flare.getKVNamespace("SNAPSHOTS");
    const fetcher = await host.flare.getWorker();
    const cron = () => fetcher.scheduled({ cron: "*/5 * * * *" });
    const replayed = say(older);
    await cron();
    assert.equal(await kv.get("manifest"), replayed);
    const stored = Buffer.from(await kv.get(`snapshot/${idOf(older)}`, "arrayBuffer"));
    assert.equal(sha256(stored), idOf(older));
    // Nothing has changed: nothing is fetched but the manifest.
    from.asked = [];
    await cron();
    assert.deepEqual(from.asked, ["manifest"]);
    // What is damaged is written again.
    await kv.put(`snapshot/${idOf(older)}`, "damaged");
    await cron();
    assert.equal(sha256(Buffer.from(await kv.get(`snapshot/${idOf(older)}`, "arrayBuffer"))), idOf(older));
    const text = say(newer);
    await cron();
    assert.equal(await kv.get("manifest"), text);
    await until("the newer one from KV", async () => (await asked(host)).snapshot === idOf(newer));
    // The origin goes back; KV does not.
    from.manifest = replayed;
    await cron();
    assert.equal(await kv.get("manifest"), text);
    // KV goes back, as a copy in another place may be: the isolate does not.
    await kv.put("manifest", replayed);
    const state = await asked(host);
    assert.deepEqual([state.snapshot, state.problem], [idOf(newer), null]);
    // A manifest without its file: the origin has it.
    const next = say(older);
    await kv.put("manifest", next);
    await kv.delete(`snapshot/${idOf(older)}`);
    await until("the file from the origin", async () => (await asked(host)).snapshot === idOf(older));
  });
});
