// `npm run test:cluster`: the relational work of training by DuckDB and by a Spark cluster in processes of its own, one worker
// of which is killed in the middle.

import { suite } from "./suite.mjs";

await suite("cluster", ["wasm-tests/cluster/engines.test.mjs", "wasm-tests/cluster/lake.test.mjs", "wasm-tests/cluster/cluster.test.mjs"]);
