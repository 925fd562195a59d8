// Figures of the suites that the benchmark does not run: their last run here left them.

import { figures, suites } from "../figures.mjs";

/** The part `suites`. */
export async function suitesRun({ report }) {
  const known = suites();
  if (known.length === 0) report.skip("the long suites", "none has run here; `npm run test:intake` is one");
  for (const suite of known) {
    for (const { id, value, unit, what } of figures(suite)) {
      report.figure(`${suite}_${id}`, value, unit, { what, note: `by \`npm run test:${suite}\`` });
    }
  }
}
