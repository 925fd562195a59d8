// Intent: the additive model beside LightGBM on the same rows and folds.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { slotwise } from "../stage.mjs";

/** Rows of the Data Mining Cup's sessions still running after `k` rows, as a table with the outcome. */
function cup(shared, k, anonymous) {
  const lines = (text) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.trim().split("|"));
  const outcome = new Map(lines(readFileSync(join(shared, "dmc2013/realclass_t1.txt"), "utf8")).slice(1));
  const [header, ...rows] = lines(gunzipSync(readFileSync(join(shared, "dmc2013/transact_class.txt.gz"))).toString());
  const customer = header.indexOf("customerNo");
  const sessions = Map.groupBy(rows, ([session]) => session);
  // The last session of the file is cut.
  sessions.delete(rows.at(-1)[0]);
  const kept = [...sessions].filter(
    ([session, all]) => all.length > k && outcome.has(session) && !(anonymous && all.some((row) => row[customer] !== "?")),
  );
  return [[...header, "order"], ...kept.map(([session, all]) => [...all[k - 1], outcome.get(session)])];
}

const MEASURES = [
  ["auc", "AUC"],
  ["average_precision", "AP"],
  ["brier", "Brier"],
  ["ece", "ECE"],
];
/** By how much the AUC of one moment may stay behind the peer's: less than its own chance. */
const BEHIND = 0.005;

/** Evaluates a table, and adds its four scores beside the peer's. */
function scored({ report, folder }, id, title, file, words, bounded) {
  const json = join(folder, "intent.json");
  console.log(`  evaluating ${title}`);
  const run = slotwise("evaluate", "intent", "--table", file, "--peer", "--json", json, ...words);
  if (run.code !== 0) throw new Error(run.err);
  const told = JSON.parse(readFileSync(json, "utf8"));
  for (const [measure, short] of MEASURES) {
    const peer = { name: told.peer.name, value: told.peer[measure], unit: "" };
    const budget = bounded && measure === "auc" ? { budget: { least: told.peer.auc - BEHIND } } : {};
    const note = measure === "auc" ? told.peer.parameters : "";
    report.figure(`${id}_${measure}`, told[measure], "", { what: `${title} (${told.rows} rows): ${short}`, peer, note, ...budget });
  }
  report.figure(`${id}_bytes`, told.table_bytes, "bytes", { what: `${title}: the table`, note: `${Math.round(told.score_ns)} ns a row` });
  return told;
}

const CLICKS = "time=event_time,event=type,event=1:view_item,2:purchase,3:add_to_wishlist";

/** Purchases in a log of typed events: all moments, and each of those that are told apart. */
function clicked({ report, data, folder }) {
  const file = join(data, "jd_typed/events.csv.gz");
  if (!existsSync(file)) {
    report.skip("purchase in typed events", "../shared/data/jd_typed is not here");
    return;
  }
  console.log("  evaluating JD, typed events");
  const json = join(folder, "intent.json");
  const run = slotwise("evaluate", "intent", "--events", file, "--map", CLICKS, "--peer", "--json", json);
  if (run.code !== 0) throw new Error(run.err);
  const told = JSON.parse(readFileSync(json, "utf8"));
  const between = ({ low, high }) => `95 %: ${low.toFixed(3)} to ${high.toFixed(3)}`;
  for (const [measure, short] of MEASURES) {
    const budget = measure === "auc" ? { budget: { least: told.peer.auc - BEHIND } } : {};
    const peer = { name: told.peer.name, value: told.peer[measure], unit: "" };
    const what = `JD, newest 20 % (${told.tested} moments): purchase ${short}`;
    report.figure(`jd_${measure}`, told[measure], "", { what, peer, note: between(told.intervals[measure]), ...budget });
  }
  for (const { name, auc, interval, rows, peer } of told.by_moment) {
    const id = `jd_auc_${name.replaceAll(" ", "_")}`;
    const beside = peer ? { peer: { name: told.peer.name, value: peer[0], unit: "" } } : {};
    report.figure(id, auc, "", { what: `JD, ${name} (${rows} moments): purchase AUC`, note: between(interval), ...beside });
  }
}

/** The part `intent`. */
export async function intent(bench) {
  const { report, data, folder } = bench;
  const uci = join(data, "uci_online_shoppers/online_shoppers_intention.csv.gz");
  if (!existsSync(uci)) {
    report.skip("intent beside LightGBM", "../shared/data/uci_online_shoppers is not here");
    return;
  }
  for (const [who, anonymous] of [
    ["anonymous", true],
    ["all", false],
  ]) {
    const means = { ours: 0, peer: 0 };
    for (const k of [1, 2, 3, 5]) {
      const file = join(folder, `dmc_${who}_${k}.csv`);
      const rows = cup(data, k, anonymous).map((cells) => cells.join("|"));
      writeFileSync(file, rows.join("\n"));
      const words = ["--target", "order", "--group", "sessionNo", "--drop", "customerNo"];
      const told = scored(bench, `dmc_${who}_${k}`, `DMC 2013, ${who}, after ${k} rows`, file, words, true);
      means.ours += told.auc / 4;
      means.peer += told.peer.auc / 4;
    }
    report.figure(`dmc_${who}_mean_auc`, means.ours, "", {
      what: `DMC 2013, ${who}: mean AUC`,
      peer: { name: "LightGBM", value: means.peer, unit: "" },
      budget: { least: means.peer },
    });
  }
  for (const [id, name, drop] of [
    ["uci_all", "all columns", []],
    ["uci_without_page_values", "without PageValues", ["--drop", "PageValues"]],
  ]) {
    scored(bench, id, `UCI online shoppers, ${name}`, uci, ["--target", "Revenue", ...drop], false);
  }
  clicked(bench);
}
