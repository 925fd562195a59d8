#!/usr/bin/env node
// `npx slotwise …` runs the trainer. The program is in a package of its own, so that nobody downloads it who only needs
// this package's scripts.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The trainer's start file: that of the project around, or the one installed beside this package. */
function found() {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return createRequire(from).resolve("@slotwise/cli");
    } catch {
      // Not from here.
    }
  }
  return undefined;
}

const start = found();
if (!start) {
  console.error(`slotwise: the trainer is not installed here; install it with \`npm install --save-dev @slotwise/cli\`,
or run it once with \`npx @slotwise/cli ${process.argv.slice(2).join(" ") || "--help"}\``);
  process.exit(2);
}
await import(pathToFileURL(start).href);
