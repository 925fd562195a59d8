// What there is to explain where there is no model.

import type { Explained } from "./contract.js";

export const NOTHING: Explained = {
  session: { events: [], token_bytes: 0, source: "direct", device: "desktop", held_out: false },
  intent: null,
  decisions: [],
  here: [],
  snapshot: null,
};
