// Suites of tests that take too long for `npm test`. Each is a command of its own, `npm run test:NAME`.

import { spawnSync } from "node:child_process";
import { build } from "../js/tools/build.mjs";
import { chromium, root } from "../js/tools/setup.mjs";
import { begin, figures } from "./figures.mjs";

/** Builds, runs the test files of a suite one after the other, prints its figures, and ends the program. */
export async function suite(name, files, env = {}) {
  await build();
  begin(name);
  const words = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  const all = { CHROMIUM: chromium(), ...env, ...process.env, SLOTWISE_SUITE: name };
  const { status } = spawnSync(process.execPath, words, { cwd: root, env: all, stdio: "inherit" });
  const rows = figures(name).map(({ what, value, unit }) => ({ what, figure: `${value} ${unit}`.trimEnd() }));
  if (rows.length) console.table(rows);
  process.exit(status ?? 1);
}
