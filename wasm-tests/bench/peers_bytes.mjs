// Code that a page fetches for other people's ways to personalise it, beside ours. Each is the least that its manual asks for:
// the client is made, told of the page, and asked for one decision. All are bundled with the same settings. Data is not
// counted: rules, a server's answers, our snapshot (`snapshot_demo_brotli_kb`).
//
// Bytes alone say little. What a package does for them stands beside each figure; a package that asks a server has its model there.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sizes } from "../../js/tools/build.mjs";
import { installed } from "./peers.mjs";
import { measured } from "./sizes.mjs";

/** `files`: what the script fetches besides. `does`: who decides, when, and what becomes of the page until then. */
const PEERS = [
  {
    id: "growthbook",
    name: "GrowthBook",
    packages: ["@growthbook/growthbook@1.8.0"],
    source: `import { GrowthBook } from "@growthbook/growthbook";
      const client = new GrowthBook({ clientKey: "sdk-1", attributes: { id: "1" } });
      await client.init({ timeout: 1000 });
      document.title = client.getFeatureValue("hero", "welcome");`,
    does: "decides in the page, by rules that people write; it fetches them first, so visual changes need its anti-flicker snippet or its edge; knows no products",
  },
  {
    id: "uniform",
    name: "Uniform",
    packages: ["@uniformdev/context@20.63.0"],
    source: `import { Context } from "@uniformdev/context";
      const context = new Context({ manifest: { project: {} }, defaultConsent: true });
      await context.update({ url: new URL(location.href) });
      document.title = context.personalize({ name: "hero", variations: [{ id: "welcome" }] }).variations[0].id;`,
    does: "decides in the page, by scores that people write, from a manifest that the build fetches; knows no products",
  },
  {
    id: "algolia",
    name: "Algolia Recommend",
    packages: ["@algolia/recommend@5.64.0"],
    source: `import { recommendClient } from "@algolia/recommend";
      const client = recommendClient("app", "key");
      const request = { indexName: "products", model: "related-products", objectID: "1", threshold: 0 };
      document.title = (await client.getRecommendations({ requests: [request] })).results[0].hits[0].objectID;`,
    does: "asks a server for each row of products, which is empty until then; a model learns from events that another package sends",
  },
  {
    id: "croct",
    name: "Croct",
    packages: ["@croct/plug@0.23.0"],
    source: `import croct from "@croct/plug";
      croct.plug({ appId: "00000000-0000-0000-0000-000000000000" });
      document.title = (await croct.fetch("home-hero")).content.title;`,
    does: "asks a server for the content of each slot, which decides by rules that people write; until then the slot waits or shows a default; knows no products",
  },
  {
    id: "ninetailed",
    name: "Ninetailed",
    packages: ["@ninetailed/experience.js@7.26.0"],
    source: `import { Ninetailed } from "@ninetailed/experience.js";
      const client = new Ninetailed({ clientId: "1", environment: "main" });
      client.onProfileChange(({ profile }) => { document.title = profile?.audiences[0] ?? ""; });
      await client.page();`,
    does: "asks a server which variants the visitor gets, by rules that people write; until then the page waits or shows a default; knows no products",
  },
  {
    id: "posthog",
    name: "PostHog",
    packages: ["posthog-js@1.449.2"],
    source: `import posthog from "posthog-js";
      posthog.init("phc_1", { api_host: "https://eu.i.posthog.com" });
      posthog.onFeatureFlags(() => { document.title = String(posthog.getFeatureFlag("hero")); });`,
    does: "asks a server for flags, by rules that people write; on a first visit the page waits or flickers unless its server sent the flags; also records the whole visit for analytics, with further scripts from its server that are not counted; knows no products",
  },
  {
    id: "onnx",
    name: "onnxruntime-web",
    packages: ["onnxruntime-web@1.30.0"],
    source: `import { InferenceSession, Tensor } from "onnxruntime-web/wasm";
      const session = await InferenceSession.create("/model.onnx");
      document.title = String((await session.run({ input: new Tensor("int64", [1n], [1]) })).output.data[0]);`,
    files: ["node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"],
    does: "runs any model in the page; the model comes on top of these bytes, and so do slots, events, guardrails and consent",
  },
];

const WE_DO =
  "decides in the page or at the edge, by a model of the shop's own log, over its products, variants and offers; slots keep the shop's content until then; the model is the snapshot, which comes on top";

/** Bundles a source; returns the brotli kilobytes of what is there at once and of what can follow. */
async function bundled(source, folder) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: folder, sourcefile: "page.js" },
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const outputs = new Map(outputFiles.map((file) => [file.path.slice(folder.length + 1), sizes(file.contents).brotli / 1000]));
  const [entry] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint);
  const eager = new Set([entry]);
  for (const path of eager) {
    for (const { path: next, kind } of metafile.outputs[path].imports) if (kind === "import-statement") eager.add(next);
  }
  const sum = (paths) => [...paths].reduce((total, path) => total + (outputs.get(path) ?? 0), 0);
  return { eager: sum(eager), later: sum(new Set(outputs.keys()).difference(eager)) };
}

/** The part `peers_bytes`. */
export async function peersBytes({ report }) {
  const add = (id, name, eager, later, does) => {
    const note = `${eager.toFixed(1)} kB at once, ${later.toFixed(1)} kB later; ${does}`;
    report.figure(`bytes_${id}_kb`, eager + later, "kB", {
      what: `${name}: code that a page fetches to personalise, without data, brotli`,
      note,
    });
  };
  const { eager, page } = await measured();
  add("slotwise", "Slotwise", eager.brotli, page.brotli, WE_DO);
  for (const { id, name, packages, source, files = [], does } of PEERS) {
    try {
      const folder = installed(`bytes-${id}`, ...packages);
      const script = await bundled(source, folder);
      const more = files.map((file) => sizes(readFileSync(join(folder, file))).brotli / 1000);
      const later = more.reduce((total, size) => total + size, script.later);
      add(id, packages[0], script.eager, later, does);
    } catch (error) {
      report.skip(`bytes of ${name}`, error.message.replaceAll("\n", " "));
    }
  }
}
