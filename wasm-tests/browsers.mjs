// `npm run test:browsers`: the package in Chromium, Firefox and WebKit. On Debian, root has missing browsers installed; a
// browser that cannot be had is skipped, and the test's line says what is missing.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "../js/tools/build.mjs";
import { chromium, root } from "../js/tools/setup.mjs";
import { BROWSERS } from "./browsers/drivers.mjs";

/** Debian's packages of each browser. */
const PACKAGES = { Firefox: ["firefox-esr"], WebKit: ["webkit2gtk-driver", "xvfb"] };

const CHROMIUM = chromium();
for (const { name, missing } of BROWSERS) {
  const packages = PACKAGES[name];
  if (!missing || !packages || process.getuid?.() !== 0) continue;
  console.log(`setup: installing ${packages.join(" and ")}`);
  const words = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const { status } = spawnSync("apt-get", words, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) console.log(`setup: ${name} cannot be installed here; its tests are skipped`);
}
await build();
const folder = "wasm-tests/browsers";
const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs"));
// A suite of one browser is one test to the runner.
const words = ["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=spec"];
const env = { ...process.env, CHROMIUM, FORCE_COLOR: "0" };
const { status } = spawnSync(process.execPath, [...words, ...files.map((name) => join(folder, name))], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exit(status ?? 1);
