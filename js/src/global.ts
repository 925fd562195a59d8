// The entry `slotwise/global`: one file for a classic script tag, with all that a page without a bundler can use. It sets
// `globalThis.slotwise` and does nothing else.

import { define } from "./element.js";
import { follow } from "./ga4.js";
import { load, SlotwiseError } from "./index.js";
import { locate } from "./script.js";

const entry = {
  load,
  SlotwiseError,
  /** `slotwise/ga4`. */
  ga4: { follow },
  /** `slotwise/element`. */
  element: { define },
};

declare global {
  var slotwise: SlotwiseGlobal;
}

/** What the script makes of `globalThis.slotwise`. */
export type SlotwiseGlobal = typeof entry;

locate();
globalThis.slotwise = entry;
