// The intent part of `npm run bench`: the additive model beside LightGBM on the same rows and folds.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { slotwise } from "./stage.mjs";

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

/** Adds the rows of the benchmark's table. */
export function intentRows(row, shared, folder) {
  const uci = join(shared, "uci_online_shoppers/online_shoppers_intention.csv.gz");
  if (!existsSync(uci)) {
    row("intent against LightGBM: skipped, ../shared/data is not here", "");
    return;
  }
  const run = (file, ...more) => {
    const json = join(folder, "intent.json");
    console.log(`evaluating intent on ${file} ${more.join(" ")}`);
    const told = slotwise("evaluate", "intent", "--table", file, "--peer", "--json", json, ...more);
    if (told.code !== 0) throw new Error(told.err);
    return JSON.parse(readFileSync(json, "utf8"));
  };
  const four = (scores) =>
    `AUC ${scores.auc.toFixed(4)}, AP ${scores.average_precision.toFixed(4)}, Brier ${scores.brier.toFixed(4)}, ECE ${scores.ece.toFixed(4)}`;
  const beside = ({ peer }) => `${peer.name} (${peer.parameters}): ${four(peer)}`;
  for (const [who, anonymous] of [
    ["anonymous", true],
    ["all", false],
  ]) {
    const means = { ours: 0, peer: 0 };
    for (const k of [1, 2, 3, 5]) {
      const file = join(folder, `dmc_${who}_${k}.csv`);
      writeFileSync(
        file,
        cup(shared, k, anonymous)
          .map((cells) => cells.join("|"))
          .join("\n"),
      );
      const told = run(file, "--target", "order", "--group", "sessionNo", "--drop", "customerNo");
      means.ours += told.auc / 4;
      means.peer += told.peer.auc / 4;
      const size = `${told.table_bytes} bytes`;
      row(`DMC 2013, ${who}, after ${k} rows (${told.rows} sessions)`, `${four(told)}; ${size}`, "peer's AUC - .005", beside(told));
    }
    row(`DMC 2013, ${who}: mean AUC`, means.ours.toFixed(4), "above the peer's", means.peer.toFixed(4));
  }
  for (const [name, least, drop] of [
    ["all columns", "AUC .930, AP .75", []],
    ["without PageValues", "AUC .780", ["--drop", "PageValues"]],
  ]) {
    const told = run(uci, "--target", "Revenue", ...drop);
    const size = `${told.table_bytes} bytes, ${Math.round(told.score_ns)} ns a row`;
    row(`UCI online shoppers, ${name} (${told.rows} rows)`, `${four(told)}; ${size}`, least, beside(told));
  }
}
