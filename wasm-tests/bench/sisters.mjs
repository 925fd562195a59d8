// Sister shops: what a small shop's next-item rows gain from the sums of the others. Diginetica's training sessions, divided
// among one shop with a twentieth of them and four with the rest; all are tried on the same test set, with default kernels.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { slotwise } from "../stage.mjs";
import { evaluateFiles, split } from "./next.mjs";

const SISTERS = 4;
const SHARE = 20;
const SUPPORTS = [2, 5];

/** A number below a bound, always the same one for the same session. */
const drawn = (session, bound) => (Math.imul(session + 1, 0x9e37_79b1) >>> 8) % bound;

function call(...words) {
  const told = slotwise(...words);
  if (told.code !== 0) throw new Error(`slotwise ${words[0]} ended with ${told.code}: ${told.err}`);
}

/** Writes the small shop's training file and each sister's click log. The order of clicks is theirs, the times are made up. */
function divide(folder, train) {
  const own = [];
  const logs = Array.from({ length: SISTERS }, () => ["time,session,event,item"]);
  const sessions = gunzipSync(readFileSync(train)).toString().trim().split("\n");
  for (const [number, line] of sessions.entries()) {
    if (drawn(number, SHARE) === 0) {
      own.push(line);
      continue;
    }
    const log = logs[number % SISTERS];
    for (const [at, item] of line.trim().split(/\s+/).entries())
      log.push(`${1_500_000_000 + number * 60 + at},${number},view_item,${item}`);
  }
  const mine = join(folder, "own.txt");
  writeFileSync(mine, own.join("\n"));
  return [
    mine,
    logs.map((log, at) => {
      const file = join(folder, `sister-${at}.csv`);
      writeFileSync(file, log.join("\n"));
      return file;
    }),
  ];
}

/** The part `sisters`. */
export async function sisters(bench) {
  const { report, temporary } = bench;
  const files = split(bench, "diginetica");
  if (!files) {
    report.skip("sister shops", "../shared/data/diginetica is not here");
    return;
  }
  const [own, logs] = divide(temporary, files.train);
  const figures = (id, title, ...words) => {
    console.log(`  evaluating a twentieth of Diginetica, ${title}`);
    const { slotwise: ours } = evaluateFiles(bench, { ...files, train: own }, "--rounds", "0", ...words);
    for (const [measure, what] of [
      ["recall_at_20", "R@20"],
      ["mrr_at_20", "MRR@20"],
    ]) {
      const [low, high] = ours[`${measure}_interval`];
      const note = `± ${((high - low) / 2).toFixed(2)} (95 % of a bootstrap over sessions)`;
      report.figure(`sisters_${id}_${measure}`, ours[measure], "%", { what: `a twentieth of Diginetica, ${title}: ${what}`, note });
    }
  };
  figures("own", "its own log");
  for (const support of SUPPORTS) {
    const sums = logs.map((log, at) => {
      const out = join(temporary, `sister-${at}.json`);
      call("share", "--events", log, "--minimum-support", `${support}`, "--out", out);
      return out;
    });
    const group = join(temporary, "group.json");
    call("merge", ...sums, "--out", group);
    figures(`support_${support}`, `with sums of ${SISTERS} sisters, minimum support ${support}`, "--group", group);
  }
}
