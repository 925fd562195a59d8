// The event lake: bytes of an event as lines, gzipped lines and Parquet, and CPU time to compact and to read a million
// of them. The log is simulated (`large_log.mjs`), in the shape of the origin's.

import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { build, program, published } from "../lake/stage.mjs";
import { writeLargeLog } from "./large_log.mjs";

const EVENTS = 1_000_000;
/** GNU time, which knows what a program took of the CPU, whatever else runs. */
const TIME = "/usr/bin/time";
const NAMES = { view: "view_item", cart: "add_to_cart", purchase: "purchase" };

/** Writes the log as the origin does, gzipped and plain. Returns the bytes of the plain lines. */
async function write(csv, packed, plain) {
  const days = new Map();
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(csv) })) {
    const [time, kind, item_id, item_category, item_brand, price, session] = line.split(",");
    if (number++ === 0) continue;
    const day = new Date(Number(time)).toISOString().slice(0, 10);
    const event = {
      name: NAMES[kind],
      params: { items: [{ item_id, item_brand, item_category, price: Number(price) }], currency: "EUR" },
      event_id: `${(number * 2_654_435_761) % 4_294_967_296}-${number.toString(36)}`,
      time_ms: Number(time),
      session,
    };
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(JSON.stringify(event));
  }
  let bytes = 0;
  for (const [day, lines] of days) {
    const text = Buffer.from(`${lines.join("\n")}\n`);
    bytes += text.length;
    writeFileSync(join(packed, `${day}.jsonl.gz`), gzipSync(text));
    writeFileSync(join(plain, `${day}.jsonl`), text);
  }
  return bytes;
}

const size = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);

/** The part `lake`. */
export async function lake({ report, temporary }) {
  if (!existsSync(TIME)) return report.skip("the event lake", `${TIME} is not here`);
  build();
  const at = (name) => join(temporary, `lake-${name}`);
  for (const name of ["gz", "plain"]) mkdirSync(at(name));
  writeLargeLog(at("csv"), EVENTS, EVENTS / 10);
  const plain = await write(at("csv"), at("gz"), at("plain"));
  const site = published({ at: (name) => at(name) });
  const timed = (...words) => {
    const { status, stderr } = spawnSync(TIME, ["-f", "%U %S", program, ...words], { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`slotwise ${words.join(" ")}: ${stderr}`);
    const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
    return user + system;
  };
  const best = (work) => Math.min(...[0, 1, 2].map(work));
  const compacted = best(() => {
    rmSync(at("lake"), { recursive: true, force: true });
    return timed("compact", "--log", at("gz"), "--lake", at("lake"));
  });
  const read = (folder) => best(() => timed("report", "--events", folder, "--published", site));
  const figure = (id, value, unit, what, note) => report.figure(`lake_${id}`, value, unit, { what, note });
  figure("lines_bytes", plain / EVENTS, "B", "an event as a JSON line");
  figure("csv_gzip_bytes", gzipSync(readFileSync(at("csv"))).length / EVENTS, "B", "an event as CSV, gzipped", "without id and currency");
  figure("gzip_bytes", size(at("gz")) / EVENTS, "B", "an event as a JSON line, gzipped");
  figure("parquet_bytes", size(at("lake")) / EVENTS, "B", "an event in the lake (Parquet, zstd)");
  figure("compact_secs", compacted, "s", "CPU: compacting a million events of 28 days");
  figure("again_secs", timed("compact", "--log", at("gz"), "--lake", at("lake")), "s", "CPU: compacting again, with nothing new");
  figure("read_gzip_secs", read(at("gz")), "s", "CPU: reading a million events from gzipped JSON lines", "by `slotwise report`");
  figure("read_lines_secs", read(at("plain")), "s", "CPU: reading a million events from JSON lines", "by `slotwise report`");
  figure("read_secs", read(at("lake")), "s", "CPU: reading a million events from the lake", "by `slotwise report`");
}
