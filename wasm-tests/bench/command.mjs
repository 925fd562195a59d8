// Runs a program for the benchmark. One that fails throws, so that only its part is skipped.

import { spawnSync } from "node:child_process";
import { root } from "../../js/tools/setup.mjs";

/** Runs a command to its end and returns what it printed. `what` says in words what it does. */
export function run(what, command, words, options = {}) {
  const done = spawnSync(command, words, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (done.status === 0) return done.stdout;
  const why = done.error?.message ?? `it ended with ${done.status}: ${done.stderr.trim()}`;
  throw new Error(`${what} failed: ${command} ${words[0]}: ${why}`);
}
