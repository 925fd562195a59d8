// Builds the Worker and hands it to wrangler; everything said behind `npm run deploy --` goes on to it.

import { join } from "node:path";
import { build } from "./build.mjs";
import { must, root } from "./setup.mjs";

await build();
must("wrangler", join(root, "node_modules/.bin/wrangler"), ["deploy", ...process.argv.slice(2)]);
