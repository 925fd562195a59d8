#!/usr/bin/env node
// `npm create slotwise`: asks a few questions and makes the project of a shop's Worker.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { binary } from "@slotwise/cli/binary";
import { make } from "./project.mjs";
import { ask } from "./questions.mjs";

const USAGE = `npm create slotwise@latest FOLDER -- [OPTIONS]

  --shop URL         address of the shop
  --routes PATTERN   addresses that go through the Worker, separated by commas; none: nothing yet
  --origin URL       address where \`slotwise serve\` will run; empty: below the shop's own address
  --product PATTERN  address of a product's page, with {id} and {category}
  --ga4 yes|no       whether the shop's pages report GA4 events
  --no-install       leaves \`npm install\` to you

What is not said is asked.`;

function fail(text) {
  console.error(`slotwise: ${text}`);
  process.exit(2);
}

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) fail(`this is Node ${process.versions.node}, expected 20 or newer`);

const text = { type: "string" };
const options = { shop: text, routes: text, origin: text, product: text, ga4: text };
let given;
try {
  const flags = { ...options, "no-install": { type: "boolean" }, help: { type: "boolean", short: "h" } };
  given = parseArgs({ allowPositionals: true, options: flags });
} catch (cause) {
  fail(`${cause.message}\n\n${USAGE}`);
}
const { values, positionals } = given;
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

try {
  const answers = await ask({ ...values, folder: positionals[0] });
  const folder = resolve(answers.folder);
  const { config, version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  make(folder, answers, { trainer: binary(), version, wrangler: config.wrangler });
  console.log(
    `\n${answers.folder} is made. key.secret, key.intake and key.overlay are secrets: git ignores them, so keep a copy elsewhere.`,
  );

  if (!values["no-install"]) {
    console.log("installing the Worker, wrangler and the trainer");
    const npm = spawnSync("npm", ["install"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
    if (npm.status !== 0) fail(`npm could not install the packages, see above; run \`npm install\` in ${answers.folder}`);
  }
  const next = [`cd ${answers.folder}`, ...(values["no-install"] ? ["npm install"] : []), "npm run train", "npm run serve", "npm run dev"];
  console.log(`\nNext, as README.md there says: put a log into log/, then\n  ${next.join("\n  ")}`);
} catch (cause) {
  fail(cause.message);
}
