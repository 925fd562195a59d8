// GrowthBook's edge package for Cloudflare: what shops take today to change pages at the edge. It reads the page
// into a tree, changes it and writes it again. Installed for the benchmark only.

import { build } from "esbuild";
import { installed } from "./peers.mjs";
import { changes } from "./rewrite_page.mjs";

export const VERSION = "0.1.15";
const SDK = "1.8.0";

/** One experiment for each change, everybody in its second arm. */
const experiments = changes.map(([selector, value], number) => ({
  key: `change-${number}`,
  changeId: `change-${number}`,
  status: "running",
  hashAttribute: "id",
  coverage: 1,
  weights: [0, 1],
  urlPatterns: [{ include: true, type: "simple", pattern: "*" }],
  variations: [{}, { domMutations: [{ selector, attribute: "html", action: "set", value }] }],
}));

/** The Worker's source: as the package's manual has it, with the experiments at hand instead of fetched. */
const source = `
import { handleRequest } from "@growthbook/edge-cloudflare";
const payload = { features: {}, experiments: ${JSON.stringify(experiments)} };
export default { fetch: (request, env) => handleRequest(request, env, { payload }) };
`;

/** The Worker's modules. Throws where the package cannot be had. */
export async function modules() {
  const folder = installed("growthbook", `@growthbook/edge-cloudflare@${VERSION}`, `@growthbook/growthbook@${SDK}`);
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, sourcefile: "worker.js" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return { "worker.js": Buffer.from(outputFiles[0].contents) };
}

/** Its settings before a store. */
export const bindings = (store) => ({
  PROXY_TARGET: store,
  NODE_ENV: "production",
  GROWTHBOOK_API_HOST: "https://growthbook.invalid",
  GROWTHBOOK_CLIENT_KEY: "bench",
});
