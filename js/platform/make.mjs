// Writes the packages around `slotwise`, ready to publish, into target/npm/NAME:
//
//   node js/platform/make.mjs cli-linux-x64    the trainer for one machine; builds it there, or takes --binary FILE
//   node js/platform/make.mjs cli              the package that finds it
//   node js/platform/make.mjs create-slotwise  the scaffold
//
// They are written, not members of the workspace: all have the version of js/package.json and name each other by it, so
// `npm install` in a fresh clone would look for versions that are not published yet.

import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { must, root } from "../tools/setup.mjs";
import { PLATFORMS } from "./platforms.mjs";

const own = JSON.parse(readFileSync(join(root, "js/package.json"), "utf8"));
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version, license } = own;

/** What all packages say of themselves. */
const common = (name, directory, description) => ({
  name,
  version,
  description,
  license,
  repository: { ...own.repository, directory },
  publishConfig: own.publishConfig,
  type: "module",
});

/** Fills a folder beside its place, then puts it there. */
function write(name, json, fill) {
  const place = join(root, "target/npm", name);
  const fresh = `${place}.fresh`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  fill(fresh);
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, licence), join(fresh, licence));
  writeFileSync(join(fresh, "package.json"), `${JSON.stringify(json, null, 2)}\n`);
  rmSync(place, { recursive: true, force: true });
  renameSync(fresh, place);
  return place;
}

/** Builds the trainer for a platform; its path. */
function built({ target, flags = "" }) {
  const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll("-", "_")}_RUSTFLAGS`;
  const words = ["build", "--locked", "--profile", "dist", "--features", "https", "--bin", "slotwise", "--target", target];
  must(`building the trainer for ${target}`, "cargo", words, { env: { ...process.env, [variable]: flags } });
  return join(root, "target", target, "dist", target.includes("windows") ? "slotwise.exe" : "slotwise");
}

/** The package of one platform, with a program of this path or one that is built now. */
function platform(name, given) {
  const [os, cpu] = name.split("-");
  const program = given ?? built(PLATFORMS[name]);
  const full = `@slotwise/cli-${name}`;
  const json = {
    ...common(full, "js/platform", `The trainer of Slotwise for ${name}`),
    os: [os],
    cpu: [cpu],
    files: ["LICENSE-APACHE", "LICENSE-MIT", "bin"],
    // Yarn would keep it packed otherwise, and a packed program does not run.
    preferUnplugged: true,
  };
  return write(`cli-${name}`, json, (folder) => {
    const place = join(folder, "bin", os === "win32" ? "slotwise.exe" : "slotwise");
    mkdirSync(join(folder, "bin"));
    copyFileSync(program, place);
    chmodSync(place, 0o755);
    writeFileSync(
      join(folder, "README.md"),
      `# ${full}\n\nThe program that \`@slotwise/cli\` runs on ${name}. Install that package instead.\n`,
    );
  });
}

function cli() {
  const json = {
    ...common("@slotwise/cli", "js/platform/cli", "The trainer of Slotwise: from a shop's click log to a signed snapshot"),
    engines: { node: ">=20" },
    // Another name than that of the launcher in `slotwise`: a project usually has both.
    bin: { "slotwise-cli": "./run.mjs" },
    exports: { ".": "./run.mjs", "./binary": "./binary.mjs" },
    optionalDependencies: Object.fromEntries(Object.keys(PLATFORMS).map((name) => [`@slotwise/cli-${name}`, version])),
  };
  return write("cli", json, (folder) => cpSync(join(root, "js/platform/cli"), folder, { recursive: true }));
}

function scaffold() {
  const json = {
    ...common("create-slotwise", "js/create", "Makes the Slotwise project of a shop: `npm create slotwise`"),
    keywords: own.keywords,
    engines: { node: ">=20" },
    bin: { "create-slotwise": "./index.mjs" },
    dependencies: { "@slotwise/cli": version },
    // What a new project gets besides: the version that is tested here.
    config: { wrangler: devDependencies.wrangler },
  };
  return write("create-slotwise", json, (folder) => {
    cpSync(join(root, "js/create"), folder, { recursive: true });
    copyFileSync(join(root, "wrangler.toml"), join(folder, "template/wrangler.toml"));
  });
}

/** Makes a package; its folder. */
export function make(name, program) {
  if (name === "cli") return cli();
  if (name === "create-slotwise") return scaffold();
  if (name.startsWith("cli-") && name.slice(4) in PLATFORMS) return platform(name.slice(4), program);
  const names = ["cli", "create-slotwise", ...Object.keys(PLATFORMS).map((known) => `cli-${known}`)];
  console.error(`slotwise: there is no package ${name}, expected ${names.join(", ")}`);
  return process.exit(2);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { binary: { type: "string" } } });
  if (positionals.length === 0) make("");
  for (const name of positionals) console.log(make(name, values.binary));
}
