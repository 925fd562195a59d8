import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { Bench } from "./bench/bench.mjs";
import { trained } from "./bench/swap.mjs";
for (const k of [50]) if (!existsSync(`/tmp/b15/C-big.${k}`)) { const b = new Bench(); writeFileSync(`/tmp/b15/C-big.${k}`, trained(b, k).file); await b.end(); }
const bytes = readFileSync("/tmp/b15/C-big.50");
console.log("bytes", bytes.length);
const engine = await import("../js/dist/edge_engine.js");
const { memory } = engine.initSync({ module: readFileSync("js/dist/edge_engine_bg.wasm") });
const id = createHash("sha256").update(bytes).digest("hex");
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const t = { add4k: [], add64k: [], hash: [], open: [], free: [] };
let old;
for (let i = 0; i < 40; i++) {
  for (const size of [4096, 65536]) {
    const before = cpu();
    const o = new engine.Opening(bytes.length);
    for (let at = 0; at < bytes.length; at += size) o.add(bytes.subarray(at, at + size));
    t[size === 4096 ? "add4k" : "add64k"].push(cpu() - before);
    if (size === 4096) { o.free(); continue; }
    let b = cpu();
    createHash("sha256").update(new Uint8Array(memory.buffer, o.address, o.length)).digest("hex");
    t.hash.push(cpu() - b); b = cpu();
    const shop = o.open(id);
    t.open.push(cpu() - b); b = cpu();
    old?.free(); old = shop;
    t.free.push(cpu() - b);
  }
}
for (const [k, v] of Object.entries(t)) { v.sort((a, b) => a - b); console.log(k, v[v.length >> 1].toFixed(2), "min", v[0].toFixed(2)); }
console.log("memory", memory.buffer.byteLength / 1e6);
process.exit(0);
