// Publishing to an object store: the program with the feature `store`, against a real S3 server (moto, from PyPI). Skipped with
// a word where the one cannot be built or the other not installed.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { s3, WITHOUT } from "../moto.mjs";
import { binary, origin, publish, root } from "../stage.mjs";

const program = join(root, "target/store/slotwise");
let shop;
let server;
let missing;
let env;

/** The program with the feature; undefined if it cannot be built. Its own place, so that other tests keep theirs. */
function built() {
  mkdirSync(join(root, "target/store"), { recursive: true });
  const words = ["build", "--release", "--locked", "--bin", "slotwise"];
  const cargo = (...more) => spawnSync("cargo", [...words, ...more], { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status;
  if (cargo("--features", "store") !== 0) return undefined;
  copyFileSync(binary, program);
  return cargo() === 0;
}

before(async () => {
  shop = publish({ events: "wasm-tests/golden/clicks.csv", plan: "wasm-tests/golden/plan.json" });
  server = await s3();
  if (!server) missing = WITHOUT;
  else if (!process.env.SLOTWISE_STORE_PROGRAM && !built()) missing = "the feature `store` cannot be built here";
  env = server?.env;
});

after(() => {
  server?.stop();
  shop?.remove();
});

/** Runs the program with the store. */
function run(...words) {
  const done = spawnSync(process.env.SLOTWISE_STORE_PROGRAM ?? program, words, { cwd: root, encoding: "utf8", env });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function must(...words) {
  const done = run(...words);
  assert.equal(done.code, 0, done.err);
  return done;
}

const log = ["--events", "wasm-tests/golden/clicks.csv", "--plan", "wasm-tests/golden/plan.json", "--rounds", "0"];
const train = (place, ...more) => ["train", ...log, "--key", `${shop.key}.secret`, "--out", place, ...more];
const verify = (place) => run("verify", place, "--public-key", `${shop.key}.public`);

function sound(place) {
  const done = verify(place);
  assert.equal(done.code, 0, `${done.out}${done.err}`);
  return Number(/number (\d+)/.exec(done.out)[1]);
}

test("a snapshot is published to a store, checked there, rolled back and tried out", async (t) => {
  if (missing) return t.skip(missing);
  const place = "s3://bucket/shop";
  assert.match(verify(place).err, /nothing is published there/);
  must(...train(place));
  assert.equal(sound(place), 1);
  must(...train(place, "--neighbours", "8"));
  assert.equal(sound(place), 2);
  const signer = ["--published", place, "--key", `${shop.key}.secret`];
  must("rollback", ...signer);
  must("sign", ...signer);
  must(...train(place, "--neighbours", "9", "--canary", "5%"));
  assert.match(verify(place).out, /tried by 5 % of the visits/);
  must("promote", ...signer);
  assert.equal(sound(place), 6);
  const read = (name) => server.ask(`shop/${name}`);
  const head = await read("manifest");
  assert.equal(head.headers.get("cache-control"), "no-cache");
  const { current } = JSON.parse((await head.text()).split("\n", 1)[0]);
  const root = await read(`shard/${current.root}`);
  assert.match(root.headers.get("cache-control"), /immutable/);
  assert.equal((await root.arrayBuffer()).byteLength, current.root_bytes);
});

test("of two publishers at once, each publishes or is told; no manifest is lost", async (t) => {
  if (missing) return t.skip(missing);
  const place = "s3://bucket/race";
  must(...train(place));
  const words = ["sign", "--published", place, "--key", `${shop.key}.secret`];
  const one = () =>
    new Promise((resolve) => {
      let said = "";
      const child = spawn(process.env.SLOTWISE_STORE_PROGRAM ?? program, words, { env, stdio: ["ignore", "ignore", "pipe"] });
      child.stderr.on("data", (data) => (said += data));
      child.once("close", (code) => resolve({ code, said }));
    });
  const all = await Promise.all(Array.from({ length: 8 }, one));
  const won = all.filter(({ code }) => code === 0).length;
  for (const { code, said } of all) if (code !== 0) assert.match(said, /another publisher has replaced the manifest/);
  assert.ok(won >= 1);
  assert.equal(sound(place), 1 + won, "each that said so has published a manifest of its own");
  t.diagnostic(`${won} of 8 published, ${8 - won} were told`);
});

test("a publisher killed at any moment leaves a store that hosts trust", async (t) => {
  if (missing) return t.skip(missing);
  const place = "s3://bucket/killed";
  must(...train(place));
  const began = Date.now();
  must(...train(place, "--neighbours", "8"));
  const whole = Date.now() - began;
  let [sequence, stopped] = [2, 0];
  for (let at = 0; at < 25; at++) {
    const child = spawn(process.env.SLOTWISE_STORE_PROGRAM ?? program, train(place, "--neighbours", String(8 + (at % 3))), {
      env,
      stdio: "ignore",
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), whole * (0.3 + 0.8 * Math.random()));
    const signal = await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    clearTimeout(timer);
    stopped += signal === "SIGKILL";
    const now = sound(place);
    assert.ok(now === sequence || now === sequence + 1);
    sequence = now;
  }
  t.diagnostic(`${stopped} of 25 publishers were killed at work`);
});

test("an origin can be verified by its address", async (t) => {
  if (missing) return t.skip(missing);
  const own = await origin(shop);
  try {
    const done = verify(`${own.url}/_slotwise`);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /all is well/);
  } finally {
    await own.stop();
  }
});

test("a store that cannot be reached is an error that names it", (t) => {
  if (missing) return t.skip(missing);
  const done = spawnSync(process.env.SLOTWISE_STORE_PROGRAM ?? program, ["verify", "http://127.0.0.1:1/_slotwise"], { encoding: "utf8" });
  assert.equal(done.status, 2);
  assert.match(done.stderr, /127\.0\.0\.1:1\/_slotwise/);
});
