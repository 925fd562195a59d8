// `npm run test:intake`: the outages of `outage.test.mjs` and `delivery.test.mjs`, two minutes each.

import { spawnSync } from "node:child_process";
import { build } from "../js/tools/build.mjs";
import { root } from "../js/tools/setup.mjs";

await build();
const words = ["--test", "--test-concurrency=1", "--test-force-exit", "--test-reporter=spec"];
const files = ["wasm-tests/outage.test.mjs", "wasm-tests/delivery.test.mjs"];
const env = { SLOTWISE_OUTAGE_SECS: "120", ...process.env };
const { status } = spawnSync(process.execPath, [...words, ...files], { cwd: root, env, stdio: "inherit" });
process.exit(status ?? 1);
