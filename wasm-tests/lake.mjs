// `npm run test:lake`: the event lake. The program with the feature `lake`, kills, hostile files, and Parquet that pyarrow,
// DuckDB and Polars write and read.

import { suite } from "./suite.mjs";

await suite("lake", ["wasm-tests/lake/lake.test.mjs", "wasm-tests/lake/foreign.test.mjs"]);
