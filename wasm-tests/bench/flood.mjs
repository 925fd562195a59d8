// How much a flood of forged visits moves what is trained: the demo's log with a share of its rows forged, by one
// source and by ten. The figures are those of a test, so that bench and test cannot differ.

import { run } from "./command.mjs";

/** The part `flood`. */
export async function flood({ report }) {
  const name = "a_flood_of_forged_visits_moves_little";
  const words = ["test", "--quiet", "--release", "--test", "intake", name, "--", "--exact", "--nocapture"];
  const told = run("counting a flood", "cargo", words);
  for (const [, row] of told.matchAll(/^flood: ([\d ]+)$/gm)) {
    const [share, sources, top, rows, holding, plainTop, plainRows, plainHolding] = row.split(" ").map(Number);
    const of = `${share} % of the log forged by ${sources === 1 ? "one source" : `${sources} sources`}`;
    const id = `flood_${share}_by_${sources}`;
    const figures = [
      ["top", top, plainTop, "of the top 20 bestsellers that are others"],
      ["rows", rows, plainRows, "of 1,000 rows whose first five neighbours are others"],
      ["rows_forged", holding, plainHolding, "of 1,000 rows with a forged product among the first five"],
    ];
    for (const [part, value, plain, what] of figures) {
      const peer = { name: "without weights", value: plain, unit: "" };
      report.figure(`${id}_${part}`, value, "", { what: `${of}: ${what}`, peer });
    }
  }
}
