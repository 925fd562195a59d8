// What the tests of the lake share: the program with the feature, an origin's log, training, and Python with other writers of
// Parquet.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { binary, root } from "../stage.mjs";

export const program = process.env.SLOTWISE_LAKE_PROGRAM ?? join(root, "target/lake/slotwise");
const PACKAGES = ["pyarrow==26.0.1", "duckdb==2.0.0", "polars==2.1.0"];

/** Builds the program with the features. Its own place, so that other tests keep theirs. */
export function build() {
  if (process.env.SLOTWISE_LAKE_PROGRAM) return;
  mkdirSync(join(root, "target/lake"), { recursive: true });
  const words = ["build", "--release", "--locked", "--bin", "slotwise"];
  const cargo = (...more) => spawnSync("cargo", [...words, ...more], { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status;
  assert.equal(cargo("--features", "lake,store"), 0, "the features `lake` and `store` cannot be built");
  copyFileSync(binary, program);
  assert.equal(cargo(), 0);
}

/** Python with pyarrow, DuckDB and Polars; undefined where they cannot be installed. */
export function python() {
  const folder = join(root, "target/lake/python");
  const command = join(folder, "bin/python");
  const works = () => existsSync(command) && spawnSync(command, ["-c", "import pyarrow, duckdb, polars"]).status === 0;
  if (works()) return command;
  if (spawnSync("python3", ["-m", "venv", folder], { stdio: "inherit" }).status !== 0) return undefined;
  spawnSync(join(folder, "bin/pip"), ["install", "--quiet", ...PACKAGES], { stdio: "inherit", timeout: 180_000 });
  return works() ? command : undefined;
}

export function run(...words) {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

/** Runs the program, which must succeed, and returns what it printed. */
export function ok(...words) {
  const { status, stdout, stderr } = run(...words);
  assert.equal(status, 0, `slotwise ${words.join(" ")}: ${stderr}`);
  return stdout;
}

export function folder() {
  const path = mkdtempSync(join(tmpdir(), "slotwise-lake-"));
  return { path, at: (...names) => join(path, ...names), remove: () => rmSync(path, { recursive: true, force: true }) };
}

const DAY_MS = 86_400_000;
export const FIRST = Date.UTC(2026, 9, 1);
export const dayName = (number) => new Date(FIRST + number * DAY_MS).toISOString().slice(0, 10);

/** The lines of a day of an origin's log: visits that digests link, some across midnight, and the shop's own sessions. */
export function lines(day, visits = 150) {
  let state = 77 + day;
  const random = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const digest = (visit, step) => (BigInt(visit + 1) * 1_000_003n + BigInt(step)).toString(16).padStart(16, "0");
  const events = [];
  for (let number = 0; number < visits; number++) {
    const visit = day * visits + number;
    const home = random(8) * 5;
    const isOwn = number % 3 === 0;
    const steps = 3 + random(5);
    for (let step = 0; step < steps; step++) {
      const product = home + random(5);
      const name = step === 2 && number % 4 === 0 ? "add_to_cart" : step === 3 && number % 8 === 0 ? "purchase" : "view_item";
      const event = {
        name,
        params: {
          items: [{ item_id: `p${product}`, item_category: `c${home}`, item_name: `Product ${product}, "new"`, price: 5 + product }],
          currency: "EUR",
          search_term: `secret words of ${visit}`,
        },
        time_ms: FIRST + day * DAY_MS + number * 400_000 + step * 30_000,
      };
      // Older programs gave no ids.
      if (number % 10 !== 9) event.event_id = `e${visit}-${step}`;
      if (name === "purchase") event.params.items[0].quantity = 2;
      if (isOwn) Object.assign(event, { session: `s${visit}`, user: `u${visit % 50}` });
      else event.chain = [step ? digest(visit, step) : null, digest(visit, step + 1)];
      if (step === 0) event.context = { source: "search", device: "phone" };
      events.push(event);
    }
  }
  events.push({ name: "scroll", params: { percent_scrolled: 90 }, session: `s${day * visits}`, time_ms: FIRST + day * DAY_MS + 95_000 });
  return events.sort((one, other) => one.time_ms - other.time_ms).map((event) => JSON.stringify(event));
}

const text = (day) => day.map((line) => `${line}\n`).join("");
export const closed = (log, day, content) => {
  mkdirSync(log, { recursive: true });
  writeFileSync(join(log, `${dayName(day)}.jsonl.gz`), gzipSync(text(content)));
};
export const open = (log, day, content) => {
  mkdirSync(log, { recursive: true });
  writeFileSync(join(log, `${dayName(day)}.jsonl`), text(content));
};

/** A published folder, for what only reads a log. */
export function published(here) {
  ok("keygen", "--out", here.at("key"));
  const events = join(root, "wasm-tests/golden/clicks.csv");
  ok("train", "--rounds", "0", "--events", events, "--key", here.at("key.secret"), "--out", here.at("published"));
  return here.at("published");
}

/** The bytes of the snapshot that is trained from events. */
export function trained(events, ...more) {
  const here = folder();
  try {
    ok("keygen", "--out", here.at("key"));
    const said = ok("train", "--rounds", "0", "--events", events, "--key", here.at("key.secret"), "--out", here.at("out"), ...more);
    const file = readdirSync(here.at("out/snapshot"))[0];
    return { bytes: readFileSync(here.at("out/snapshot", file)), said };
  } finally {
    here.remove();
  }
}

/** Every part of a lake. A name has the hash of its part, so it changes when anything does. */
export const parts = (lake) =>
  readdirSync(lake, { recursive: true })
    .filter((name) => name.endsWith(".parquet"))
    .sort();
