// Builds the Worker, checks its settings and hands it to wrangler; everything said behind `npm run deploy --` goes on to it.

import { join } from "node:path";
import { build } from "./build.mjs";
import { must, root } from "./setup.mjs";

await build();
must("deploying the Worker", process.execPath, [join(root, "js/bin/worker.mjs"), "deploy", ...process.argv.slice(2)]);
