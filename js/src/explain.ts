// `explain()`: collects everything that a developer may want to see, on request.
//
// The page engine has no names and no reasons. The full engine decides again from the same state, so both files are fetched
// with the first call only.

import type { Explained } from "./contract.js";
import { fullEngine } from "./engine_file.js";
import { explain as explainFully } from "./full.js";
import { NOTHING } from "./nothing.js";
import type { Page } from "./page.js";
import type { Explanation, Slotwise } from "./types.js";

/** Asks the full engine, which continues from the page's visit and snapshot. Without it, returns what the page knows. */
export async function explain(visit: Slotwise, page: Page | undefined): Promise<Explanation> {
  const micros = { decide: 0, apply: page?.applyMicros ?? 0 };
  let explained = NOTHING;
  let { problem } = visit;
  try {
    if (page?.snapshot) {
      const before = performance.now();
      // Only for its duration: the full engine below gives the decisions.
      visit.decide();
      micros.decide = Math.round((performance.now() - before) * 1000);
      explained = await ask(page, page.snapshot);
    }
  } catch (cause) {
    problem = `engine: ${cause instanceof Error ? cause.message : cause}`;
  }
  const { seen, answer: consent, page: served } = visit;
  return { ...explained, micros, preview: page?.forced !== undefined, seen, consent, page: served, problem };
}

/** Asks the full engine about the state of the page. */
async function ask(page: Page, id: string): Promise<Explained> {
  const [snapshot = new Uint8Array(), ...shards] = await page.bytes();
  const { visit, forced: preview, sold: soldOut, overlay } = page;
  const { lang } = document.documentElement;
  const state = { snapshot, shards, id, visit, preview, soldOut, overlay, places: page.places(), lang, now: Date.now() };
  return explainFully(state, fullEngine(page.wasm));
}
