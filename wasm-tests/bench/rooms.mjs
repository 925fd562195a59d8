// Where the bytes of a Wasm module are, by room of the house and by crate: what a change added is seen in the
// change that added it. The module that ships has no names; a copy made by the same passes keeps them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { named } from "../../js/tools/build.mjs";
import { root } from "../../js/tools/setup.mjs";
import { dissect } from "./sections.mjs";
import { room } from "./symbols.mjs";

/** What ships, by the name of its figures. */
const MODULES = [
  ["page_engine", "page engine", "engine.wasm"],
  ["full_engine", "full engine", "full_bg.wasm"],
  ["worker", "Worker", "edge_engine_bg.wasm"],
];
/** What is no module of ours and no crate. */
const NOTES = {
  async: "our asynchronous functions, put into the one that drives them",
  data: "texts and tables",
  exports: "exported functions with what was put into them, and shims of the binding",
  frame: "types, imports, exports, elements",
  nameless: "functions that the optimiser made",
  runtime: "allocation entry points, memory, long arithmetic",
};
/** Rooms with less are summed up as `others`. */
const LEAST = 200;

/** Bytes of each room, largest first. The functions are those of `shipped`, their names those of the copy. */
export function split(shipped, copy) {
  const [own, told] = [dissect(shipped), dissect(copy)];
  const same = own.functions.length === told.functions.length && own.functions.every((each, at) => each.bytes === told.functions[at].bytes);
  if (!same) throw new Error("the module with names has other functions than the one that ships; build both anew (rm -r target/stamps)");
  const rooms = new Map();
  const add = (name, bytes) => rooms.set(name, (rooms.get(name) ?? 0) + bytes);
  for (const { bytes, name } of told.functions) add(room(name), bytes);
  add("data", own.data);
  const functions = own.functions.reduce((sum, { bytes }) => sum + bytes, 0);
  add("frame", own.bytes - functions - own.data);
  return rooms;
}

/** The part `rooms`. */
export async function rooms({ report }) {
  for (const [id, title, file] of MODULES) {
    const found = split(readFileSync(join(root, "js/dist", file)), readFileSync(named(file)));
    const all = [...found].sort(([, a], [, b]) => b - a);
    const small = all.filter(([, bytes]) => bytes < LEAST);
    const shown = all.filter(([, bytes]) => bytes >= LEAST);
    if (small.length) shown.push(["others", small.reduce((sum, [, bytes]) => sum + bytes, 0)]);
    const whole = all.reduce((sum, [, bytes]) => sum + bytes, 0);
    report.figure(`${id}_raw_kb`, whole / 1000, "kB", { what: `${title}: Wasm, raw` });
    for (const [name, bytes] of shown) {
      const about = name === "others" ? small.map(([small]) => small).join(", ") : NOTES[name];
      const note = `${((bytes * 100) / whole).toFixed(1)} %${about ? `: ${about}` : ""}`;
      report.figure(`${id}_room_${name}_kb`, bytes / 1000, "kB", { what: `${title}: ${name}`, note });
    }
  }
}
