// `npm run test:worker`: the Worker as an operator runs it: headers, caches in front of it and behind it, and what takes longer
// than a spec of `npm test` may. On Debian, root has nginx and Varnish installed; where one cannot be had, its tests are skipped.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, servers } from "../js/tools/setup.mjs";
import { suite } from "./suite.mjs";

servers({ nginx: "nginx-light", varnishd: "varnish" });
const folder = "wasm-tests/worker";
const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs"));
await suite(
  "worker",
  files.map((name) => join(folder, name)),
);
