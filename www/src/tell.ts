// How the parts of the shop tell slotwise what happened.
import type { EventName, EventParams } from "slotwise";

/** Tells slotwise of an event. */
export type Tell = (name: EventName, params?: EventParams) => void;
