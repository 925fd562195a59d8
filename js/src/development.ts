// The entry of development builds: the same package, which also says on the console what a developer must know. Bundlers
// choose it by the export condition `development`; what a shopper gets holds none of it.

import { watched } from "./hints.js";
import { load as plain } from "./index.js";
import type { LoadOptions, Slotwise } from "./types.js";

export * from "./index.js";

/** Starts Slotwise on this page and watches how it is used. See `load` of the production build. */
export const load = (options: LoadOptions): Promise<Slotwise> => watched(plain, options);
