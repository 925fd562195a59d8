// What is linked into the published artefacts has a licence on the list of `deny.toml` and comes from crates.io.
//
// `cargo deny` checks the same and more, but takes minutes to install; this takes a second, everywhere.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../js/tools/setup.mjs";

const rules = readFileSync(join(root, "deny.toml"), "utf8");
const [, list] = /^allow = \[([^\]]*)\]/m.exec(rules);
const allowed = new Set([...list.matchAll(/"([^"]+)"/g)].map(([, licence]) => licence));
/** Licences of crates whose manifests name a file instead. */
const clarified = new Map([...rules.matchAll(/^crate = "(.+)"\nexpression = "(.+)"$/gm)].map(([, name, licence]) => [name, licence]));

/** Whether an SPDX expression can be met with allowed licences. */
function acceptable(expression) {
  const words = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+/g) ?? [];
  const either = () => {
    let met = both();
    while (words[0] === "OR" && words.shift()) met = both() || met;
    return met;
  };
  const both = () => {
    let met = one();
    while (words[0] === "AND" && words.shift()) met = one() && met;
    return met;
  };
  const one = () => {
    const word = words.shift();
    if (word !== "(") return words[0] === "WITH" ? allowed.has(`${word} ${words.splice(0, 2).join(" ")}`) : allowed.has(word);
    const met = either();
    words.shift();
    return met;
  };
  return either();
}

/** Packages a manifest links, as `name version`, licence and where it is from if that is not crates.io. */
function linked(manifest) {
  const format = ["--prefix", "none", "--format", "{p}\t{l}"];
  const graph = ["--workspace", "--all-features", "--target", "all", "--edges", "normal,build"];
  const run = spawnSync("cargo", ["tree", "--locked", "--manifest-path", manifest, ...graph, ...format], { cwd: root, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const lines = new Set(run.stdout.split("\n").map((line) => line.replace(/ \(\*\)$/, "")));
  return [...lines].filter(Boolean).map((line) => {
    const [, name, from = "", licence] = /^(\S+ \S+)(?: \(proc-macro\))?(?: \((.+?)\))?\t(.*)$/.exec(line);
    return { name, from, licence: licence || (clarified.get(name.split(" ")[0]) ?? "") };
  });
}

test("an expression of licences is read as SPDX has it", () => {
  for (const good of ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(GPL-3.0 OR MIT) AND Zlib"]) assert.ok(acceptable(good), good);
  for (const bad of ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0", "MIT WITH x"]) assert.ok(!acceptable(bad), bad);
});

test("every linked crate has an allowed licence and comes from crates.io or from here", () => {
  const crates = linked("Cargo.toml");
  assert.ok(crates.length > 50, `${crates.length} crates`);
  const wrong = crates.filter(({ licence, from }) => !acceptable(licence) || (from && !from.startsWith(root.replace(/\/$/, ""))));
  assert.deepEqual(wrong, [], "see deny.toml");
});
