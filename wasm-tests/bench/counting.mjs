// Large logs: who counts them in what time. The program alone, DuckDB, a Spark cluster of two workers on this machine, and a
// plain Polars script that makes the same sums of pairs and nothing else. All trainings make the same snapshot, or the part fails.
// The log is simulated (`large_log.mjs`). SLOTWISE_COUNTING names the sizes, as in `1m,10m,100m`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cluster, engines, python } from "../cluster/stage.mjs";
import { binary, manifestOf, slotwise } from "../stage.mjs";
import { largeLog } from "./large.mjs";

const LOGS = [
  { id: "1m", events: 1_000_000, products: 100_000 },
  { id: "10m", events: 10_000_000, products: 1_000_000 },
  { id: "100m", events: 100_000_000, products: 1_000_000 },
];
/** Spark's workers of one core would take hours for more, and Polars more memory than a usual machine has. */
const MOST_BESIDE = 10_000_000;
const SAMPLE = "1000000";
const TIME = "/usr/bin/time";

/** Runs a program and returns its CPU seconds with those of its children, seconds on the clock, and the memory of its largest process. */
function timed(env, ...words) {
  const run = spawnSync(TIME, ["-f", "%U %S %e %M", ...words], { encoding: "utf8", maxBuffer: 1 << 26, env });
  if (run.status !== 0) throw new Error(`${words[0]} ended with ${run.status}: ${run.stderr}`);
  const [user, system, wall, peak] = run.stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { cpu: user + system, wall, peak: (peak * 1024) / 1e6, stdout: run.stdout };
}

/** CPU seconds of processes, with those of their children that have ended: a worker's executors. */
function cpuOf(children) {
  const tick = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);
  const ticks = children.map(({ pid }) => {
    // Behind the name, which may hold spaces: the state is field 3, the four times are fields 14 to 17.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / tick;
}

/** The tables of weights, as the statements have them. */
export function weightsOf(script) {
  const numbers = (name) => {
    const [, values] = new RegExp(`slotwise_${name} AS\\s[^;]*?VALUES ([^;]*?)\\) AS numbers`).exec(script);
    return [...values.matchAll(/\(([^)]*)\)/g)].map(([, row]) => row.split(",").map(Number));
  };
  const near = [];
  for (const [steps, deed, weight] of numbers("near")) {
    near[Math.abs(steps) - 1] ??= [[], []];
    near[Math.abs(steps) - 1][steps > 0 ? 0 : 1][deed] = weight;
  }
  return { near, ages: numbers("ages").map(([, weight]) => weight), stays: numbers("stays").map(([, weight]) => weight) };
}

/** The part `counting`. */
export async function counting(bench) {
  const { report } = bench;
  const found = engines();
  if (found.missing) return report.skip("large logs by engines", found.missing);
  if (!existsSync(TIME)) return report.skip("large logs by engines", `${TIME} is not here`);
  const folder = join(bench.temporary, "counting");
  mkdirSync(folder, { recursive: true });
  const key = join(folder, "key");
  slotwise("keygen", "--out", key);
  const wanted = (process.env.SLOTWISE_COUNTING ?? "1m,10m").split(",");
  const rows = [];
  const place = { path: folder, at: (...names) => join(folder, ...names) };
  for (const size of LOGS.filter(({ id }) => wanted.includes(id))) {
    const file = largeLog(bench, size);
    const own = ["train", "--events", file, "--key", `${key}.secret`, "--out", join(folder, "out"), "--base", "none"];
    const words = [...own, "--rounds", "0", "--minimum-support", "2", "--sample", SAMPLE];
    const bytes = new Set();
    let length = 0;
    const tell = (id, who, { cpu, wall, peak }, note = "") => {
      const what = `simulated log, ${size.events} events, ${who}`;
      report.figure(`counting_${size.id}_${id}_s`, wall, "s", { what: `${what}: seconds on the clock`, note });
      report.figure(`counting_${size.id}_${id}_cpu_s`, cpu, "s", { what: `${what}: CPU`, note });
      report.figure(`counting_${size.id}_${id}_peak_mb`, peak, "MB", { what: `${what}: memory of the largest process`, note });
      rows.push([size.events, who, wall.toFixed(1), cpu.toFixed(1), peak.toFixed(0)]);
    };
    const train = (...more) => {
      const figures = timed(found.env, binary, ...words, ...more);
      const { current } = manifestOf(readFileSync(join(folder, "out/manifest"), "utf8"));
      bytes.add(current.snapshot);
      length = current.bytes;
      rmSync(join(folder, "out"), { recursive: true });
      return figures;
    };
    tell("alone", "whole training, the program alone", train());
    tell("duckdb", "whole training, DuckDB counts", train("--engine", "duckdb", "--exchange", folder));
    if (size.events <= MOST_BESIDE) {
      const spark = await cluster(found, place);
      try {
        const figures = train("--engine", spark.url, "--exchange", folder);
        // The master tells a worker that its executor may end.
        await new Promise((done) => setTimeout(done, 5000));
        figures.cpu += cpuOf(spark.workers);
        tell("spark", "whole training, two Spark workers count", figures, "each worker's executor may take 1 GB besides");
      } finally {
        spark.stop();
      }
    }
    if (bytes.size !== 1) throw new Error(`${size.events} events: ${bytes.size} different snapshots`);
    const what = `simulated log, ${size.events} events, ${size.products} products: the snapshot, the same of all`;
    report.figure(`counting_${size.id}_mb`, length / 1e6, "MB", { what });
    const script = spawnSync(binary, ["sql", "--dialect", "duckdb", "--events", file, "--out", folder], { encoding: "utf8" });
    writeFileSync(join(folder, "weights.json"), JSON.stringify(weightsOf(script.stdout)));
    const polars = [python, "wasm-tests/bench/counting.py", file, join(folder, "weights.json"), "2"];
    if (size.events <= MOST_BESIDE) tell("polars", "sums of pairs alone, a plain Polars script", timed(found.env, ...polars));
  }
  report.table("Counting", ["events", "who", "s", "CPU, s", "largest process, MB"], rows);
}
