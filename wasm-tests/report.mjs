// `npm run test:report`: a thousand simulated experiments for each promise of the lift report, and every figure of a report
// computed anew by Python with scipy and statsmodels, which it installs once under target/python. The recomputation says
// "skipped" where there is no Python or no network. Then what sister shops share, with differential privacy built in.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../js/tools/setup.mjs";

const home = join(root, "target/python");
const python = join(home, "bin/python");
const run = (command, words) => spawnSync(command, words, { cwd: root, stdio: "inherit" }).status === 0;
const has = () => existsSync(python) && spawnSync(python, ["-c", "import scipy, statsmodels"]).status === 0;

if (!has()) {
  console.log(`setting up scipy and statsmodels in ${home} (once; about 350 MB)`);
  const packages = ["scipy>=1.11,<2", "statsmodels>=0.14,<0.15"];
  const made = run("python3", ["-m", "venv", home]) && run(python, ["-m", "pip", "install", "--quiet", ...packages]);
  if (!made || !has()) console.log("skipped: the recomputation needs a python3 with venv, and PyPI within reach");
}
const words = ["test", "--release", "--locked", "--test", "lift", "--", "--nocapture", "--include-ignored"];
// Sums with a budget of privacy: the library is too heavy for every build.
const feature = ["test", "--release", "--locked", "--features", "privacy"];
const done = [words, [...feature, "--lib", "group"], [...feature, "--test", "group"]].map((words) => run("cargo", words));
process.exit(done.every(Boolean) ? 0 : 1);
