// `npm run test:snapshots`: snapshots and manifests that are wrong, late, old or too long, against a real origin, real workerd
// and a real browser. Nothing of them is ever trusted by halves, and the shop's page always comes.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../js/tools/setup.mjs";
import { suite } from "./suite.mjs";

const folder = "wasm-tests/snapshots";
const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs"));
await suite(
  "snapshots",
  files.map((name) => join(folder, name)),
);
