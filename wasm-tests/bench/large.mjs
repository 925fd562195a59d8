// Large shops: time, memory and snapshot of a training as the log grows. The log is simulated (`large_log.mjs`), so nothing
// here says how good the model is. Kernels are given; they come from the smallest log.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binary, manifestOf, slotwise } from "../stage.mjs";
import { writeLargeLog } from "./large_log.mjs";

/** Events and products of each log; the budget of the last training. */
const LOGS = [
  { id: "100k", events: 100_000, products: 10_000 },
  { id: "1m", events: 1_000_000, products: 100_000 },
  { id: "10m", events: 10_000_000, products: 1_000_000, budget: "20MB" },
];
/** GNU time, which knows what a program took at most. */
const TIME = "/usr/bin/time";

/** The file of a log, which is written once. */
export function largeLog(bench, { id, events, products }) {
  const file = join(bench.folder, `large-${id}-${products}.csv`);
  if (!existsSync(file)) {
    writeLargeLog(`${file}.partial`, events, products);
    renameSync(`${file}.partial`, file);
  }
  return file;
}

/** Trains and returns CPU seconds, megabytes at the peak, and bytes of the snapshot. */
function train(events, key, out, search, rounds, budget) {
  const words = ["train", "--events", events, "--key", key, "--out", out, "--search", search, "--rounds", String(rounds)];
  if (budget) words.push("--budget", budget);
  const run = spawnSync(TIME, ["-f", "%U %S %e %M", binary, ...words], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`training ended with ${run.status}: ${run.stderr}`);
  const [user, system, wall, peak] = run.stderr.trim().split("\n").at(-1).split(" ").map(Number);
  const { current } = manifestOf(readFileSync(join(out, "manifest"), "utf8"));
  const cost = /costs: (.*)/.exec(run.stdout)?.[1] ?? "";
  rmSync(out, { recursive: true });
  return { cpu: user + system, wall, peak: (peak * 1024) / 1e6, bytes: current.bytes, cost };
}

/** The part `large`. */
export function large(bench) {
  const { report } = bench;
  if (!existsSync(TIME)) return report.skip("large shops", `${TIME} is not here`);
  const folder = join(bench.temporary, "large");
  const keys = slotwise("keygen", "--out", `${folder}.key`);
  if (keys.code !== 0) throw new Error(keys.err);
  const search = `${folder}.search`;
  const rows = [];
  LOGS.forEach(({ id, budget, ...size }, at) => {
    const file = largeLog(bench, { id, ...size });
    if (at === 0) train(file, `${folder}.key.secret`, folder, search, 1);
    for (const within of budget ? [undefined, budget] : [undefined]) {
      const { cpu, wall, peak, bytes, cost } = train(file, `${folder}.key.secret`, folder, search, 0, within);
      const name = within ? `large_${id}_budget` : `large_${id}`;
      const what = `simulated log, ${size.events} events, ${size.products} products${within ? `, --budget ${within}` : ""}`;
      report.figure(`${name}_cpu_s`, cpu, "s", { what: `${what}: CPU of a training, kernels given`, note: `${wall} s on the clock` });
      report.figure(`${name}_peak_mb`, peak, "MB", { what: `${what}: memory at the peak` });
      report.figure(`${name}_snapshot_mb`, bytes / 1e6, "MB", { what: `${what}: snapshot`, note: cost });
      rows.push([size.events, size.products, within ?? "none", cpu.toFixed(1), peak.toFixed(0), (bytes / 1e6).toFixed(2)]);
    }
  });
  report.table("Growth", ["events", "products", "budget", "CPU, s", "peak, MB", "snapshot, MB"], rows);
}
