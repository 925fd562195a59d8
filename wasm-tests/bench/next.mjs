// The next item on published splits: quality and time beside session recommenders that the same program runs on
// the same data. Every choice is the trainer's, from the training file alone.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../js/tools/setup.mjs";
import { slotwise } from "../stage.mjs";
import { run } from "./command.mjs";

const SETS = [
  ["diginetica", "Diginetica", "published: SR-GNN 50.73 / 17.59, COTREC 54.18 / 19.07, GCE-GNN 54.22 / 19.04"],
  ["yoochoose64", "YooChoose 1/64", "published: NARM 68.32 / 28.76, SR-GNN 70.57 / 30.94, best listed MRR 32.61"],
];
const PEER = "vmis_knn";

/** The files of a public data set, or undefined where they are absent. */
export function split(bench, name) {
  const [train, test] = ["train", "test"].map((part) => join(bench.data, name, `${part}.txt.gz`));
  return existsSync(train) && existsSync(test) ? { train, test } : undefined;
}

/** Where the kernels found for a data set are kept between runs. */
export const searchFile = (bench, name) => join(bench.folder, `${name}.search`);

/** Runs `slotwise evaluate next` on a training and a test file, and returns our figures and the peers'. */
export function evaluateFiles(bench, { train, test }, ...more) {
  const json = join(bench.temporary, "evaluation.json");
  const told = slotwise("evaluate", "next", "--train", train, "--test", test, "--json", json, ...more);
  if (told.code !== 0) throw new Error(told.err);
  return JSON.parse(readFileSync(json, "utf8")).methods;
}

/** The same of a public data set. */
export function evaluate(bench, name, ...more) {
  console.log(`  evaluating ${name} ${more.filter((word) => !word.startsWith("/")).join(" ")}`);
  return evaluateFiles(bench, split(bench, name), ...more);
}

function quality({ report }, id, title, ours, peers, published) {
  for (const [measure, what] of [
    ["recall_at_20", "R@20"],
    ["mrr_at_20", "MRR@20"],
  ]) {
    const [name, best] = Object.entries(peers).sort(([, a], [, b]) => b[measure] - a[measure])[0];
    const [low, high] = ours[`${measure}_interval`];
    const interval = `± ${((high - low) / 2).toFixed(2)} (95 % of a bootstrap over sessions)`;
    const peer = { name: `best of the same run: ${name}`, value: best[measure], unit: "%" };
    report.figure(`${id}_${measure}`, ours[measure], "%", { what: `${title}, K=32: ${what}`, peer, note: `${interval}; ${published}` });
    for (const [name, method] of Object.entries(peers)) {
      report.figure(`${id}_${measure}_of_${name}`, method[measure], "%", { what: `${title}: ${what} of ${name}` });
    }
    const unseen = `${measure}_unseen`;
    const beside = { name: PEER, value: peers[PEER][unseen], unit: "%" };
    report.figure(`${id}_${unseen}`, ours[unseen], "%", { what: `${title}: ${what}, only items not seen in the session`, peer: beside });
  }
}

function speed({ report }, id, title, ours, knn) {
  for (const at of ["p50", "p99"]) {
    const [mine, its] = [ours[`decision_us_${at}`], knn[`decision_us_${at}`]];
    const peer = { name: PEER, value: its, unit: "µs" };
    const what = `${title}: native decision from the session on, ${at}`;
    report.figure(`${id}_decision_${at}_us`, mine, "µs", { what, peer, note: knn.parameters });
    report.figure(`${id}_speedup_${at}`, its / mine, "ratio", { what: `${title}: time of ${PEER} over ours, ${at}` });
  }
}

function size({ report }, id, title, method) {
  report.figure(`${id}_snapshot_mb`, method.snapshot_bytes / 1e6, "MB", { what: `${title}: snapshot, all sections` });
  const note = `the entries' entropy is ${method.entropy_bits_per_entry.toFixed(2)}`;
  report.figure(`${id}_bits_per_entry`, method.bits_per_entry, "bits", { what: `${title}: bits an entry of the rows`, note });
}

/** Instructions of a native decision: what two passes execute beyond one, which no other load disturbs. */
function instructions({ report, temporary }, file, tests) {
  const what = "instructions of a native decision, mean of 5,000 Diginetica prefixes (callgrind)";
  if (spawnSync("valgrind", ["--version"]).status !== 0) return report.skip(what, "valgrind is not here");
  const program = ["--package", "slotwise-programs", "--features", "train", "--bin", "decision"];
  run("building decisions", "cargo", ["build", "--quiet", "--release", ...program]);
  const count = (passes) => {
    const built = join(root, "target/release/decision");
    const out = `--callgrind-out-file=${join(temporary, "callgrind")}`;
    const counted = spawnSync("valgrind", ["--tool=callgrind", out, built, file, tests, `${passes}`], { encoding: "utf8" });
    return Number(/Collected : (\d+)/.exec(counted.stderr)?.[1]);
  };
  report.figure("decision_instructions", Math.round((count(2) - count(1)) / 5000), "", { what });
}

/** The mean time of the same decisions by Criterion. */
function criterion({ report }, file, tests) {
  const env = { ...process.env, SLOTWISE_SNAPSHOT: file, SLOTWISE_TESTS: tests };
  run("timing decisions", "cargo", ["bench", "--quiet", "--bench", "decision", "--", "--quiet", "decision"], { env });
  const path = join(root, "target/criterion/decision/top_20/new/estimates.json");
  const { point_estimate: nanos } = JSON.parse(readFileSync(path, "utf8")).median;
  report.figure("decision_native_us", nanos / 5000 / 1000, "µs", { what: "native decision, mean of the same prefixes (Criterion)" });
}

/** The part `next`. */
export async function next(bench) {
  const { report } = bench;
  for (const [id, title, published] of SETS) {
    const files = split(bench, id);
    if (!files) {
      report.skip(title, `../shared/data/${id} is not here`);
      continue;
    }
    // A search of its own: one kept from the last run would be found done, in no time.
    const search = join(bench.temporary, `${id}.search`);
    const file = join(bench.temporary, `${id}.slotwise`);
    const { slotwise: ours, ...peers } = evaluate(bench, id, "--peers", "--search", search, "--snapshot", file);
    quality(bench, id, title, ours, peers, published);
    speed(bench, id, title, ours, peers[PEER]);
    report.figure(`${id}_train_search_s`, ours.train_seconds, "s", { what: `${title}: training, search included` });
    const given = evaluate(bench, id, "--search", search).slotwise;
    report.figure(`${id}_train_given_s`, given.train_seconds, "s", { what: `${title}: training, kernels given` });
    size(bench, id, title, ours);
    if (id !== "diginetica") continue;
    const small = evaluate(bench, id, "--neighbours", "16").slotwise;
    report.figure(`${id}_k16_recall_at_20`, small.recall_at_20, "%", { what: `${title}, K=16: R@20` });
    report.figure(`${id}_k16_mrr_at_20`, small.mrr_at_20, "%", { what: `${title}, K=16: MRR@20` });
    size(bench, `${id}_k16`, `${title}, K=16`, small);
    instructions(bench, file, files.test);
    criterion(bench, file, files.test);
  }
}
