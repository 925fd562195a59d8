// The entry of development builds: the same package, which also says on the console what a developer must know. Bundlers
// choose it by the export condition `development`; what a shopper gets holds none of it.

import { advise, reviewOptions } from "./hints.js";
import { load as plain } from "./index.js";
import type { LoadOptions, Slotwise } from "./types.js";

export * from "./index.js";

/** Starts Slotwise on this page and watches how it is used. See `load` of the production build. */
export async function load(options: LoadOptions): Promise<Slotwise> {
  reviewOptions(options);
  const slotwise = await plain(options);
  advise(slotwise);
  return slotwise;
}
