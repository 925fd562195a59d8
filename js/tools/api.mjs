// Writes the report of the package's API, js/api.md: what each entry exports, with every type that this needs. A change of the
// API is a change of that file, so a review sees it. Part of `npm run contract`; a test compares the report with the built types.
//
// tsc writes declarations in one plain form: each begins at the margin, and its further lines are indented or close a bracket. So
// no parser is needed.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { must, root } from "./setup.mjs";

export const REPORT = join(root, "js/api.md");
const HEAD = `# API report

What each entry of the package exports, and the types behind it. \`npm run contract\` writes this page; do not edit it.
`;

/** The declarations of a file by name, and what it takes from other files. */
function read(folder, file, known) {
  if (known.has(file)) return known.get(file);
  const found = { declared: new Map(), imported: new Map(), exported: new Map(), stars: [], globals: [] };
  known.set(file, found);
  const text = readFileSync(join(folder, file), "utf8").replace(/^ *\/\*[\s\S]*?\*\/\n/gm, "");
  for (const statement of text.match(/^[a-z].*(?:\n[ \t})].*)*/gm) ?? []) {
    const from = /from "\.\/(\w+)\.js";$/.exec(statement)?.[1];
    if (from && statement.includes("*")) found.stars.push(`${from}.d.ts`);
    else if (from) {
      const names = /\{([\s\S]*)\}/
        .exec(statement)[1]
        .split(",")
        .filter((name) => name.trim());
      const into = statement.startsWith("export") ? found.exported : found.imported;
      for (const name of names) {
        const [theirs, own = theirs] = name
          .trim()
          .replace(/^type /, "")
          .split(" as ");
        into.set(own, [`${from}.d.ts`, theirs]);
      }
    } else if (statement.startsWith("declare global")) found.globals.push(statement);
    else if (statement.startsWith("export default ")) found.exported.set("default", [file, /(\w+);$/.exec(statement)[1]]);
    else {
      const name = /^(?:export )?(?:declare )?(?:abstract )?(?:const|let|var|function|class|interface|type) (\w+)/.exec(statement)?.[1];
      if (!name) continue;
      const body = statement.replace(/^export |^declare /, "").replace(/^declare /, "");
      found.declared.set(name, [...(found.declared.get(name) ?? []), body]);
      if (statement.startsWith("export ")) found.exported.set(name, [file, name]);
    }
  }
  return found;
}

/** Where a name is declared: its file and its name there. */
function origin(read, file, name) {
  const { declared, imported, exported, stars } = read(file);
  if (declared.has(name)) return [file, name];
  const next = imported.get(name) ?? exported.get(name);
  if (next) return origin(read, ...next);
  for (const star of stars) {
    const found = origin(read, star, name);
    if (found) return found;
  }
  return undefined;
}

/** All that a file exports. */
const exportsOf = (read, file) => {
  const { exported, stars } = read(file);
  return [...new Set([...exported.keys(), ...stars.flatMap((star) => exportsOf(read, star).filter((name) => name !== "default"))])].sort();
};

/** The report of the declarations in a folder. */
export function report(folder) {
  const known = new Map();
  const reader = (file) => read(folder, file, known);
  const { exports: entries } = JSON.parse(readFileSync(join(root, "js/package.json"), "utf8"));
  const told = new Map();
  const parts = Object.entries(entries).flatMap(([name, { types }]) => {
    if (!types) return [];
    const entry = name.replace(".", "slotwise");
    const file = types.replace("./dist/", "");
    const lines = [...reader(file).globals];
    /** Tells a declaration and all that it names. An entry above may have told it. */
    const tell = (from, what, prefix) => {
      const key = `${from} ${what}`;
      if (told.has(key)) return told.get(key);
      told.set(key, entry);
      const bodies = reader(from).declared.get(what);
      lines.push(...bodies.map((body) => prefix + body));
      for (const [, value, type] of bodies.join("\n").matchAll(/typeof (\w+)|\b([A-Z]\w*)\b/g)) {
        const found = origin(reader, from, value ?? type);
        if (found) tell(...found, exportsOf(reader, file).includes(value ?? type) ? "export " : "");
      }
      return entry;
    };
    const above = Map.groupBy(exportsOf(reader, file), (exported) => {
      const place = tell(...origin(reader, file, exported), exported === "default" ? "export default " : "export ");
      return place === entry ? "" : place;
    });
    above.delete("");
    const again = [...above].map(([place, names]) => `As in \`${place}\`: ${names.join(", ")}.\n`);
    const code = lines.length > 0 ? [`\`\`\`ts\n${lines.join("\n")}\n\`\`\`\n`] : [];
    return [`## ${entry}\n`, ...code, ...again];
  });
  return [HEAD, ...parts].join("\n");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join(root, "target/api");
  rmSync(folder, { recursive: true, force: true });
  const words = ["-p", "js", "--declaration", "--emitDeclarationOnly", "--outDir", folder];
  must("compiling TypeScript (the engines must be built: `npm run build`)", join(root, "node_modules/.bin/tsc"), words);
  writeFileSync(REPORT, report(folder));
}
