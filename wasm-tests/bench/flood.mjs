// How much a flood of forged visits moves what is trained: the demo's log with a share of its rows forged, by one
// source and by ten, and likewise a log of visits that saw the arms of an experiment. The figures are those of tests, so
// that bench and test cannot differ.

import { run } from "./command.mjs";

/** What a test prints. */
function printed(file, name) {
  return run(`counting a flood (${file})`, "cargo", ["test", "--quiet", "--release", "--test", file, name, "--", "--exact", "--nocapture"]);
}

const floodBy = (share, sources) => `${share} % of the log forged by ${sources === 1 ? "one source" : `${sources} sources`}`;

/** The part `flood`. */
export async function flood({ report }) {
  for (const [, row] of printed("intake", "a_flood_of_forged_visits_moves_little").matchAll(/^flood: ([\d ]+)$/gm)) {
    const [share, sources, top, rows, holding, plainTop, plainRows, plainHolding] = row.split(" ").map(Number);
    const id = `flood_${share}_by_${sources}`;
    const figures = [
      ["top", top, plainTop, "of the top 20 bestsellers that are others"],
      ["rows", rows, plainRows, "of 1,000 rows whose first five neighbours are others"],
      ["rows_forged", holding, plainHolding, "of 1,000 rows with a forged product among the first five"],
    ];
    for (const [part, value, plain, what] of figures) {
      const peer = { name: "without weights", value: plain, unit: "" };
      report.figure(`${id}_${part}`, value, "", { what: `${floodBy(share, sources)}: ${what}`, peer });
    }
  }
  const rows = /^ *(\d+) % +(\d+) +\d+ +\d+ +([\d.]+) +([\d.]+) +(\d+) of \d+$/gm;
  for (const [, ...row] of printed("forged", "the_flood_table").matchAll(rows)) {
    const [share, sources, by, half, winners] = row.map(Number);
    const id = `flood_${share}_by_${sources}`;
    const peer = { name: "half its interval", value: half, unit: "points" };
    report.figure(`${id}_arm`, by, "points", {
      what: `${floodBy(share, sources)}: how far the estimate of the arm attacked for moves`,
      peer,
    });
    report.figure(`${id}_winners`, winners, "", { what: `${floodBy(share, sources)}: of 1 experiment whose winner is another` });
  }
}
