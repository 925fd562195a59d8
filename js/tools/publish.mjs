// Publishes packed packages: `node js/tools/publish.mjs FOLDER`, with every `.tgz` of a release in the folder. With `--dry-run`
// nothing leaves the machine. In a workflow with the permission `id-token: write`, `--provenance` signs where each was built.
//
// What another package names comes first, so nobody can install a half of a release. A version that is there already is left
// alone: a release that was interrupted is finished by running it again.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { must } from "./setup.mjs";

/** Packages in the order in which they are published. */
const ORDER = [/^@slotwise\/cli-/, /^@slotwise\/cli$/, /^slotwise$/, /^create-slotwise$/];

function refuse(why) {
  console.error(`slotwise: ${why}`);
  process.exit(2);
}

/** Name and version of a packed package, and its place in the order. */
function read(file) {
  const { status, stdout } = spawnSync("tar", ["-xOzf", file, "package/package.json"], { encoding: "utf8" });
  if (status !== 0) refuse(`${file} is not a packed package; make it with \`npm pack\``);
  const { name, version } = JSON.parse(stdout);
  const place = ORDER.findIndex((known) => known.test(name));
  if (place < 0) refuse(`${file} holds ${name}, which is no package of this project`);
  return { file, name, version, place };
}

const options = { "dry-run": { type: "boolean" }, provenance: { type: "boolean" } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [folder] = positionals;
if (!folder || !existsSync(folder)) refuse("name the folder with the packed packages");
const packages = readdirSync(folder)
  .filter((name) => name.endsWith(".tgz"))
  .map((name) => read(join(folder, name)))
  .sort((a, b) => a.place - b.place || a.name.localeCompare(b.name));
const versions = new Set(packages.map(({ version }) => version));
if (!packages.some(({ name }) => name === "slotwise")) refuse(`${folder} does not hold the package slotwise`);
if (versions.size > 1) refuse(`the packages have the versions ${[...versions].join(", ")}, expected one`);

for (const { file, name, version } of packages) {
  const there = spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8" });
  if (there.status === 0 && there.stdout.trim() === version) {
    console.log(`${name} ${version} is published already`);
    continue;
  }
  const words = Object.keys(values).map((flag) => `--${flag}`);
  must(`publishing ${name}`, "npm", ["publish", file, "--access", "public", ...words]);
}
