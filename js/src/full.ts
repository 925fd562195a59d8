// The full engine: explains why the page looks as it does, and decides on a preview. It is fetched on request.

import init, { explain as tell, type InitOutput } from "./full_engine.js";
import type { Explained } from "./contract.js";
import type { Place, Visit } from "./engine.js";

/** The page's state, from which the full engine continues. */
export interface FullState {
  /** The snapshot's root. */
  snapshot: Uint8Array;
  /** The shards that the page has, in any order. */
  shards: Uint8Array[];
  id: string;
  visit: Visit;
  /** Verified body of a preview link. */
  preview: Uint8Array | undefined;
  soldOut: string[];
  /** Body of the live prices and stock. */
  overlay: Uint8Array | undefined;
  /** The slots of this page. */
  places: Place[];
  /** Language of the page. */
  lang: string;
  now: number;
}

/** Starts the engine, unless it runs. `wasm` is its file, `full_bg.wasm`. */
export const start = (wasm: URL | Promise<Response>): Promise<InitOutput> => init({ module_or_path: wasm });

/** Decides again what the page engine decided, and explains it. `wasm` as for `start`. */
export async function explain(state: FullState, wasm: URL | Promise<Response>): Promise<Explained> {
  await start(wasm);
  return JSON.parse(tell(state)) as Explained;
}
