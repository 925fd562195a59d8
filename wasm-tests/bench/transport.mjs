// The forms in which a snapshot travels: bytes by section and entry, whole, root, shards and patches, beside the same table
// as JSON and as an embedding. Two public splits, and a shop whose log grows day by day.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { sizes } from "../../js/tools/build.mjs";
import { root } from "../../js/tools/setup.mjs";
import { slotwise } from "../stage.mjs";
import { run } from "./command.mjs";
import { END_MS, log } from "./diginetica.mjs";
import { edgeEngine } from "./engines.mjs";
import { evaluate, searchFile, split } from "./next.mjs";
import { median, microsSince } from "./stats.mjs";

const SETS = [
  ["diginetica", "Diginetica"],
  ["yoochoose64", "YooChoose 1/64"],
];
/** 1 to 8 April 2014, UTC. The last day has nine clicks. */
const DAYS = 7;
const FIRST_DAY = Date.UTC(2014, 3, 1) / 1000;
const DAY = 86_400;
/** How often a patch is applied. */
const PATCHED = 21;
/** Sessions that are replayed. */
const SESSIONS = 100;

function program(name, ...words) {
  const program = ["--package", "slotwise-programs", "--features", "train", "--bin", name];
  run(`building ${name}`, "cargo", ["build", "--quiet", "--release", ...program]);
  return run(`running ${name}`, join(root, "target/release", name), words);
}

/** Kilobytes raw, gzipped and with brotli. */
const kb = (bytes) => {
  const { raw, gzip, brotli } = sizes(bytes);
  return { raw: raw / 1000, gzip: gzip / 1000, brotli: brotli / 1000 };
};
const words = ({ raw, gzip }) => `${raw.toFixed(1)} kB raw, ${gzip.toFixed(1)} gzip`;

function forms(bench, id, title) {
  const { report } = bench;
  const { train, test } = split(bench, id);
  if (!existsSync(searchFile(bench, id))) evaluate(bench, id, "--search", searchFile(bench, id));
  const folder = mkdtempSync(join(bench.temporary, "forms-"));
  const told = JSON.parse(program("forms", train, test, searchFile(bench, id), folder));
  for (const [tag, bytes] of Object.entries(told.sections)) {
    const each = tag === "ROWS" ? [told.entries, "an entry"] : [told.items, "an item"];
    const note = `${((8 * bytes) / each[0]).toFixed(2)} bits ${each[1]}`;
    report.figure(`${id}_section_${tag.toLowerCase()}_kb`, bytes / 1000, "kB", { what: `${title}: section ${tag}`, note });
  }
  const [full, first, json] = ["full", "root", "json"].map((name) => kb(readFileSync(join(folder, name))));
  const shards = readdirSync(join(folder, "shards")).map((name) => kb(readFileSync(join(folder, "shards", name))));
  const peer = { name: "the same rows as JSON, gzip", value: json.gzip, unit: "kB" };
  report.figure(`${id}_full_brotli_kb`, full.brotli, "kB", { what: `${title}: whole snapshot, brotli`, peer, note: words(full) });
  report.figure(`${id}_root_brotli_kb`, first.brotli, "kB", { what: `${title}: root, brotli`, note: words(first) });
  const sum = (part) => shards.reduce((all, shard) => all + shard[part], 0);
  const largest = Math.max(...shards.map((shard) => shard.raw));
  report.figure(`${id}_shards_brotli_kb`, sum("brotli"), "kB", {
    what: `${title}: all ${shards.length} shards, brotli`,
    note: `${sum("raw").toFixed(1)} kB raw, ${sum("gzip").toFixed(1)} gzip; the largest has ${largest.toFixed(1)} kB`,
  });
  replayed(bench, id, title, join(folder, "full"));
  // The smallest embedding that is as good, else the best one.
  const good = told.embeddings.find(({ recall }) => recall >= told.recall);
  const best = good ?? told.embeddings.reduce((a, b) => (b.recall > a.recall ? b : a));
  const tried = told.embeddings.map(({ dimensions, recall }) => `${dimensions}: ${recall.toFixed(2)}`).join(", ");
  report.figure(`${id}_embedding_kb`, best.bytes / 1000, "kB", {
    what: `${title}: int8 embedding of ${best.dimensions} dimensions, ${good ? "as good" : "the best tried, none is as good"}`,
    peer: { name: "our snapshot, raw", value: full.raw, unit: "kB" },
    note: `R@20 ${best.recall.toFixed(2)} %, ours ${told.recall.toFixed(2)} % on the same ${told.tests} tests; R@20 by dimension: ${tried}`,
  });
}

/** What browsers fetch over sessions of the test set, replayed, and what decisions cost that do not wait for it. */
function replayed(bench, id, title, snapshot) {
  const { report, temporary } = bench;
  const json = join(temporary, "shards.json");
  const { test } = split(bench, id);
  const words = ["--snapshot", snapshot, "--test", test, "--sessions", String(SESSIONS), "--json", json];
  const done = slotwise("evaluate", "shards", ...words);
  if (done.code !== 0) throw new Error(done.err);
  const { ways, whole, tests } = JSON.parse(readFileSync(json, "utf8"));
  for (const [at, way] of ways.entries()) {
    const what = `${title}, ${SESSIONS} test sessions replayed, ${way.name}`;
    const peer = { name: "nine of ten sessions at most", value: way.bytes_p90 / 1000, unit: "kB" };
    const note = `the root included, gzip; ${way.shards.toFixed(1)} shards on average`;
    report.figure(`${id}_session_${at + 1}_kb`, way.bytes_median / 1000, "kB", { what: `${what}: a session fetches, median`, peer, note });
    const quality = ({ recall_at_20, mrr_at_20 }) => `${recall_at_20.toFixed(2)} / ${mrr_at_20.toFixed(2)}`;
    report.figure(`${id}_partial_${at + 1}`, way.partial, "%", {
      what: `${what}: decisions with shards under way`,
      note: `R@20 / MRR@20 at once ${quality(way.at_once)}, once all has come ${quality(way.settled)}, whole snapshot ${quality(whole)}; ${tests} tests`,
    });
  }
}

/** The days of a shop as one file of event rows, in order of time. */
function eventRows(bench) {
  const file = (part) => join(bench.data, "rsc15_100k", `${part}.tsv.gz`);
  const parts = ["train_full", "test"].map(file);
  if (!parts.every(existsSync)) return undefined;
  const lines = parts.flatMap((part) => gunzipSync(readFileSync(part)).toString().trim().split("\n").slice(1));
  const rows = lines.map((line) => line.split("\t")).map(([session, item, time]) => [Number(time), item, session]);
  rows.sort(([a], [b]) => a - b);
  return ["time,event,item,session", ...rows.map(([time, item, session]) => `${time},view_item,${item},s${session}`)].join("\n");
}

/** Time in which the Worker's engine makes a snapshot of the one before and a patch, until its bytes can be hashed. */
async function patching(bench, id, title, folder, at) {
  const [base, patch] = [`${at - 1}.snapshot`, `${at}.patch`].map((name) => readFileSync(join(folder, name)));
  const open = await edgeEngine();
  const shop = open(base, createHash("sha256").update(base).digest("hex"));
  const times = Array.from({ length: PATCHED }, () => {
    const began = process.hrtime.bigint();
    open.patched(shop, patch).free();
    return microsSince(began) / 1000;
  });
  bench.report.figure(`${id}_patch_ms`, median(times), "ms", { what: `${title}: patch applied by the Worker's engine in V8` });
}

const addedUp = ({ recall, mrr }) => `${recall.toFixed(2)} / ${mrr.toFixed(2)}`;

/** Trains a shop day by day: `ends` are the last seconds of the days, `titles` say what is then in the log. */
async function days(bench, id, rows, ends, titles) {
  const { report, temporary } = bench;
  const folder = join(temporary, id);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "events.csv");
  writeFileSync(file, rows);
  const told = program("days", folder, file, ...ends.map(String));
  for (const [at, line] of told.trim().split("\n").entries()) {
    const day = JSON.parse(line);
    const full = kb(readFileSync(join(folder, `${at}.snapshot`)));
    const what = `${titles[at]}: whole snapshot, brotli`;
    report.figure(`${id}_${at + 1}_full_brotli_kb`, full.brotli, "kB", { what, note: words(full) });
    if (at === 0) continue;
    if (day.added_up_1.tests > 1000)
      report.figure(`${id}_${at + 1}_added_up_recall`, day.added_up_1.recall - day.afresh.recall, "points", {
        what: `${titles[at]}: R@20 of the next day, one day read and the others added up, less that of training from scratch`,
        note: `${addedUp(day.added_up_1)} in ${day.added_up_1_s.toFixed(1)} s; two days read ${addedUp(day.added_up_2)} in ${day.added_up_2_s.toFixed(1)} s; from scratch ${addedUp(day.afresh)} in ${day.fresh_s.toFixed(1)} s; R@20 / MRR@20, ${day.afresh.tests} tests`,
      });
    // A patch travels as it is: it is coded already.
    const patch = readFileSync(join(folder, `${at}.patch`)).length / 1000;
    const quality =
      day.steady.tests > 1000
        ? `; R@20 of the next day ${day.steady.recall.toFixed(2)} %, without a base ${day.afresh.recall.toFixed(2)} %`
        : "";
    report.figure(`${id}_${at + 1}_patch_share`, (100 * patch) / full.brotli, "%", {
      what: `${titles[at]}: patch from the day before, of the whole as transported`,
      note: `${patch.toFixed(1)} kB; ${(day.patch_without_base / 1000).toFixed(1)} if trained without a base; numbers: ${day.numbering.toLowerCase()}${quality}`,
    });
  }
  await patching(bench, id, titles.at(-1), folder, ends.length - 1);
}

/** The part `transport`: the forms of a snapshot. */
export async function transport(bench) {
  for (const [id, title] of SETS) {
    if (split(bench, id)) forms(bench, id, title);
    else bench.report.skip(`forms of ${title}`, "the data set is not there");
  }
}

/** The part `days`: patches from day to day. */
export async function daily(bench) {
  const rows = eventRows(bench);
  if (rows) {
    const ends = Array.from({ length: DAYS }, (_, at) => FIRST_DAY + (at + 1) * DAY - 0.001);
    await days(
      bench,
      "rsc15_day",
      rows,
      ends,
      ends.map((_, at) => `rsc15_100k, 1 to ${at + 1} April`),
    );
  } else bench.report.skip("patches day by day", "rsc15_100k is not there");
  const diginetica = split(bench, "diginetica");
  if (diginetica) {
    const ends = [END_MS / 1000 - DAY, END_MS / 1000 + DAY];
    await days(bench, "diginetica_day", log(diginetica.train), ends, [
      "Diginetica, all days but the last",
      "Diginetica, the last day of 150 added",
    ]);
  }
}
