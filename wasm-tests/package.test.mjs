// The npm package holds the files that are listed here, and each of them finds what it names.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { REPORT, report } from "../js/tools/api.mjs";
import { root } from "../js/tools/setup.mjs";

const folder = join(root, "js");
/** Modules that travel, each with its source map and its types. */
const SCRIPTS = [
  ...[
    "asking",
    "contract",
    "decide",
    "development",
    "element",
    "exit",
    "explain",
    "full",
    "ga4",
    "handler",
    "handler_create",
    "handler_edge_light",
    "handler_headers",
    "handler_node",
    "handler_workerd",
    "hints",
    "index",
    "inline",
    "inline_development",
    "ledger",
  ],
  ...[
    "navigate",
    "outside",
    "overlay",
    "overlay_file",
    "page",
    "react",
    "server",
    "server_edge_light",
    "server_engine",
    "server_file",
    "server_open",
    "server_visit",
    "server_workerd",
    "stream",
    "sync",
    "types",
  ],
  ...[
    "consent_source",
    "crawler",
    "edge",
    "edge_asker",
    "edge_cache",
    "edge_check",
    "edge_config",
    "edge_counters",
    "edge_decide",
    "edge_delivery",
    "edge_files",
    "edge_guard",
    "edge_handler",
    "edge_headers",
    "edge_log",
    "edge_mail",
    "edge_overlay",
    "edge_own",
    "edge_page",
    "edge_question",
    "edge_settings",
    "edge_sign",
    "edge_snapshots",
    "edge_triggers",
    "question",
    "releases",
  ],
];
/** Modules without types: nobody names them, or the types stand under another name. */
const VARIANTS = ["engine_packed", "inline_explain", "inline_ledger", "inline_page", "slotwise.global"];
/** Modules that travel inside of others; their types are still named by others. */
const BUNDLED = ["described", "dom", "engine", "exposures", "follow", "global", "memory", "queue", "shards", "templates", "transport"];
const GLUE = ["edge_engine", "full_engine"];

const EXPECTED = [
  ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "openapi.json", "package.json", "plan.schema.json"],
  ...["check", "slotwise", "worker"].map((name) => `bin/${name}.mjs`),
  ...["engine.wasm", "full_bg.wasm", "edge_engine_bg.wasm", "edge_engine_bg.wasm.d.ts"].map((name) => `dist/${name}`),
  ...[...SCRIPTS, ...VARIANTS].flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`]),
  ...[...SCRIPTS, ...BUNDLED, ...GLUE].map((name) => `dist/${name}.d.ts`),
  ...GLUE.map((name) => `dist/${name}.js`),
].sort();

/** Where the package is packed and installed. */
const home = mkdtempSync(join(tmpdir(), "slotwise-package-"));
after(() => rmSync(home, { recursive: true, force: true }));

const run = spawnSync("npm", ["pack", "--json", "--pack-destination", home], { cwd: folder, encoding: "utf8" });
assert.equal(run.status, 0, run.stderr);
const [made] = JSON.parse(run.stdout);
const packed = made.files.map(({ path }) => path).sort();
const tarball = readFileSync(join(home, made.filename));
const text = (path) => readFileSync(join(folder, path), "utf8");

test("the package holds the listed files and no others", () => assert.deepEqual(packed, EXPECTED));

test("whatever a file of the package names beside it is in the package", () => {
  for (const path of packed.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const types = path.endsWith(".d.ts");
    for (const [, named] of text(path).matchAll(/(?:from|import)\s*\(?\s*"\.\/([^"]+)"/g)) {
      const wanted = join(dirname(path), types ? named.replace(/\.js$/, ".d.ts") : named.replace("?module", ""));
      assert.ok(packed.includes(wanted), `${path} names ${wanted}`);
    }
  }
});

/** The files of an entry of package.json, with the conditions that lead there. */
const targets = (entry, conditions = []) =>
  typeof entry === "string"
    ? [[conditions, entry.replace("./", "")]]
    : Object.entries(entry).flatMap(([condition, inner]) => targets(inner, [...conditions, condition]));
const { exports: entries } = JSON.parse(text("package.json"));
const scripts = Object.entries(entries).filter(([name]) => !/\.\w+$/.test(name));

test("every entry of package.json is in the package", () => {
  for (const [name, entry] of Object.entries(entries)) {
    for (const [, path] of targets(entry)) assert.ok(packed.includes(path) || name === "./package.json", path);
  }
});

test("every entry has types under every condition, and `default` is last", () => {
  for (const [name, entry] of scripts) {
    const conditions = Object.keys(entry);
    assert.deepEqual([conditions[0], conditions.at(-1)], ["types", "default"], name);
    assert.match(entry.types, /\.d\.ts$/, name);
  }
});

/** The file that a host takes of an entry: the first condition that it knows. */
function taken(entry, known) {
  if (typeof entry === "string") return entry;
  const found = Object.keys(entry).find((condition) => condition === "default" || known.includes(condition));
  return taken(entry[found], known);
}

test("pages and servers get their own builds, also where a bundler names several conditions", () => {
  const page = entries["."];
  const hosts = {
    "./dist/index.js": [["browser", "import", "module"], ["import"], ["browser", "production"]],
    "./dist/development.js": [["browser", "development", "import"], ["development"]],
    "./dist/outside.js": [
      ["node", "import"],
      ["node", "development"],
      ["workerd", "worker", "browser"],
      ["edge-light", "browser"],
      ["deno", "node"],
    ],
  };
  for (const [file, all] of Object.entries(hosts)) for (const known of all) assert.equal(taken(page, known), file, known.join());
});

test("no entry brings along an engine of another host", () => {
  /** All that a file of the package leads to. */
  const reached = (path, found = new Set()) => {
    if (found.has(path) || !packed.includes(path)) return found;
    found.add(path);
    const source = path.endsWith(".js") ? text(path) : "";
    const named = [...source.matchAll(/(?:from|import|URL)\s*\(?\s*"\.?\/?([\w./]+\.(?:js|wasm))"/g)].map(([, name]) => name);
    for (const name of named) reached(join(dirname(path), name), found);
    return found;
  };
  const engines = (name, known) => {
    const all = reached(taken(entries[name], known).replace("./", ""));
    return [...all].filter((path) => path.endsWith(".wasm")).map((path) => path.replace("dist/", ""));
  };
  const page = ["engine.wasm", "full_bg.wasm"];
  assert.deepEqual(engines(".", ["browser"]).sort(), page);
  assert.deepEqual(engines(".", ["browser", "development"]).sort(), page);
  for (const host of ["node", "workerd", "edge-light", "deno"]) {
    for (const name of [".", "./inline"]) assert.deepEqual(engines(name, [host]), [], `${name} on ${host}`);
  }
  for (const name of ["./contract", "./stream", "./ga4", "./element", "./react"]) assert.deepEqual(engines(name, ["browser"]), [], name);
  assert.deepEqual(engines("./edge", ["workerd"]), ["edge_engine_bg.wasm"]);
});

test("a bundler finds the entries for React marked for the client", () => assert.match(text("dist/react.js"), /^"use client";/));

test("on a server the package can be imported and required, and says where it belongs", async (t) => {
  const said = t.mock.method(console, "warn", () => {});
  for (const name of ["slotwise", "slotwise/inline"]) {
    for (const entry of [await import(name), createRequire(import.meta.url)(name)]) {
      const slotwise = await entry.load({ publicKey: "" });
      const { ok, source, error } = await slotwise.ready;
      assert.deepEqual([ok, source, error instanceof entry.SlotwiseError], [false, "none", true]);
      assert.match(slotwise.problem, /slotwise\/server/);
      slotwise.track("view_item", {});
      assert.deepEqual([slotwise.decide(), (await slotwise.explain()).decisions], [[], []]);
    }
  }
  assert.equal(said.mock.callCount(), 1, "once is enough");
  const [page, server] = await Promise.all([import(join(folder, "dist/index.js")), import("slotwise")]);
  assert.deepEqual(Object.keys(server), Object.keys(page), "what a page imports is there");
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

test("the API report is that of the built types", () => {
  assert.equal(
    readFileSync(REPORT, "utf8"),
    report(join(folder, "dist")),
    "the API has changed: run `npm run contract` and read js/api.md",
  );
});

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pack: { tarball: Uint8Array.from(tarball).buffer }, strict: true });
  assert.deepEqual(messages, []);
});

test("Are the types wrong? They are not", async () => {
  const { problems, types } = await checkPackage(createPackageFromTarballData(tarball), {
    excludeEntrypoints: [/\.wasm$/],
  });
  assert.ok(types);
  // Two things are meant to be so. The oldest way of TypeScript to find types, which TypeScript 7 has not, reads no exports.
  // And there is one format: a second one for `require` would give a program two visits, where Node requires ES modules anyway.
  const meant = ({ kind, resolutionKind }) =>
    resolutionKind === "node10" || (kind === "CJSResolvesToESM" && resolutionKind === "node16-cjs");
  assert.deepEqual(
    problems.filter((problem) => !meant(problem)),
    [],
  );
});

test("a strict TypeScript project imports and requires every entry of the installed package", () => {
  const installed = join(home, "node_modules/slotwise");
  mkdirSync(installed, { recursive: true });
  assert.equal(spawnSync("tar", ["-xzf", join(home, made.filename), "--strip-components=1", "-C", installed]).status, 0);
  for (const name of ["@types", "csstype"]) symlinkSync(join(root, "node_modules", name), join(home, "node_modules", name));
  const names = scripts.map(([name]) => name.replace(".", "slotwise"));
  const imported = names.map((name, at) => `import * as m${at} from "${name}";\nexport const n${at}: object = m${at};`);
  const required = names.map((name, at) => `import m${at} = require("${name}");\nexport const n${at}: object = m${at};`);
  const use = `import { load, type Slotwise } from "slotwise";
    export const visit: Promise<Slotwise> = load({ publicKey: "" });
    // @ts-expect-error a key is needed
    load({});
    // @ts-expect-error the global is what the script makes of it
    globalThis.slotwise.loads({ publicKey: "" });`;
  writeFileSync(join(home, "package.json"), '{ "type": "module" }');
  writeFileSync(join(home, "esm.mts"), [...imported, use].join("\n"));
  writeFileSync(join(home, "required.cts"), required.join("\n"));
  const options = { strict: true, target: "es2022", lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"], types: [], noEmit: true };
  writeFileSync(
    join(home, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, module: "nodenext" }, files: ["esm.mts", "required.cts"] }),
  );
  const checked = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", home], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout);
});

test("a release holds one version of this project's packages, or nothing is published", () => {
  const release = (...packages) => {
    const at = mkdtempSync(join(home, "release-"));
    for (const [number, { name, version }] of packages.entries()) {
      mkdirSync(join(at, "package"), { recursive: true });
      writeFileSync(join(at, "package/package.json"), JSON.stringify({ name, version }));
      assert.equal(spawnSync("tar", ["-czf", join(at, `${number}.tgz`), "-C", at, "package"]).status, 0);
    }
    const { status, stderr } = spawnSync(process.execPath, [join(root, "js/tools/publish.mjs"), at, "--dry-run"], { encoding: "utf8" });
    assert.equal(status, 2);
    return stderr;
  };
  const version = "0.1.0";
  assert.match(release({ name: "slotwise", version }, { name: "@slotwise/cli", version: "0.2.0" }), /the versions .*, expected one/);
  assert.match(release({ name: "slotwise", version }, { name: "slotwize", version }), /slotwize, which is no package of this project/);
  assert.match(release({ name: "@slotwise/cli-linux-x64", version }), /does not hold the package slotwise/);
});
