// Recorded visits, as `server/visits.mjs` hands them out.
import type { EventName } from "slotwise";

/** A recorded product. */
export interface Recorded {
  title: string;
  image: string;
  url: string;
  price_cents: number;
  /** Dotted path. */
  category: string;
  /** Name of its category. */
  kind: string;
}

/** Seconds since the first step, event, product id. */
export type Step = [secs: number, name: EventName, id: string];
