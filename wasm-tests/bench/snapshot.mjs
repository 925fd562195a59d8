// The demo's snapshot: bytes of each section, of the whole, and of the root that a browser fetches first.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sizes } from "../../js/tools/build.mjs";
import { slotwise } from "../stage.mjs";

/** The part `snapshot`. */
export async function snapshot(bench) {
  const { report } = bench;
  const shop = bench.shop();
  const sections = [...slotwise("inspect", shop.published).out.matchAll(/^([A-Z]{4}) +(\d+) /gm)];
  if (!sections.length) throw new Error("`slotwise inspect` names no section, expected a line for each");
  for (const [, tag, bytes] of sections) {
    report.figure(`snapshot_demo_${tag.toLowerCase()}_bytes`, Number(bytes), "bytes", { what: `demo snapshot, section ${tag}` });
  }
  const told = ({ raw, gzip }) => `${(raw / 1000).toFixed(1)} kB raw, ${(gzip / 1000).toFixed(1)} gzip`;
  const whole = sizes(readFileSync(shop.snapshotFile()));
  report.figure("snapshot_demo_whole_brotli_kb", whole.brotli / 1000, "kB", { what: "demo snapshot, whole, brotli", note: told(whole) });
  const root = sizes(readFileSync(join(shop.published, "shard", shop.manifest().current.root)));
  report.figure("snapshot_demo_brotli_kb", root.brotli / 1000, "kB", {
    what: "demo snapshot, root, brotli: what a browser's first load fetches",
    note: told(root),
  });
}
