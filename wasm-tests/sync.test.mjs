// Which manifests and files hosts trust, and how long and how far they read: the package's own script in Node, and a few of the
// faults of `npm run test:snapshots` in real workerd.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { begin, OWN, page, visitor } from "./snapshots/stage.mjs";
import { DAY_MS, keys, manifest, sha256 } from "./snapshots/forge.mjs";
import { root, until } from "./stage.mjs";

const { asked, fetched, named, opened, trusted } = await import(join(root, "js/dist/sync.js"));

let stage;

before(async () => {
  stage = await begin();
});
after(() => stage?.stop());

const pair = keys();
const release = { snapshot: "a".repeat(64), bytes: 9, newest_ms: 9, root: "b".repeat(32), root_bytes: 9, patches: [] };
const text = (fields, ...pairs) => manifest({ current: release, ...fields }, ...(pairs.length > 0 ? pairs : [pair]));
const refused = (told, trouble, last, by = pair.publicKey) =>
  assert.rejects(trusted(told, by, last), (error) => {
    assert.equal(error.trouble, trouble, error.message);
    return true;
  });

test("every cut and every flipped bit of a manifest is refused, or says the same", async () => {
  const whole = Buffer.from(text({}));
  const says = async (bytes) => {
    const { text: _, ...found } = await trusted(bytes.toString("latin1"), pair.publicKey).catch(() => ({}));
    return found;
  };
  const right = await says(whole);
  assert.equal(right.current.snapshot, release.snapshot);
  const isHarmless = async (bytes) => {
    const found = await says(bytes);
    return found.current === undefined || assert.deepEqual(found, right) === undefined;
  };
  for (let length = 0; length < whole.length; length++) assert.ok(await isHarmless(whole.subarray(0, length)), `cut to ${length}`);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const copy = Buffer.from(whole);
    copy[bit >> 3] ^= 1 << (bit & 7);
    assert.ok(await isHarmless(copy), `bit ${bit}`);
  }
});

test("a manifest counts if one of its one or two keys is one of the host's", async () => {
  const other = keys();
  const stranger = keys();
  for (const [hosts, signers] of [
    [[pair], [pair]],
    [[pair], [other, pair]],
    [[other, pair], [pair]],
    [
      [pair, other],
      [stranger, other],
    ],
  ]) {
    const found = await trusted(text({}, ...signers), hosts.map(({ publicKey }) => publicKey).join(" "));
    assert.equal(found.current.snapshot, release.snapshot);
  }
  await refused(text({}, stranger), "unsigned");
  await refused(text({}, stranger, other), "unsigned");
  // A key under the name of another.
  await refused(text({}, { ...stranger, id: pair.id }), "unsigned");
  await refused(text({}), "unsigned", undefined, "");
  await refused(text({}), "unsigned", undefined, "no key");
});

test("no byte of a manifest can be changed, and none left out", async () => {
  const whole = text({ sequence: 7 });
  const { text: _, ...said } = await trusted(whole, pair.publicKey);
  for (let at = 0; at < whole.length; at++) {
    for (const other of [
      whole.slice(0, at),
      `${whole.slice(0, at)}${String.fromCharCode(whole.charCodeAt(at) ^ 1)}${whole.slice(at + 1)}`,
    ]) {
      const found = await trusted(other, pair.publicKey).catch(() => undefined);
      if (found) assert.deepEqual({ ...found, text: undefined }, { ...said, text: undefined }, `byte ${at}`);
    }
  }
});

test("sequences rise, models do not go back unless that is signed, and time is kept", async () => {
  const last = await trusted(text({ sequence: 5 }), pair.publicKey);
  assert.equal(await trusted(last.text, pair.publicKey, last), last, "the same text is the same manifest");
  await refused(text({ sequence: 4 }), "lower sequence", last);
  await refused(text({ sequence: 5, max_age_s: 9 }), "lower sequence", last);
  await refused(text({ sequence: 4, rollback: true }), "lower sequence", last);
  const old = { ...release, newest_ms: 8 };
  await refused(text({ sequence: 6, current: old }), "older model", last);
  assert.equal((await trusted(text({ sequence: 6, current: old, rollback: true }), pair.publicKey, last)).sequence, 6);
  const now = Date.now();
  for (const days of [-13, -1, 0, 1, 1.9]) await trusted(text({ published_ms: now + days * DAY_MS }), pair.publicKey);
  await refused(text({ published_ms: now - 14.1 * DAY_MS }), "expired");
  await refused(text({ published_ms: now + 2.1 * DAY_MS }), "clock");
  await refused(text({ format: 1 }), "malformed");
  await refused(text({ current: { ...release, snapshot: "../manifest" } }), "malformed");
  await refused(text({ padding: " ".repeat(17_000) }), "too long");
});

test("a file is read as far as it may be long, for as long as it may take, and is what its name says", async () => {
  const { from } = stage;
  const bytes = Buffer.alloc(5000, "shard");
  const name = sha256(bytes).slice(0, 32);
  from.add("shard", [bytes]);
  const url = `${from.url}/_slotwise/shard/${name}`;
  const get = async (most = 5000) => named(await fetched(url, most, asked(url, {}, 400)), name);
  assert.deepEqual(Buffer.from(await get()), bytes);
  await assert.rejects(get(4999), /longer than 4999 bytes/);
  const troubles = {
    ...{ away: "unreachable", hangs: "late", "drip-fed": "late", "broken off": "unreachable", "status 500": "unreachable" },
    ...{
      HTML: "wrong hash",
      nothing: "wrong hash",
      short: "wrong hash",
      "a byte more": "too long",
      "a bit flipped": "wrong hash",
      "300 MB": "too long",
    },
  };
  for (const [fault, trouble] of Object.entries(troubles)) {
    from.does = { shard: fault };
    await assert.rejects(get(), (error) => {
      assert.equal(error.trouble, trouble, `${fault}: ${error.message}`);
      return true;
    });
  }
  assert.ok(from.sent < 30 * 2 ** 20, `${from.sent} bytes of 300 MB were sent`);
  from.does = {};
});

test("signed bytes are what they begin with says, by either key", async () => {
  const other = keys();
  assert.equal(await opened(undefined, "x", pair.publicKey), undefined);
  assert.equal(await opened(new Uint8Array(63), "x", pair.publicKey), undefined);
  assert.equal(await opened(new Uint8Array(80), "x", `${pair.publicKey} ${other.publicKey}`), undefined);
});

test("the Worker goes from nothing to a snapshot, refuses what is wrong, and says no more than a word of it", async () => {
  const { from, say, older, newer } = stage;
  const host = await stage.worker();
  const asked = async () => {
    const response = await fetch(`${host.url}/_slotwise/health`);
    const told = await response.text();
    assert.doesNotMatch(told, /127\.0\.0\.1|10\.0\.0\.7|http/);
    return { ...JSON.parse(told), status: response.status };
  };
  try {
    const jar = await visitor(host);
    from.does = { manifest: "HTML" };
    assert.equal((await page(host, jar)).html, OWN);
    const none = await asked();
    assert.deepEqual([none.status, none.ok, none.snapshot, none.problem], [503, false, null, "unsigned"]);
    from.does = {};
    const first = say(older);
    // It syncs once an interval, so what it says may be of the time before.
    const told = (what, is) =>
      until(what, async () => {
        const state = await asked();
        return is(state) && state;
      });
    const state = await told("the older snapshot", ({ snapshot }) => snapshot === older.snapshot);
    assert.deepEqual([state.status, state.ok, state.snapshot, state.problem, state.problem_ms], [200, true, older.snapshot, null, null]);
    const { html, timing } = await page(host, jar);
    assert.match(html, /data-slotwise-personalised/);
    assert.match(timing, /slotwise;desc="edge ([\da-f]{12})", slotwise-snapshot;desc="\1";dur=\d+$/);
    // A manifest that names a missing file, and one that is behind.
    say({ ...newer, snapshot: "0".repeat(64) });
    const missing = await told("a refusal", ({ problem }) => problem);
    assert.deepEqual([missing.snapshot, missing.problem], [older.snapshot, "unreachable"]);
    say(newer);
    await told("the newer snapshot", ({ snapshot, problem }) => snapshot === newer.snapshot && !problem);
    from.manifest = first;
    const replayed = await told("a refusal", ({ problem }) => problem);
    assert.deepEqual([replayed.snapshot, replayed.problem], [newer.snapshot, "lower sequence"]);
  } finally {
    await host.stop();
    from.does = {};
  }
});
