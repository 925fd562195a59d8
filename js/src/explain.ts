// What only the full engine can do in a page: `explain()`, which collects everything that a developer may want to see, and
// previews.
//
// The page engine has no names, no reasons and no previews. The full engine decides again from the same state, or in its place, so
// script and engine are fetched with the first call only.

import { type Explained, PREVIEW } from "./contract.js";
import type { Edge } from "./asking.js";
import type { Running } from "./engine.js";
import { fullEngine } from "./engine_file.js";
import { type FullState, explain as explainFully, start } from "./full.js";
import { NOTHING } from "./nothing.js";
import { type Bytes, preview as verified } from "./sync.js";
import type { Explanation, LoadOptions, Slotwise } from "./types.js";

/** The state of the page. */
interface Shown extends Pick<FullState, "visit" | "overlay"> {
  snapshot: string | null;
  /** Name of the snapshot's root, and those of its shards in use. */
  root: string;
  shards: string[];
  /** What the edge has put into the page for the engine. */
  packs: Bytes[];
  files: { file(name: string): Promise<Bytes> };
  engine: { wanted(): string[] };
  /** Asks the edge about slots, if the plan keeps rows there. */
  edge: Pick<Edge, "explain"> | undefined;
  /** Duration of the last change of the page, in milliseconds. */
  applied: number;
  /** Verified body of the preview link. */
  forced: Uint8Array | undefined;
  sold: string[];
  places(): FullState["places"];
}

/** Asks the full engine, which continues from the page's visit and snapshot. Without it, returns what the page knows. */
export async function explain(visit: Slotwise, page: Shown | undefined, wasm: LoadOptions["wasm"]): Promise<Explanation> {
  const micros = { decide: 0, apply: Math.round((page?.applied ?? 0) * 1000) };
  let explained = NOTHING;
  let { problem } = visit;
  try {
    if (page?.snapshot) {
      const before = performance.now();
      // Only for its duration: the full engine below gives the decisions.
      visit.decide();
      micros.decide = Math.round((performance.now() - before) * 1000);
      explained = await ask(page, page.snapshot, wasm);
    }
  } catch (cause) {
    problem = `engine: ${cause instanceof Error ? cause.message : cause}`;
  }
  const { seen, answer: consent, page: served } = visit;
  return { ...explained, micros, preview: page?.forced !== undefined, seen, consent, page: served, problem };
}

/** How long an explanation waits for shards that the page still wants, in milliseconds. */
const PATIENCE_MS = 2000;

/** Asks the full engine about the state of the page. */
async function ask(page: Shown, id: string, wasm: LoadOptions["wasm"]): Promise<Explained> {
  // A product without its card would have no id and no title.
  const end = Date.now() + PATIENCE_MS;
  while (page.engine.wanted().length > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  // Fetched again from their immutable addresses, rather than kept in memory twice.
  const files = await Promise.all([page.root, ...page.shards].map((name) => page.files.file(name)));
  const [snapshot = new Uint8Array(), ...shards] = [...files, ...page.packs];
  const { visit, forced: preview, sold: soldOut, overlay } = page;
  const { lang } = document.documentElement;
  const state = { snapshot, shards, id, visit, preview, soldOut, overlay, places: page.places(), lang, now: Date.now() };
  const explained = await explainFully(state, fullEngine(wasm));
  return page.edge ? { ...explained, here: await page.edge.explain(explained.here, state.places) } : explained;
}

/** The full engine in the place of the page engine, with the page's preview link; undefined unless the shop's key signed the link. */
export async function preview(keys: string, wasm: LoadOptions["wasm"]): Promise<Running | undefined> {
  const body = await verified(new URLSearchParams(location.search).get(PREVIEW) ?? "", keys);
  if (!body) return undefined;
  const exports = await start(fullEngine(wasm));
  const force = (): Bytes | undefined => {
    new Uint8Array(exports.memory.buffer, exports.room(body.length), body.length).set(body);
    return exports.force(Date.now()) ? body : undefined;
  };
  return { exports: { ...exports }, force };
}
