// A snapshot of 2.5 MB comes to an isolate that has another one: CPU time of the whole workerd process, and its memory. Two
// snapshots of Diginetica take turns; the cost of a sync that finds nothing new is taken off.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keys, manifest } from "../snapshots/forge.mjs";
import { origin } from "../snapshots/origin.mjs";
import { bareEdge, binary, manifestOf } from "../stage.mjs";
import { log, plan } from "./diginetica.mjs";
import { searchFile, split } from "./next.mjs";
import { median } from "./stats.mjs";
import { cpuMs } from "./workerd.mjs";

const SWAPS = 40;
/** Entries a row, by which Diginetica's snapshot has about 2.5 MB. */
const NEIGHBOURS = [50, 52];

/** Trains with more entries a row than a shop would, and returns the release with its snapshot. */
function trained(bench, neighbours) {
  const { train } = split(bench, "diginetica");
  const folder = mkdtempSync(join(bench.temporary, "swap-"));
  const [events, file, key, published] = ["events.csv", "plan.json", "key", "published"].map((name) => join(folder, name));
  writeFileSync(events, log(train));
  writeFileSync(file, JSON.stringify(plan(false, "1")));
  const search = existsSync(searchFile(bench, "diginetica")) ? ["--search", searchFile(bench, "diginetica"), "--rounds", "0"] : [];
  for (const words of [
    ["keygen", "--out", key],
    [
      "train",
      "--events",
      events,
      "--plan",
      file,
      "--key",
      `${key}.secret`,
      "--out",
      published,
      "--neighbours",
      String(neighbours),
      ...search,
    ],
  ]) {
    const run = spawnSync(binary, words, { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`slotwise ${words[0]} ended with ${run.status}: ${run.stderr}`);
  }
  const { current } = manifestOf(readFileSync(join(published, "manifest"), "utf8"));
  return { ...current, patches: [], file: readFileSync(join(published, "snapshot", current.snapshot)) };
}

/** Megabytes of a process that are in memory (`VmRSS`), or that were at most since the peak was forgotten (`VmHWM`). */
const memory = (pid, line) => Number(new RegExp(`${line}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1.024e-3;
const forgetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** The part `swap`. */
export async function swap(bench) {
  const { report } = bench;
  const releases = NEIGHBOURS.map((neighbours) => trained(bench, neighbours));
  const pair = keys();
  const from = await origin();
  bench.atEnd(from.stop);
  from.add(
    "snapshot",
    releases.map(({ file }) => file),
  );
  let sequence = 0;
  const say = (at) => {
    const { file, ...current } = releases[at % 2];
    sequence++;
    from.manifest = manifest({ sequence, current: { ...current, newest_ms: sequence } }, pair);
  };
  const worker = await bareEdge({ publicKey: pair.publicKey }, from.url, { SLOTWISE_ORIGIN: from.url, SYNC_SECS: 0 });
  bench.atEnd(worker.stop);
  const asked = async () => (await fetch(`${worker.url}/_slotwise/health`)).json();
  const round = async (swaps) => {
    const [times, grown] = [[], []];
    for (let at = 0; at < SWAPS; at++) {
      say(swaps ? at : 0);
      forgetPeak(worker.pid);
      const held = memory(worker.pid, "VmRSS");
      const before = cpuMs(worker.pid);
      const { snapshot, problem } = await asked();
      times.push(cpuMs(worker.pid) - before);
      grown.push(memory(worker.pid, "VmHWM") - held);
      if (problem || snapshot !== releases[swaps ? at % 2 : 0].snapshot) throw new Error(`the swap failed: ${problem}`);
    }
    return { cpu: median(times), grown: Math.max(...grown) };
  };
  say(1);
  await asked();
  const first = await round(true);
  const idle = await round(false);
  const swapped = await round(true);
  const cpu = swapped.cpu - idle.cpu;
  const mb = releases[1].bytes / 1e6;
  const what = `swap of a snapshot of ${mb.toFixed(2)} MB in workerd`;
  report.figure("swap_cpu_ms", cpu, "ms", {
    what: `${what}, CPU time of the whole process, network included`,
    note: `a sync without a swap takes ${idle.cpu.toFixed(2)} ms`,
  });
  report.figure("swap_grown_mb", swapped.grown, "MB", {
    what: `${what}, memory of the process: at most above that before`,
    note: `the largest of ${SWAPS}; ${first.grown.toFixed(1)} MB among the first`,
  });
}
