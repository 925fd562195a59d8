// The JSON of `/_slotwise/decide`, for callers that are not a page: an app, an e-mail, a server-rendered shop; and that of the posts
// the Worker sends by itself.
//
// Types only, and the one source of all that follows: `npm run contract` makes of them js/openapi.json and the table by which
// the edge checks questions (question.ts). So every text and every list says how long it may be, and every number how large.

import type { Decision, Device, EventName, Intent, REGIONS, Source } from "./contract.js";
import type { EventParams } from "./types.js";

/** Part of the world. */
export type Region = (typeof REGIONS)[number];

/** An event of the visit, as a beacon has it. */
export interface QuestionEvent {
  /**
   * GA4 name. Events with another name are ignored.
   * @maxLength 100
   */
  name: EventName;
  /** GA4 parameters. Those that the engine does not use are ignored. */
  params?: EventParams;
  /**
   * Milliseconds since 1970. Now, if missing.
   * @minimum 0
   * @maximum 9007199254740991
   */
  time_ms?: number;
}

/** Where the visit came from. Used for a visit that begins with this question. */
export interface QuestionContext {
  /** Traffic source. */
  source?: Source;
  /** Device class. */
  device?: Device;
  /** Part of the world. */
  region?: Region;
  /**
   * 16-bit hash of `utm_campaign`, as the visit's first event states it. 0 without one.
   * @asType integer
   * @minimum 0
   * @maximum 65535
   */
  campaign?: number;
  /**
   * 16-bit hash of the landing page's path, as the visit's first event states it. 0 if unknown.
   * @asType integer
   * @minimum 0
   * @maximum 65535
   */
  landing?: number;
  /** Local time. */
  time?: QuestionTime;
}

/** Local time of a visit's first request. */
export interface QuestionTime {
  /**
   * Hour, 24 if unknown.
   * @asType integer
   * @minimum 0
   * @maximum 24
   */
  hour?: number;
  /**
   * Weekday from 0 (Monday) to 6 (Sunday), 7 if unknown.
   * @asType integer
   * @minimum 0
   * @maximum 7
   */
  weekday?: number;
}

/** One of several slots of a page. */
export interface QuestionSlot {
  /**
   * Name of the slot.
   * @maxLength 100
   */
  slot: string;
  /**
   * Id of the product that the slot is about.
   * @maxLength 100
   */
  item_id?: string;
  /**
   * What the page is about besides: a category's path, or the words of a search.
   * @maxLength 500
   */
  about?: string;
  /**
   * Language of what it says to the shopper, as a BCP 47 tag. That of the question if missing.
   * @maxLength 100
   */
  lang?: string;
  /**
   * What the slot shows now: category paths or product ids to put in order.
   * @maxItems 1000
   * @itemsMaxLength 500
   */
  keys?: string[];
  /** Whether an earlier decision put there what the slot shows. What is steady then stays. False if missing. */
  personalised?: boolean;
}

/** What a caller asks. Every field is optional: `{}` asks for every slot of the plan, for the visit of the cookie. */
export interface Question {
  /**
   * The visit so far, as an earlier answer returned it. The cookie `slotwise` if missing.
   * @maxLength 512
   */
  token?: string;
  /**
   * Events that follow the token, oldest first. They are used for this answer and not stored.
   * @maxItems 200
   */
  events?: QuestionEvent[];
  /** Where the visit came from. The request itself if missing. */
  context?: QuestionContext;
  /**
   * Name of one slot. Every slot of the plan if missing.
   * @maxLength 100
   */
  slot?: string;
  /**
   * Id of the product that the page is about. Counts with `slot` only.
   * @maxLength 100
   */
  item_id?: string;
  /**
   * What the page is about besides: a category's path, or the words of a search. Counts with `slot` only.
   * @maxLength 500
   */
  about?: string;
  /**
   * What the slot shows now: category paths or product ids to put in order. Counts with `slot` only.
   * @maxItems 1000
   * @itemsMaxLength 500
   */
  keys?: string[];
  /**
   * Language of what decisions say to the shopper, as a BCP 47 tag. The plan's default if missing.
   * @maxLength 100
   */
  lang?: string;
  /**
   * Slots that stand on one page, in its order: no product is in two of them. Without `slot`. Unknown slots are left out.
   * @maxItems 100
   */
  slots?: QuestionSlot[];
  /**
   * Ids of products to rank by relevance for this visit.
   * @maxItems 1000
   * @itemsMaxLength 100
   */
  rank?: string[];
  /**
   * Ids of products that have sold out since the snapshot. No row shows them.
   * @maxItems 1000
   * @itemsMaxLength 100
   */
  sold_out?: string[];
  /** Whether the answer holds reasons and guardrails. False if missing. */
  explain?: boolean;
  /** Whether the answer holds the cards of its products, for a page engine. False if missing. */
  cards?: boolean;
  /** Whether the answer holds its products as texts: title, price, link, picture. False if missing. */
  products?: boolean;
  /**
   * Names of segments that the caller knows the visitor to be in, for the plan's condition `segment`. They are used for this answer,
   * and are not in its token.
   * @maxItems 32
   * @itemsMaxLength 100
   */
  segments?: string[];
  /** Whether the visit of the token counts also if it has ended, which it does after 30 minutes of silence. False if missing. */
  ended?: boolean;
}

/** Several questions in one request, which needs a signature. */
export interface Batch {
  /**
   * The questions. Each is answered by itself.
   * @maxItems 100
   */
  questions: Question[];
}

/** What the edge answers. */
export interface Answer {
  /** One decision, or one for each slot of the plan. With `reasons` and `guards` if the question says `explain`. */
  decisions: Decision[];
  /** Relevance of the products of `rank` in thousandths, in the order of the question. */
  relevance: number[];
  /** Bucketing key of the visit. An exposure of these decisions states it. */
  seed: number;
  /**
   * The products of the decisions, then those of `rank`, none twice. Left out unless the question says `products`. Products that the
   * snapshot does not know are missing.
   */
  products?: Product[];
  /** Intent scores. With `reasons` if the question says `explain`. Null without a snapshot. */
  intent: Intent | null;
  /** The visit with the events of the question. Send it with the next question. */
  token: string;
  /** The cards of at most 200 products of the decisions, as the page engine reads them (base64url). Left out unless asked for. */
  cards?: string;
}

/** A product as a card would show it, in the language of the question. A text is empty where the catalogue says nothing. */
export interface Product {
  /** The shop's id. */
  item_id: string;
  /** Title. */
  title: string;
  /** Brand. */
  brand: string;
  /** Price in the plan's format. Empty also if live prices are too old for the plan. */
  price: string;
  /** Last word of the category. */
  category: string;
  /** Link to its page, as the catalogue has it: relative, or http(s). */
  url: string;
  /** Link to its picture, likewise. */
  image: string;
  /** What it usually costs, where it costs less at the moment. */
  usual_price: string;
}

/** Why a question is not answered. */
export interface Refused {
  /** What was found, what was expected, and what to do. */
  error: string;
  /** HTTP status that a single question gets. Only in a batch. */
  status?: number;
}

/** What the edge answers to a batch. */
export interface Answers {
  /** One for each question, in their order. */
  answers: (Answer | Refused)[];
}

/** What the Worker posts to `TRIGGERS_URL` when a visit has left something behind and gone silent. */
export interface Abandonment {
  /** The same for every delivery about one visit: drop what you have had. It says nothing about the visitor. */
  id: string;
  /** What was left behind: a cart, products that were looked at with a sign of leaving the page, or products that were looked at. */
  kind: "cart" | "exit" | "browse";
  /** Value of the cookie that `TRIGGERS_COOKIE` names: the shop's own reference. */
  reference: string;
  /** The visit, for a question to `/_slotwise/decide` with `ended`. */
  token: string;
  /** Time of the visit's newest event, in milliseconds since 1970. */
  last_ms: number;
}

/** What the Worker posts to `SINK_URL`. */
export interface SinkPost {
  /** Accepted events. Each has an `event_id`, by which repetitions can be dropped. */
  events: SentEvent[];
}

/** An accepted event. */
export interface SentEvent extends QuestionEvent {
  /** Id of the event. */
  event_id: string;
  /** Where the visit came from, with its first event. */
  context?: QuestionContext;
  /** Digests of the visit before the event (null for its first) and after it. */
  chain?: (string | null)[];
}
