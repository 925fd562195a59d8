// A simulated click log of any size, for measuring time and memory. It says nothing about quality: nobody ever clicked
// any of it. Every name in it begins with `simulated`.
//
// What is like a real shop: a few products take most clicks (Zipf), visits stay near what they began with, many visits run
// at the same time, and most products are seen a few times only. The same arguments give the same bytes.

import { closeSync, openSync, writeSync } from "node:fs";

/** Products that are alike: visits go from one to another. */
const CLUSTER = 50;
/** Visits that run at the same time. */
const ACTIVE = 2000;
const CATEGORIES = 2000;
const BRANDS = 4000;
const DAYS = 28;
const BEGIN_MS = Date.UTC(2026, 0, 5);

/** Marsaglia's xorshift of 32 bits: a number from 0 to below 1. */
function random(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Writes a CSV log of so many events over so many products. */
export function writeLargeLog(file, events, products, seed = 20_260_105) {
  const next = random(seed);
  const clusters = Math.ceil(products / CLUSTER);
  // A rank from 0 to below `count`, each as likely as one over itself and one.
  const zipf = (count) => Math.min(count - 1, Math.floor((count + 1) ** next()) - 1);
  // Nearly half of all clicks go anywhere in the catalogue, so that rare products are seen, too.
  const start = () => (next() < 0.45 ? Math.floor(next() * products) : zipf(products));
  const near = (product) => {
    const turn = next();
    const cluster = product % clusters;
    if (turn < 0.08) return start();
    const beside = turn < 0.2 ? (cluster + 1 + Math.floor(next() * 3)) % clusters : cluster;
    const place = next() < 0.5 ? zipf(CLUSTER) : Math.floor(next() * CLUSTER);
    return Math.min(products - 1, beside + clusters * place);
  };
  let visits = 0;
  const visit = () => ({ number: visits++, left: 1 + Math.floor(-5 * Math.log(1 - next())), at: start(), seen: 0 });
  const active = Array.from({ length: ACTIVE }, visit);
  const step = (DAYS * 86_400_000) / events;
  const out = openSync(file, "w");
  let lines = ["event_time,event_type,product_id,category_code,brand,price,user_session"];
  for (let at = 0; at < events; at++) {
    const place = Math.floor(next() * ACTIVE);
    const one = active[place];
    if (one.seen > 0 && next() < 0.85) one.at = near(one.at);
    const deed = next();
    const kind = one.seen === 0 || deed < 0.93 ? "view" : deed < 0.985 ? "cart" : "purchase";
    const cluster = one.at % clusters;
    const category = `simulated.c${cluster % CATEGORIES}`;
    const brand = `simulated${(one.at * 7) % BRANDS}`;
    const price = 5 + ((one.at * 7919) % 20_000) / 100;
    const time = Math.floor(BEGIN_MS + at * step);
    lines.push(`${time},${kind},${1_000_000 + one.at},${category},${brand},${price},v${one.number}`);
    one.seen += 1;
    one.left -= 1;
    if (one.left <= 0) active[place] = visit();
    if (lines.length === 20_000) {
      writeSync(out, `${lines.join("\n")}\n`);
      lines = [];
    }
  }
  writeSync(out, `${lines.join("\n")}\n`);
  closeSync(out);
}
