#!/usr/bin/env node
// Runs the trainer with the words of the command line, and ends as it ends.

import { spawn } from "node:child_process";
import { binary } from "./binary.mjs";

let program;
try {
  program = binary();
} catch (cause) {
  console.error(`slotwise: ${cause.message}`);
  process.exit(2);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (cause) => {
  console.error(`slotwise: ${program} does not start: ${cause.message}`);
  process.exit(2);
});
// A stop is for the program to carry out; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
