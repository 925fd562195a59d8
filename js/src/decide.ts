// The JSON of `POST /_slotwise/decide`, for callers that are not a page: an app, an e-mail, a server-rendered shop.
// Types only. The edge reads a question leniently (src/edge/events.rs): a missing field has its default, an unknown one is
// ignored.

import type { Decision, Device, EventName, Intent, Source } from "./contract.js";
import type { EventParams } from "./types.js";

/** An event of the visit, as a beacon has it. */
export interface QuestionEvent {
  /** GA4 name. Events with another name are ignored. */
  name: EventName;
  /** GA4 parameters. */
  params?: EventParams;
  /** Milliseconds since 1970. Now, if missing. */
  time_ms?: number;
}

/** Where the visit came from. Used for a visit that begins with this question. */
export interface QuestionContext {
  /** Traffic source. */
  source?: Source;
  /** Device class. */
  device?: Device;
  /** Part of the world: one of the contract's `REGIONS`. */
  region?: string;
  /** 16-bit hash of `utm_campaign`, as the visit's first event states it. 0 without one. */
  campaign?: number;
  /** 16-bit hash of the landing page's path, as the visit's first event states it. 0 if unknown. */
  landing?: number;
  /** Local hour (0 to 23, 24 unknown) and weekday (0 Monday to 6 Sunday, 7 unknown). */
  time?: { hour?: number; weekday?: number };
}

/** One of several slots of a page. */
export interface QuestionSlot {
  /** Name of the slot. */
  slot: string;
  /** Id of the product that the slot is about. */
  item_id?: string;
  /** What the page is about besides: a category's path, or the words of a search. */
  about?: string;
  /** Language of what it says to the shopper, as a BCP 47 tag. That of the question if missing. */
  lang?: string;
  /** What the slot shows now: category paths or product ids to put in order. */
  keys?: string[];
  /** Whether an earlier decision put there what the slot shows. What is steady then stays. False if missing. */
  personalised?: boolean;
}

/** What a caller asks. Every field is optional: `{}` asks for every slot of the plan, for the visit of the cookie. */
export interface Question {
  /** The visit so far, as an earlier answer returned it. The cookie `slotwise` if missing. */
  token?: string;
  /** Events that follow the token, oldest first. They are used for this answer and not stored. */
  events?: QuestionEvent[];
  /** Where the visit came from. The request itself if missing. */
  context?: QuestionContext;
  /** Name of one slot. Every slot of the plan if missing. */
  slot?: string;
  /** Id of the product that the page is about. Counts with `slot` only. */
  item_id?: string;
  /** What the page is about besides: a category's path, or the words of a search. Counts with `slot` only. */
  about?: string;
  /** What the slot shows now: category paths or product ids to put in order. Counts with `slot` only. */
  keys?: string[];
  /** Language of what decisions say to the shopper, as a BCP 47 tag. The plan's default if missing. */
  lang?: string;
  /** Slots that stand on one page, in its order: no product is in two of them. Without `slot`. Unknown slots are left out. */
  slots?: QuestionSlot[];
  /** Ids of products to rank by relevance for this visit. */
  rank?: string[];
  /** Ids of products that have sold out since the snapshot. No row shows them. */
  sold_out?: string[];
  /** Whether the answer holds reasons and guardrails. False if missing. */
  explain?: boolean;
  /** Whether the answer holds the cards of its products, for a page engine. False if missing. */
  cards?: boolean;
}

/** What the edge answers. */
export interface Answer {
  /** One decision, or one for each slot of the plan. With `reasons` and `guards` if the question says `explain`. */
  decisions: Decision[];
  /** Relevance of the products of `rank` in thousandths, in the order of the question. */
  relevance: number[];
  /** Bucketing key of the visit. An exposure of these decisions states it. */
  seed: number;
  /** Intent scores. With `reasons` if the question says `explain`. Null without a snapshot. */
  intent: Intent | null;
  /** The visit with the events of the question. Send it with the next question. */
  token: string;
  /** The cards of at most 200 products of the decisions, as the page engine reads them (base64url). Left out unless asked for. */
  cards?: string;
}
