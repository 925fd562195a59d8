// The steps of README's ten-minute path: what is tested is what a person reads.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage.mjs";

const HEADING = "## Your own shop in ten minutes";

/** The fences of the path's numbered steps, in order: `{ step, language, code }`. */
export function fences(text = readFileSync(join(root, "README.md"), "utf8")) {
  const [, path] = text.split(HEADING);
  if (!path) throw new Error(`README.md has no heading "${HEADING}"`);
  const [section] = path.split(/^## /m);
  let step = "";
  let open;
  const found = [];
  for (const line of section.split("\n")) {
    const [, numbered] = /^\d+\. \*\*(.+?)\.?\*\*/.exec(line) ?? [];
    if (numbered) step = numbered;
    const [, language] = /^ *```(\w*)/.exec(line) ?? [];
    if (language === undefined) open?.lines.push(line.replace(/^ {3}/, ""));
    else if (open) {
      found.push({ step: open.step, language: open.language, code: open.lines.join("\n") });
      open = undefined;
    } else open = { step, language, lines: [] };
  }
  return found;
}
