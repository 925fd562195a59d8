// The full engine, as the scripts see it.

import type { Place, Visit } from "./engine.js";
import type { ExplainedDecision, ExplainedIntent, Explanation } from "./types.js";

export interface FullState {
  snapshot: Uint8Array;
  id: string;
  visit: Visit;
  preview: Uint8Array | undefined;
  soldOut: string[];
  places: Place[];
  now: number;
  base: URL;
}

export interface Told {
  session: Explanation["session"];
  intent: ExplainedIntent;
  decisions: ExplainedDecision[];
  here: ExplainedDecision[];
  snapshot: Explanation["snapshot"];
}

export function explain(state: FullState): Promise<Told>;
