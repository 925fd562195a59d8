// How the parts of the shop report events to slotwise. They get this function instead of the whole object, so that each can
// be read without knowing the rest of its interface.
import type { EventName, EventParams } from "slotwise";

/** Reports an event. */
export type Track = (name: EventName, params?: EventParams) => void;
