// The core alone in V8: opening a snapshot, deciding a row, reading intent. `rank.rs` puts nothing between the clock
// and the model. The peer of a decision is what many shops would run: a scan of embeddings.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bind, root } from "../../js/tools/setup.mjs";
import { run } from "./command.mjs";
import { shop, visits } from "./diginetica.mjs";
import { split } from "./next.mjs";
import { median, microsSince, quantile } from "./stats.mjs";

const ROUNDS = 20;
/** Of these each visit's median counts. */
const PASSES = 5;

/** The class of `rank.rs`, built for V8. */
export async function ranker(bench) {
  const folder = join(bench.folder, "rank");
  mkdirSync(folder, { recursive: true });
  const words = ["--package", "slotwise-programs", "--lib", "--features", "rank"];
  run("building the scorer", "cargo", ["build", "--quiet", "--target", "wasm32-unknown-unknown", ...words, "--profile", "wasm"]);
  const module = join(root, "target/wasm32-unknown-unknown/wasm/slotwise_programs.wasm");
  bind("nodejs", "rank", folder, module);
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
  return (await import(pathToFileURL(join(folder, "rank.js")).href)).default.Ranker;
}

function opening({ report }, Ranker, snapshot) {
  const opened = [];
  for (let round = 0; round < 15; round++) {
    const began = process.hrtime.bigint();
    const ranker = new Ranker(snapshot);
    opened.push(microsSince(began) / 1000);
    ranker.free();
  }
  const what = `snapshot of ${(snapshot.length / 1e6).toFixed(2)} MB opened and checked in V8 (Diginetica)`;
  report.figure("snapshot_open_ms", median(opened), "ms", { what });
}

function deciding({ report }, Ranker, snapshot, sessions) {
  const ranker = new Ranker(snapshot);
  const known = (ids) => ids.map((id) => ranker.item(id)).filter((item) => item !== undefined);
  const trails = sessions.map((ids) => Uint32Array.from(known(ids.toReversed())));
  const spent = trails.map(() => []);
  for (let pass = 0; pass < PASSES; pass++) {
    for (const [at, trail] of trails.entries()) {
      const began = process.hrtime.bigint();
      ranker.rank(trail, 20, ROUNDS);
      spent[at].push(microsSince(began) / ROUNDS);
    }
  }
  const times = spent.map(median);
  for (const [name, share] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ]) {
    const what = `decision in V8: rows scored, top 20, ${name} (Diginetica, first 5,000 test prefixes)`;
    report.figure(`decision_v8_${name}_us`, quantile(times, share), "µs", { what });
  }
}

async function scanning({ report }) {
  try {
    const { scan } = await import("./onnx.mjs");
    const { f32, int8, version } = await scan(43_097);
    const decision = report.value("decision_v8_p50_us");
    for (const [name, micros] of [
      ["f32", f32],
      ["int8", int8],
    ]) {
      const peer = { name: `ONNX Runtime Web ${version}, one thread`, value: micros, unit: "µs" };
      const what = `time of a scan of 43,097 embeddings of 64 numbers, ${name}, over a decision's, p50`;
      report.figure(`scan_${name}_times`, micros / decision, "ratio", { what, peer });
    }
  } catch (error) {
    report.skip("the scan of embeddings in ONNX Runtime Web", `${error.message}`.split("\n")[0]);
  }
}

/** Looks of a visit to the demo, newest last. */
export const LOOKS = "1004856 1004767 1004833 1005115 1004856 1004249 1004767 1005105 1002544 1004856 1003317 1004870".split(" ");

function intents(bench, Ranker) {
  const demo = new Ranker(readFileSync(bench.shop().snapshotFile()));
  const spent = [];
  for (let pass = 0; pass < 400; pass++) {
    const ids = LOOKS.slice(0, 1 + (pass % LOOKS.length));
    const began = process.hrtime.bigint();
    demo.intent(ids, 100);
    if (pass >= 100) spent.push(microsSince(began) / 100);
  }
  const what = "features, purchase, cart and exit of a session in V8";
  bench.report.figure("intent_v8_p50_us", quantile(spent, 0.5), "µs", { what: `${what}, p50 (demo snapshot)` });
  bench.report.figure("intent_v8_p99_us", quantile(spent, 0.99), "µs", { what: `${what}, p99 (demo snapshot)` });
}

function native(bench) {
  const env = { ...process.env, SLOTWISE_SHOP: bench.shop().snapshotFile() };
  run("timing intent", "cargo", ["bench", "--quiet", "--bench", "decision", "--", "--quiet", "intent"], { env });
  const estimates = readFileSync(join(root, "target/criterion/intent/of_a_session/new/estimates.json"), "utf8");
  const nanos = JSON.parse(estimates).median.point_estimate;
  const what = "native: features, purchase, cart and exit of a session, mean of 1,000 (Criterion)";
  bench.report.figure("intent_native_us", nanos / 1e6, "µs", { what });
}

/** The part `scorer`. */
export async function scorer(bench) {
  const Ranker = await ranker(bench);
  if (split(bench, "diginetica")) {
    const { snapshot } = shop(bench, false);
    opening(bench, Ranker, snapshot);
    deciding(bench, Ranker, snapshot, visits(bench));
    await scanning(bench);
  } else {
    bench.report.skip("decisions in V8", "../shared/data/diginetica is not here");
  }
  intents(bench, Ranker);
  native(bench);
}
