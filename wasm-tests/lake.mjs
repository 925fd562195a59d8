// `npm run test:lake`: the event lake. The program with the features `lake` and `store`, kills, hostile files, Parquet that
// pyarrow, DuckDB and Polars write and read, and a lake in a real S3 server (moto, from PyPI).

import { spawnSync } from "node:child_process";
import { root } from "../js/tools/setup.mjs";
import { suite } from "./suite.mjs";

// What only these features compile.
const words = ["test", "--release", "--locked", "--features", "lake,store", "--lib", "--", "lake", "parquet", "objects"];
if (spawnSync("cargo", words, { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);

const files = ["lake", "foreign", "store"].map((name) => `wasm-tests/lake/${name}.test.mjs`);
await suite("lake", files);
