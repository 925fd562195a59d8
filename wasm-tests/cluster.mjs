// `npm run test:cluster`: the relational work of training by DuckDB and by a Spark cluster in processes of its own, one worker
// of which is killed in the middle.

import { suite } from "./suite.mjs";

await suite(
  "cluster",
  ["engines", "ga4", "lake", "cluster"].map((name) => `wasm-tests/cluster/${name}.test.mjs`),
);
