// The npm package holds the files that are listed here, and each of them finds what it names.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../js/tools/setup.mjs";

const folder = join(root, "js");
/** Modules that travel as they are, each with its source map. */
const SCRIPTS = [
  ...[
    "contract",
    "decide",
    "development",
    "edge",
    "edge_asker",
    "edge_delivery",
    "edge_guard",
    "edge_own",
    "edge_settings",
    "edge_snapshots",
    "element",
    "exit",
    "explain",
    "full",
    "ga4",
    "hints",
    "index",
    "navigate",
    "page",
    "react",
    "stream",
  ],
  ...["sync", "types"],
];
/** Modules that travel inside of others; their types are still named by others. */
const BUNDLED = ["described", "dom", "engine", "exposures", "follow", "memory", "queue", "templates"];
const GLUE = ["edge_engine", "full_engine"];

const EXPECTED = [
  ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json", "plan.schema.json"],
  ...["engine.wasm", "full_bg.wasm", "edge_engine_bg.wasm", "edge_engine_bg.wasm.d.ts"].map((name) => `dist/${name}`),
  ...SCRIPTS.flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`, `dist/${name}.d.ts`]),
  ...BUNDLED.map((name) => `dist/${name}.d.ts`),
  ...GLUE.flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
].sort();

const run = spawnSync("npm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" });
assert.equal(run.status, 0, run.stderr);
const packed = JSON.parse(run.stdout)[0]
  .files.map(({ path }) => path)
  .sort();
const text = (path) => readFileSync(join(folder, path), "utf8");

test("the package holds the listed files and no others", () => assert.deepEqual(packed, EXPECTED));

test("whatever a file of the package names beside it is in the package", () => {
  for (const path of packed.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const types = path.endsWith(".d.ts");
    for (const [, named] of text(path).matchAll(/(?:from|import)\s*\(?\s*"\.\/([^"]+)"/g)) {
      const wanted = join(dirname(path), types ? named.replace(/\.js$/, ".d.ts") : named);
      assert.ok(packed.includes(wanted), `${path} names ${wanted}`);
    }
  }
});

test("every entry of package.json is in the package", () => {
  const entries = Object.values(JSON.parse(text("package.json")).exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const entry of entries) assert.ok(packed.includes(entry.replace("./", "")), entry);
});

test("every entry has types, and a bundler finds the entries for React marked for the client", () => {
  const { exports } = JSON.parse(text("package.json"));
  for (const [name, entry] of Object.entries(exports)) {
    // Only the page's own entry has a build for developers.
    const conditions = name === "." ? ["types", "development", "default"] : ["types", "default"];
    if (typeof entry !== "string") assert.deepEqual(Object.keys(entry), conditions, name);
  }
  assert.match(text("dist/react.js"), /^"use client";/);
});

test("the entries for pages can be imported on a server, where they do nothing", async () => {
  const { define } = await import(join(folder, "dist/element.js"));
  await define(new Promise(() => {})); // It does not wait.
  assert.equal(typeof (await import(join(folder, "dist/ga4.js"))).follow, "function");
  assert.equal(typeof (await import(join(folder, "dist/react.js"))).Slot, "function");
});

test("source maps bring the sources along and name where they are in the repository", () => {
  for (const path of packed.filter((name) => name.endsWith(".map"))) {
    const { sources, sourcesContent } = JSON.parse(text(path));
    assert.ok(sources.length > 0 && sourcesContent.every(Boolean) && sources.length === sourcesContent.length, path);
    for (const source of sources) assert.ok(existsSync(join(folder, dirname(path), source)), `${path} names ${source}`);
  }
});
