// A GA4 export of the small shop. It is simulated, by a seed: no shop's visitors are in it. Its form is that of GA4's
// BigQuery export as newline-delimited JSON.

import { writeFileSync } from "node:fs";
import { products } from "./shop.mjs";

const DAY_MS = 86_400_000;
const VISITS = 2000;

/** Numbers from 0 to below 1, by Mulberry32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Writes the export of the thirty days before a moment; how many events there are. */
export function writeLog(file, now) {
  const next = random(7);
  const one = (list) => list[Math.floor(next() * list.length)];
  const lines = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const user = `${100000 + Math.floor(visit / 1.3)}.${visit % 7}`;
    let time = now - 30 * DAY_MS + Math.floor((visit / VISITS) * 29.9 * DAY_MS);
    const session = String(Math.floor(time / 1000));
    // A visit is about one category, and strays now and then.
    const { item_category: about } = one(products);
    const shelf = products.filter(({ item_category }) => item_category === about);
    const say = (name, items) => {
      time += 5000 + Math.floor(next() * 60_000);
      lines.push({
        event_date: new Date(time).toISOString().slice(0, 10).replaceAll("-", ""),
        event_timestamp: String(time * 1000),
        event_name: name,
        event_params: [
          { key: "ga_session_id", value: { int_value: session } },
          { key: "currency", value: { string_value: "EUR" } },
          { key: "page_location", value: { string_value: `https://four-walls.example/${about}.html` } },
        ],
        user_pseudo_id: user,
        device: { category: next() < 0.6 ? "mobile" : "desktop" },
        geo: { continent: "Europe" },
        collected_traffic_source: { manual_medium: next() < 0.4 ? "organic" : "cpc" },
        items: items.map((item) => ({ ...item, quantity: 1 })),
      });
    };
    say("page_view", []);
    const looks = 2 + Math.floor(next() * 5);
    let seen;
    for (let look = 0; look < looks; look++) {
      seen = next() < 0.85 ? one(shelf) : one(products);
      say("view_item", [seen]);
    }
    if (next() < 0.3) {
      say("add_to_cart", [seen]);
      if (next() < 0.4) say("purchase", [seen]);
    }
  }
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return lines.length;
}
