// The full engine: why the page looks as it does. Fetched when somebody asks.

import init, { explain as tell } from "./full_engine.js";
import type { Explained } from "./contract.js";
import type { Place, Visit } from "./engine.js";

/** What the page has, from which the full engine goes on. */
export interface FullState {
  snapshot: Uint8Array;
  id: string;
  visit: Visit;
  /** Verified body of a preview link. */
  preview: Uint8Array | undefined;
  soldOut: string[];
  /** The slots of this page. */
  places: Place[];
  now: number;
  /** Where `full_bg.wasm` is. */
  base: URL;
}

/** Decides again what the page engine decided, and says why. */
export async function explain(state: FullState): Promise<Explained> {
  await init({ module_or_path: new URL("full_bg.wasm", state.base) });
  return JSON.parse(tell(state)) as Explained;
}
