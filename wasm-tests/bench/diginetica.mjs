// Diginetica as a shop: its training file as a click log, trained with a plan of eight rows of twelve products, and
// the first 5,000 visits of its test file. Made by the program that trains any shop, so that what is timed is
// what a shop would run.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "../../js/tools/setup.mjs";
import { manifestOf, slotwise } from "../stage.mjs";
import { evaluate, searchFile, split } from "./next.mjs";

const VISITS = 5000;
/** An event a visit keeps. */
const KEPT = 16;
/** The log ends here. */
export const END_MS = 1_700_000_000_000;
const STEP_SECS = 30;
/** Sessions begin this far apart, which spreads them over five months, as they were. */
const APART_SECS = 70;

/** Strategies of the eight rows, as `rank.rs` has them. */
const ROWS = [
  ["next_item", "bestsellers"],
  ["also_viewed", "bestsellers"],
  ["recommended_for_you", "bestsellers"],
  ["similar_items", "bestsellers"],
  ["recently_viewed", "category_bestsellers", "bestsellers"],
  ["trending", "bestsellers"],
  ["new_arrivals", "bestsellers"],
  ["next_item", "trending", "bestsellers"],
];

/** A page of eight rows; `guarded` adds brand caps, diversity, reserved places and a pin. */
export function plan(guarded, pinned) {
  const row = (strategies, at) => ({
    kind: "fill",
    strategies,
    limit: 12,
    ...(guarded ? { brand_cap: 6 } : {}),
    ...(guarded && at % 2 === 0 ? { reserve: { new_arrivals: 1, trending: 1 } } : {}),
    ...(guarded && at % 2 === 1 ? { diversity: 0.3 } : {}),
    ...(guarded && at === 5 ? { pins: [{ item: pinned, place: 1 }] } : {}),
  });
  return { version: 1, holdout: 0, slots: Object.fromEntries(ROWS.map((strategies, at) => [`home.s${at}`, row(strategies, at)])) };
}

export const SLOTS = ROWS.map((_, at) => `home.s${at}`);

const lines = (file) => gunzipSync(readFileSync(file)).toString().trim().split("\n");

/** The training sessions as CSV. Their order is theirs, their times are made up. */
export function log(train) {
  const sessions = lines(train);
  const rows = ["time,event,item,session"];
  for (const [number, line] of sessions.entries()) {
    const first = END_MS / 1000 - (sessions.length - number) * APART_SECS;
    for (const [at, item] of line.trim().split(/\s+/).entries()) rows.push(`${first + at * STEP_SECS},view_item,${item},s${number}`);
  }
  return rows.join("\n");
}

/** The first visits of the test file, each the ids of its newest items, oldest first. */
export function visits(bench) {
  const { test } = split(bench, "diginetica");
  return lines(test)
    .slice(0, VISITS)
    .map((line) => line.split("\t")[0].trim().split(/\s+/).slice(-KEPT));
}

/** The kernels of Diginetica, searched for once. */
function kernels(bench) {
  const file = searchFile(bench, "diginetica");
  if (!existsSync(file)) {
    const found = join(bench.temporary, "diginetica.search");
    if (!existsSync(found)) evaluate(bench, "diginetica", "--search", found);
    copyFileSync(found, file);
  }
  return file;
}

/** The shop's published folder with its key; kept until the program or the plan changes. */
export function shop(bench, guarded) {
  const { train } = split(bench, "diginetica");
  const folder = join(bench.folder, guarded ? "diginetica-guarded" : "diginetica");
  // The program itself is not looked at: a build with the tests' dependencies has other bytes and the same sources.
  const program = join(root, "target/stamps/native program");
  const planned = JSON.stringify(plan(guarded, "1"));
  const stamp = createHash("sha256").update(readFileSync(program)).update(planned).digest("hex");
  const [published, key, made] = ["published", "key", "stamp"].map((name) => join(folder, name));
  if (!existsSync(made) || readFileSync(made, "utf8") !== stamp) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const events = join(bench.temporary, "diginetica.csv");
    if (!existsSync(events)) writeFileSync(events, log(train));
    const file = join(folder, "plan.json");
    writeFileSync(file, planned);
    const search = kernels(bench);
    console.log(`  training Diginetica as a shop${guarded ? ", with guardrails" : ""}`);
    for (const words of [
      ["keygen", "--out", key],
      ["train", "--events", events, "--plan", file, "--key", `${key}.secret`, "--out", published, "--search", search, "--rounds", "0"],
    ]) {
      const run = slotwise(...words);
      if (run.code !== 0) throw new Error(`slotwise ${words[0]} ended with ${run.code}: ${run.err}`);
    }
    writeFileSync(made, stamp);
  }
  const { snapshot } = manifestOf(readFileSync(join(published, "manifest"), "utf8")).current;
  return {
    published,
    key,
    publicKey: readFileSync(`${key}.public`, "utf8").trim(),
    id: snapshot,
    snapshot: readFileSync(join(published, "snapshot", snapshot)),
  };
}
