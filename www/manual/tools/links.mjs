// The manual's links into the code: `[text](../../src/session/mod.rs#observe)`, relative to the file they stand in, so that
// they work in a repository browser too. A link names a file, or a file and a symbol that is defined in it.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Where definitions are searched for when a link is broken. */
const SOURCES = ["src", "js/src", "www/src", "www/server"];

/** The links of a Markdown text outside of code, as `{target, line}`. */
export function links(markdown) {
  const found = [];
  let fenced = false;
  for (const [at, text] of markdown.split("\n").entries()) {
    if (/^\s*(```|~~~)/.test(text)) fenced = !fenced;
    if (fenced) continue;
    const prose = text.replace(/`[^`]*`(?!\])/g, (code) => " ".repeat(code.length));
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) found.push({ target, line: at + 1 });
  }
  return found;
}

const KEYWORDS = "fn|struct|enum|trait|const|static|type|mod|function|class|interface|macro_rules!";
const BEFORE = "(?:pub(?:\\([a-z]+\\))?|export|default|async|unsafe|readonly|const|declare)\\s+";

/** Patterns of a definition, the surest first. */
function patterns(name) {
  return [
    new RegExp(`^\\s*(?:${BEFORE})*(?:${KEYWORDS})\\s+${name}\\b`, "m"),
    new RegExp(`^\\s+(?:async\\s+|get\\s+)?#?${name}\\([^\\n]*\\{\\s*$`, "m"),
    new RegExp(`^\\s*"?${name}"?\\s*[=:]`, "m"),
  ];
}

/**
 * The line of a symbol's definition, 1 the first; undefined if the text has none. `Type.method` looks for the method
 * inside the type's `impl` or class.
 */
export function lineOf(text, symbol) {
  const [owner, member] = symbol.includes(".") ? symbol.split(".") : [undefined, symbol];
  let from = 0;
  if (owner) {
    from = text.search(new RegExp(`^(?:impl\\b[^\\n]*\\b${owner}\\b|(?:export )?class ${owner}\\b)`, "m"));
    if (from < 0) return undefined;
  }
  const rest = text.slice(from);
  for (const pattern of patterns(member)) {
    const found = pattern.exec(rest);
    if (!found) continue;
    const at = from + found.index + found[0].search(/\S/);
    return text.slice(0, at).split("\n").length;
  }
  return undefined;
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : /\.(rs|ts|mjs)$/.test(path) ? [path] : [];
  });
}

/** Where else a symbol is defined, in words for an error. */
function elsewhere(symbol) {
  const all = SOURCES.map((source) => join(root, source))
    .filter(existsSync)
    .flatMap(files);
  const found = all.filter((file) => lineOf(readFileSync(file, "utf8"), symbol) !== undefined);
  if (found.length === 0) return "nothing of that name is defined anywhere";
  return `it is defined in ${found.map((file) => relative(root, file)).join(", ")}`;
}

/** A link into the repository: `{path, symbol, line, problem}`; undefined for a link to elsewhere. */
export function resolved(target, from) {
  if (/^(?:[a-z]+:|\/|#)/.test(target)) return undefined;
  const [place, symbol] = target.split("#");
  const file = resolve(dirname(from), place);
  const path = relative(root, file);
  if (path.endsWith(".md")) return { path, symbol, page: true, problem: existsSync(file) ? undefined : `${path} does not exist` };
  if (!existsSync(file)) return { path, symbol, problem: `${path} does not exist${symbol ? `; ${elsewhere(symbol)}` : ""}` };
  if (!symbol || statSync(file).isDirectory()) return { path, symbol, line: 1 };
  const line = lineOf(readFileSync(file, "utf8"), symbol);
  return { path, symbol, line, problem: line === undefined ? `${path} does not define "${symbol}"; ${elsewhere(symbol)}` : undefined };
}

/** What is wrong with the links of a Markdown file, a sentence each. `made` are pages that exist after a build only. */
export function problems(file, made = new Set()) {
  const name = relative(root, file);
  return links(readFileSync(file, "utf8")).flatMap(({ target, line }) => {
    const link = resolved(target, file);
    if (!link?.problem || made.has(link.path)) return [];
    return [`${name}:${line}: ${link.problem}`];
  });
}

/** The pages of the manual, as written. */
export function pages() {
  const folder = join(root, "www/manual");
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return names.sort().map((name) => join(folder, name));
}
