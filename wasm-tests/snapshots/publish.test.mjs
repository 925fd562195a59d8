// Publishing by real processes: killed at any moment, many at once, on a full disk. Whatever happens, the folder holds a
// manifest that hosts trust, everything that it names, and no litter once the next publisher has been there.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, publish, slotwise } from "../stage.mjs";

const linux = process.platform === "linux";
const golden = { events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" };
let shop;

before(() => {
  shop = publish(golden);
});

after(() => shop?.remove());

const key = () => ["--key", `${shop.key}.secret`];
const at = (folder) => ["--published", folder];

/** A folder of its own with one snapshot. */
function folder(name) {
  const out = join(shop.folder, name);
  const words = ["--events", golden.events, "--plan", golden.plan, "--rounds", "0", ...key(), "--out", out];
  const run = slotwise("train", ...words);
  assert.equal(run.code, 0, run.err);
  return { out, words: ["train", ...words] };
}

/** Everything that the manifest names is there, right and signed. */
function sound(out) {
  const run = slotwise("verify", out, "--public-key", `${shop.key}.public`);
  assert.equal(run.code, 0, `${run.out}${run.err}`);
  return Number(/number (\d+)/.exec(run.out)[1]);
}

const litter = (out) => readdirSync(out, { recursive: true }).filter((name) => name.endsWith(".tmp"));

/** Runs a publisher and kills it after some milliseconds. Returns whether it was still at work, and how long it took. */
function killed(words, ms) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(binary, words, { stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      assert.ok(signal === "SIGKILL" || code === 0, `ended with ${code}`);
      resolve({ stopped: signal === "SIGKILL", took: performance.now() - began });
    });
  });
}

test("a publisher that is killed at any moment leaves a folder that hosts trust", async (t) => {
  const { out, words } = folder("killed");
  const emptied = () => ["shard", "patch", "plan"].map((part) => rmSync(join(out, part), { recursive: true, force: true }));
  // How long the last whole run took, with the files of before and without them. A machine's speed varies: each run that
  // ends before its stop tells anew when the next ones have to come.
  const whole = [200, 200];
  let [run, stopped, sequence] = [0, 0, sound(out)];
  for (; run < 60 || (stopped < 25 && run < 300); run++) {
    // Twice the same snapshot would have nothing to write: without its files the publisher has everything to do again.
    const kind = run % 2;
    if (kind) emptied();
    // The files are written at the end: most stops come there.
    const share = run % 3 ? 0.75 + 0.3 * Math.random() : Math.random();
    const publisher = await killed(words, whole[kind] * share);
    if (publisher.stopped) stopped++;
    else whole[kind] = publisher.took;
    // The shards were taken away by this test, not by the publisher.
    if (kind && publisher.stopped) assert.equal(slotwise(...words).code, 0);
    const now = sound(out);
    assert.ok(now >= sequence, `${now} after ${sequence}`);
    sequence = now;
  }
  assert.equal(slotwise(...words).code, 0);
  sound(out);
  assert.deepEqual(litter(out), []);
  t.diagnostic(`${stopped} of ${run} publishers were killed at work; a whole run takes ${Math.round(Math.max(...whole))} ms`);
  assert.ok(stopped >= 25, `${stopped} of ${run} were killed at work`);
});

test("a signer that is killed at any moment loses no manifest", async (t) => {
  const { out } = folder("signed");
  const words = ["sign", ...at(out), ...key()];
  const began = Date.now();
  assert.equal(slotwise(...words).code, 0);
  const whole = Date.now() - began;
  let sequence = sound(out);
  let stopped = 0;
  for (let run = 0; run < 150; run++) {
    stopped += (await killed(words, whole * 1.2 * Math.random())).stopped;
    if (run % 10) continue;
    const now = sound(out);
    assert.ok(now >= sequence && now <= sequence + 10, `${now} after ${sequence}`);
    sequence = now;
  }
  assert.equal(slotwise(...words).code, 0);
  const last = sound(out);
  assert.deepEqual(litter(out), []);
  const past = readdirSync(join(out, "past")).map(Number);
  assert.deepEqual(
    past.sort((a, b) => a - b),
    Array.from({ length: last - 1 }, (_, number) => number + 1),
  );
  t.diagnostic(`${stopped} of 150 signers were killed at work`);
});

test("ten publishers at once all publish, one after the other", async () => {
  const { out } = folder("many");
  const codes = await Promise.all(
    Array.from(
      { length: 10 },
      () => new Promise((resolve) => spawn(binary, ["sign", ...at(out), ...key()], { stdio: "ignore" }).once("exit", resolve)),
    ),
  );
  assert.deepEqual(codes, Array(10).fill(0));
  assert.equal(sound(out), 11);
});

test("a full disk changes nothing, and says so", { skip: !linux && "Linux only" }, (t) => {
  const disk = join(shop.folder, "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status !== 0)
    return t.skip("a file system cannot be mounted here");
  try {
    const { out, words } = folder("disk/published");
    const sequence = sound(out);
    rmSync(join(out, "shard"), { recursive: true });
    // All the room that is left, page by page in the end.
    for (let piece = 1 << 20; piece >= 4096; piece /= 2) {
      try {
        for (;;) appendFileSync(join(disk, "ballast"), Buffer.alloc(piece));
      } catch {}
    }
    const full = slotwise(...words);
    assert.equal(full.code, 2, full.out);
    assert.match(full.err, /No space left on device/);
    assert.deepEqual(litter(out), []);
    rmSync(join(disk, "ballast"));
    assert.equal(slotwise(...words).code, 0);
    assert.equal(sound(out), sequence + 1);
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a file that may not grow changes nothing, and says so", { skip: !linux && "Linux only" }, () => {
  const { out, words } = folder("limited");
  const sequence = sound(out);
  rmSync(join(out, "shard"), { recursive: true });
  rmSync(join(out, "snapshot"), { recursive: true });
  // Blocks of 1 kB. Without the trap the limit would kill the process.
  const run = spawnSync("bash", ["-c", `trap '' XFSZ; ulimit -S -f 4; exec "$0" "$@"`, binary, ...words], { encoding: "utf8" });
  assert.equal(run.status, 2, run.stdout);
  assert.match(run.stderr, /File too large/);
  assert.deepEqual(litter(out), []);
  assert.equal(slotwise(...words).code, 0);
  assert.equal(sound(out), sequence + 1);
});
