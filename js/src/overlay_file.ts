// The file of live prices and stock, as edge and browser check it.

import { OVERLAY_PREFIX } from "./contract.js";
import { type Bytes, opened } from "./sync.js";

/** The body of an overlay and its sequence, if the shop's key signed it and it is newer than the last one. */
export async function newer(file: Bytes, key: string, last: number): Promise<[Bytes, number] | undefined> {
  const body = await opened(file, OVERLAY_PREFIX, key);
  if (!body) throw new Error("the overlay was not signed with the key that the manifest names");
  // Behind the version, in groups of seven bits.
  let [sequence, scale] = [0, 1];
  for (const byte of body.subarray(1, 9)) {
    sequence += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) break;
  }
  return sequence > last ? [body, sequence] : undefined;
}
