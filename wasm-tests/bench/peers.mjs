// Packages that only the benchmark needs, or one test: installed under target/ when they are asked for, never a dependency.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../js/tools/setup.mjs";
import { run } from "./command.mjs";

/** Installs packages, exact versions, into a folder of their own; its path. Throws where they cannot be had. */
export function installed(name, ...packages) {
  const folder = join(root, "target/bench", name);
  mkdirSync(folder, { recursive: true });
  const words = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder];
  run(`installing ${packages.join(", ")}`, "npm", [...words, ...packages], { cwd: folder });
  return folder;
}
