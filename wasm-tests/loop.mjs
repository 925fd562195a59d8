// `npm run test:loop`: the closed loop in real processes: origin, `slotwise learn`, the Worker in workerd, simulated shoppers.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../js/tools/setup.mjs";
import { suite } from "./suite.mjs";

const folder = "wasm-tests/loop";
const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs"));
await suite(
  "loop",
  files.map((name) => join(folder, name)),
);
