// The entry `slotwise/inline` of development builds. See development.ts.

import { watched } from "./hints.js";
import { load as plain } from "./inline.js";
import type { LoadOptions, Slotwise } from "./types.js";

export * from "./inline.js";

/** Starts Slotwise on this page and watches how it is used. See `load` of the production build. */
export const load = (options: LoadOptions): Promise<Slotwise> => watched(plain, options);
