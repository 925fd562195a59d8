import { Bench } from "./bench/bench.mjs";
const name = process.argv[2];
const part = (await import(`./bench/${name}.mjs`))[name];
const bench = new Bench();
try { await part(bench); } finally { await bench.end(); }
process.exit(0);
