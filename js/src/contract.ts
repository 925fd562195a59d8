// Written by `npm run contract` from the Rust sources: do not edit.
//
// What Rust and TypeScript both know: attributes, cookies, the numbers the engine speaks in, and what it takes and gives.

/** Marks a slot; its value is the slot's name. */
export const SLOT = "data-slotwise";

/** Names a variant of a *choose* slot. */
export const VARIANT = "data-variant";

/** Marks the card template of a *fill* slot, and those of a *bundle* slot. */
export const CARD = "data-card";

/** Left on the card of a bundle: the bundle's name. */
export const BUNDLE = "data-bundle";

/** Left on a card whose product was sold out after it was shown. */
export const OFF = "data-slotwise-off";

/** Says what an element of a card shows. */
export const FIELD = "data-field";

/** A product's id: on a slot, of the product its page is about; on a card, of its own. */
export const ITEM = "data-item";

/** On a slot: the category its page is about, or the words of a search. */
export const ABOUT = "data-about";

/** On a slot: its language, where it is not the page's. */
export const LANG = "data-lang";

/** Names a child of an *order* slot. */
export const KEY = "data-key";

/** Closes the panel around it that has opened. */
export const CLOSE = "data-slotwise-close";

/** Marks an element that says why a slot shows what it shows. */
export const BECAUSE = "data-because";

/** Left on a slot that was changed. */
export const PERSONALISED = "data-slotwise-personalised";

/** Left on a slot that was decided: the exposure to report, as JSON. */
export const SHOWS = "data-slotwise-shows";

/** Of the data block at a page's end: a pack in base64url, for the snapshot with these first digits. */
export const PACK = "data-slotwise-pack";

/** Where the engine's own addresses begin. */
export const BASE = "/_slotwise";

/** Cookie that carries the visit's token. */
export const SESSION_COOKIE = "slotwise";

/** Cookie with the visitor's answer to the consent question. */
export const CONSENT_COOKIE = "slotwise_consent";

/** What follows a cookie's value; its age in seconds comes next. */
export const COOKIE_AGE = "; Path=/; Max-Age=";

/** What follows a cookie's age. */
export const COOKIE_SITE = "; SameSite=Lax";

/** What ends a cookie of a page that was served over https. */
export const COOKIE_SECURE = "; Secure";

/** Parameter of a preview link. */
export const PREVIEW = "slotwise_preview";

/** What a preview's signed bytes begin with. */
export const PREVIEW_PREFIX = "slotwise preview 1\n";

/** What a manifest's signed bytes begin with; its first line follows. */
export const MANIFEST_PREFIX = "slotwise manifest 2\n";

/** What an overlay's signed bytes begin with. */
export const OVERLAY_PREFIX = "slotwise overlay 1\n";

/** The arm of visits that are held out. */
export const HOLDOUT = "holdout";

/** The strategy of products with a fixed place. */
export const PINNED = "pinned";

/** Names of all that is sent of an event. */
export const SENT =
  "events applied chain context campaign device landing region source time hour weekday event_id name params currency engagement_time_msec exposure arm choice exit items personalised seed slot snapshot discount item_brand item_category item_category2 item_category3 item_category4 item_category5 item_id item_name price offer percent_scrolled time_ms";

/** `Vary` of a page that could have been fitted. */
export const VARY = "Cookie";

/** How long a silent visit lasts, in seconds. */
export const SESSION_SECS = 1800;

/** How long the visitor's answer is kept, in seconds. */
export const CONSENT_SECS = 15552000;

/** Longest body of a beacon or a question, in bytes. */
export const MAX_BODY = 65536;

/** Longest overlay in bytes. */
export const MAX_OVERLAY = 262144;

/** Most events of a post; the rest is not taken. */
export const MAX_EVENTS = 200;

/** Stands for an hour that is not known. */
export const UNKNOWN_HOUR = 24;

/** Stands for a weekday that is not known. */
export const UNKNOWN_WEEKDAY = 7;

/** The bit of a product's key that is only a hash, in the upper 32 bits. */
export const HASHED = 65536;

/** Stands for a number that is not known. */
export const UNKNOWN = -2147483648;

/** Flag of a decision: the engine puts something there. */
export const FLAG_PERSONALISED = 2;

/** Flag of a decision: seeing it counts. */
export const FLAG_COUNTS = 4;

/** Flag of a decision: a variant or an offer follows. */
export const FLAG_CHOICE = 8;

/** Flag of a decision: words for the shopper follow. */
export const FLAG_BECAUSE = 16;

/** Flag of a decision: its slot opens on leaving. */
export const FLAG_EXIT = 32;

/** Flag of a decision: shards that are under way could change it. */
export const FLAG_PARTIAL = 64;

// What the engine can be asked, by number: see `Asked` in src/host/asked.rs.
export const BEGIN = 0;
export const TRACK = 1;
export const DECIDE = 2;
export const INTENT = 3;
export const RANK = 4;
export const SOLD_OUT = 5;
export const FORGET = 6;
export const TOKEN = 7;
export const NAMES = 8;
export const CARDS = 9;
export const LIVE = 10;
export const CANARY = 11;
export const WANTED = 12;

/** GA4 names of the events the engine uses; any other name is ignored. */
export const EVENTS = [
  "view_item",
  "view_item_list",
  "select_item",
  "add_to_cart",
  "remove_from_cart",
  "add_to_wishlist",
  "view_cart",
  "begin_checkout",
  "purchase",
  "view_search_results",
  "scroll",
  "user_engagement",
  "exit_intent",
  "declare_preference",
  "slot_exposure",
  "add_shipping_info",
  "add_payment_info",
  "search",
  "refund",
  "select_promotion",
] as const;

/** Why an event is refused. */
export const REFUSALS = ["items", "item_id", "price", "currency", "event_id", "chain", "exposure", "count", "shape"] as const;

/** What is decided in a slot, by number. */
export const KINDS = ["own", "choose", "fill", "order", "offer", "bundle"] as const;

/** Strategies, by number. */
export const STRATEGIES = [
  "next_item",
  "also_viewed",
  "bought_together",
  "similar_items",
  "complete_the_look",
  "recently_viewed",
  "recommended_for_you",
  "trending",
  "new_arrivals",
  "bestsellers",
  "category_bestsellers",
  "back_to_search",
  "popular_with_source",
  "adjacent_categories",
] as const;

/** Stages of a visit, by number. */
export const STAGES = ["unknown", "browsing", "researching", "comparing", "ready"] as const;

/** Price bands, by number. */
export const BANDS = ["low", "middle", "high"] as const;

/** Sources of a visit, by number. */
export const SOURCES = ["direct", "search", "social", "paid", "mail", "referral"] as const;

/** Devices, by number. */
export const DEVICES = ["desktop", "phone", "tablet"] as const;

/** Parts of the world, by number. */
export const REGIONS = ["unknown", "africa", "america", "asia", "europe", "oceania"] as const;

/** What a card may show, by number. */
export const FIELDS = ["title", "brand", "price", "category", "url", "image", "usual_price"] as const;

/** The attribute each field sets; none where it is the text. */
export const FIELD_ATTRIBUTES = ["", "", "", "", "href", "src", ""] as const;

/** Translation keys of words for the shopper, by number. */
export const KEYS = [
  "because.viewed",
  "because.cart",
  "because.together",
  "because.similar",
  "because.look",
  "because.recent",
  "because.visit",
  "because.trending",
  "because.new",
  "because.bestsellers",
  "because.category",
  "because.search",
  "because.source",
  "because.declared",
  "because.adjacent",
  "because.offer",
] as const;

/** The same in English, unless the plan has words of its own. */
export const TEXTS = [
  "Because you looked at {name}",
  "Goes with {name} in your cart",
  "Often bought together with {name}",
  "Similar to {name}",
  "Goes well with {name}",
  "You looked at these",
  "Picked for this visit",
  "Popular right now",
  "New in the shop",
  "Our bestsellers",
  "You are looking at: {name}",
  "Back to your search: {name}",
  "Popular with visitors from the same source",
  "You asked for: {name}",
  "Something different",
  "An offer for this visit",
] as const;

/** What is assumed of a visitor who has said nothing. */
export const CONSENT_MODES = ["required", "implied"] as const;

/** Answers to the consent question, as the cookie holds them. */
export const ANSWERS = ["unknown", "granted", "denied", "session"] as const;

/** Headers of the store that a fitted page does not have. */
export const DROPPED = [
  "accept-ranges",
  "age",
  "cache-groups",
  "content-length",
  "content-location",
  "content-range",
  "delta-base",
  "edge-control",
  "etag",
  "im",
  "last-modified",
  "pragma",
  "signature",
  "signature-input",
  "surrogate-control",
  "surrogate-key",
  "trailer",
  "use-as-dictionary",
] as const;

/** Ends of names of further ones. */
export const DROPPED_ENDS = ["cache-control", "cache-tag", "digest", "expires", "md5"] as const;

/** Answers that allow to keep a visit, where consent is required. */
export const ALLOWED_IF_REQUIRED = ["granted", "session"] as const;

/** Answers that allow to keep a visit, where consent is implied. */
export const ALLOWED_IF_IMPLIED = ["unknown", "granted", "session"] as const;

/** A GA4 e-commerce event name the engine uses; any other name is ignored. */
export type EventName = (typeof EVENTS)[number];

/** Why an event is refused. */
export type Refusal = (typeof REFUSALS)[number];

/** What is decided in a slot: `own` where the arm is the shop's own content. */
export type Kind = (typeof KINDS)[number];

/** A way to find products for a row, by the name it has in the plan. */
export type Strategy = (typeof STRATEGIES)[number];

/** How far a visit has come. */
export type Stage = (typeof STAGES)[number];

/** Where in a category's prices a visit looks. */
export type PriceBand = (typeof BANDS)[number];

/** Where a visit came from. */
export type Source = (typeof SOURCES)[number];

/** What the page is shown on. */
export type Device = (typeof DEVICES)[number];

/** Translation key of words for the shopper. */
export type BecauseKey = (typeof KEYS)[number];

/** What is assumed of a visitor who has said nothing. */
export type ConsentMode = (typeof CONSENT_MODES)[number];

/** The visitor's answer to the consent question; `unknown` where there was none. */
export type Consent = (typeof ANSWERS)[number];

/** A product in GA4's form. */
export interface SentItem {
  /** Product id of the shop. */
  item_id: string;
  /** Name. */
  item_name?: string;
  /** Brand. */
  item_brand?: string;
  /** First level of the category, or a whole dotted path. */
  item_category?: string;
  /** Second level. */
  item_category2?: string;
  /** Third level. */
  item_category3?: string;
  /** Fourth level. */
  item_category4?: string;
  /** Fifth level. */
  item_category5?: string;
  /** Price of one piece, in units of the currency. */
  price?: number;
  /** Reduction of the usual price, in units of the currency. */
  discount?: number;
}

/** The parameters that the engine reads. All others are ignored. */
export interface SentParams {
  /** Products. */
  items?: SentItem[];
  /** ISO 4217 code. */
  currency?: string;
  /** How far a page was scrolled, in percent. */
  percent_scrolled?: number;
  /** How long the page was in the foreground, in milliseconds. */
  engagement_time_msec?: number;
  /** Arm of a randomised offer: `none` for no offer. Empty if no offer is being tested. */
  offer?: string;
  /** What was seen; only set for `slot_exposure`. */
  exposure?: Exposure;
}

/**
 * A slot exposure: what a host claims to have shown.
 * Nothing of it is believed that can be recomputed. The trainer finds the plan in the snapshot, draws the arm again
 * from the bucketing key, and takes the propensity from the plan.
 */
export interface Exposure {
  /** Name of the slot. */
  slot: string;
  /** Arm of the slot's experiment, or `holdout`. An exposure with another arm than the one drawn is left out. */
  arm: string;
  /** Variant, offer or bundle that was seen; empty for products and for the shop's own content. */
  choice: string;
  /** Whether the engine had put it there. */
  personalised: boolean;
  /** Id of the snapshot that decided. */
  snapshot: string;
  /** Bucketing key of the visit, 0 to 65,535. */
  seed: number;
  /** Whether it is a slot that opens once a visit, when the visitor is about to leave. Left out where it is not. */
  exit?: boolean;
  /** Ids of the products of a bundle; empty for everything else. */
  items?: string[];
}

/**
 * One part of an explanation. Its unit is that of what it is a part of: thousandths of the session's
 * attention for a variant, thousandths of a score for products, milli-logits for intent, products for what a
 * guardrail did.
 */
export interface Reason {
  /** Stable name, for programs. */
  code: string;
  /** In words, for people who run the shop. */
  text: string;
  /** How much it moved the decision. */
  weight: number;
}

/** A product in a decision. */
export interface Pick {
  /** The shop's id. */
  item_id: string;
  /** As `Pick::score`. */
  score: number;
  /** The strategy that chose it, or `pinned`. */
  strategy: Strategy | typeof PINNED;
  /** The picture that its card shows, and why. Left out unless asked for, and for products with one picture. */
  picture?: Picture;
  /** Its price in hundredths, where live prices say it and are not too old. Left out where the caller's own holds. */
  price_cents?: number;
  /** What it usually costs, in hundredths, where it costs less at the moment. Left out like the price. */
  usual_price_cents?: number;
}

/** One of a product's pictures, and why it is shown. */
export interface Picture {
  /** Its address. */
  image: string;
  /** The tag that the visit leans to; `null` for the default picture, where it leans to no tag enough. */
  tag: string | null;
  /** The tag's share of the visit's attention, in thousandths; 0 without a tag. */
  permille: number;
}

/** What the card of a bundle shows of the bundle itself, in the shop's own words; empty where it has none. */
export interface Bundle {
  /** Title; of a bundle that the engine made the words for the shopper. */
  title: string;
  /** What the shop says about the price. Nothing is computed. */
  price: string;
  /** Address of its page. */
  url: string;
  /** Address of its picture. */
  image: string;
}

/** A few words for the shopper. */
export interface Because {
  /** Translation key, one of `TEXTS`. */
  key: BecauseKey;
  /** What stands for `{name}`: a product or a category; empty where the text names none. */
  name: string;
  /** The text, from the plan or else in English. */
  text: string;
}

/** What goes into a slot, by name. Unless `personalised`, the shop's own content stays. */
export interface Decision {
  /** Name of the slot. */
  slot: string;
  /** `choose`, `fill`, `order`, `offer`, `bundle`, or `own` where the arm is the shop's own content. */
  kind: Kind;
  /** Whether the engine puts something there; else the shop's own content stays. */
  personalised: boolean;
  /** The arm the visit is in: `holdout`, an arm of the slot's experiment, or `model` where there is none. */
  arm: string;
  /** Chance of this arm for this visit, in ten-thousandths: what estimates divide by. */
  propensity: number;
  /** Whether seeing it counts: not in a preview. */
  counts: boolean;
  /** Whether the slot opens only when the visitor is about to leave. Left out where it does not. */
  exit?: boolean;
  /** Whether parts of the model are under way that could change it. Left out where it is final. */
  partial?: boolean;
  /** The variant, offer or bundle to show. */
  variant: string | null;
  /** The products to show, best first; of a bundle in its own order. */
  items: Pick[];
  /** Kind `bundle`: what its card shows of the bundle itself. */
  bundle: Bundle | null;
  /** Kind `order`: the keys of what the slot shows, in their new order. */
  order: string[];
  /** What the reasons add up to: thousandths of attention for a variant, thousandths a product for a row. */
  score: number;
  /**
   * Why: parts of the score, the strategies and their events in order; or what kept the shop's content.
   * Left out unless asked for.
   */
  reasons?: Reason[];
  /** What the guardrails did, and to how many products. Left out unless asked for. */
  guards?: Reason[];
  /** Why, in a few words for the shopper; none where the shop's content stays. */
  because: Because | null;
  /** Name of the snapshot that decided, 64 hexadecimal digits. */
  snapshot: string;
}

/** A category's share of the session's attention. */
export interface CategoryShare {
  /** Category path. */
  category: string;
  /** Thousandths. */
  permille: number;
}

/** What a visit seems to be after. */
export interface Intent {
  /** Categories by their share of the session's attention, the largest first. */
  categories: CategoryShare[];
  /** The terms of the purchase score: the base, then each table, the strongest first. Left out unless asked for. */
  reasons?: Reason[];
  /** Purchase score in milli-logits. */
  score: number;
  /** The same as a probability in thousandths; `null` where the log had too few purchases to fit. */
  purchase_permille: number | null;
  /** Probability in thousandths that something is put into the cart yet; `null` as above. */
  cart_permille: number | null;
  /** Probability in thousandths that the visit ends here; `null` as above, and before the first event. */
  exit_permille: number | null;
  /** How far the visit has come. */
  stage: Stage;
  /** How much price seems to matter, in thousandths: see `price_sensitivity`. `null`: not yet known. */
  price_sensitivity: number | null;
  /** Where in a category's prices the visit looks. `null`: not yet known. */
  price_band: PriceBand | null;
  /**
   * By how many thousandths an offer would raise the chance of a purchase; `null` where no randomised
   * offer was in the log, so that nobody knows.
   */
  incentive_permille: number | null;
}

/** One interaction of a visit. */
export interface Interaction {
  /** GA4 name of the event. */
  name: EventName;
  /** The product; `null` where the event names none that the snapshot knows. */
  item_id: string | null;
  /** Its name; `null` as above. */
  title: string | null;
  /** Its category, or the one the event names. */
  category: string | null;
}

/** The visit, as the engine remembers it. */
export interface ExplainedSession {
  /** Its interactions, newest first. */
  events: Interaction[];
  /** Length of its token. */
  token_bytes: number;
  /** Where the visit came from. */
  source: Source;
  /** What the page is shown on. */
  device: Device;
  /** Whether the visit always gets the shop's own content. */
  held_out: boolean;
}

/** A snapshot, in figures. */
export interface ExplainedSnapshot {
  /** Its name, 64 hexadecimal digits. */
  id: string;
  /** Its size in bytes. */
  bytes: number;
  /** Number of its products. */
  items: number;
  /** Time of the newest event it was trained on, in milliseconds since 1970. */
  newest_ms: number;
}

/** What the engine knows of a visit and a page, with its reasons. */
export interface Explained {
  /** The visit. */
  session: ExplainedSession;
  /** What the visit seems to be after; `null` without a model. */
  intent: Required<Intent> | null;
  /** Every slot of the plan, as one page. */
  decisions: Required<Decision>[];
  /** The slots of this page, in the order of the document. */
  here: Required<Decision>[];
  /** The snapshot that decides; `null` without a model. */
  snapshot: ExplainedSnapshot | null;
}

/** A file that makes a snapshot from an older one. */
export interface PatchName {
  /** Id of the older snapshot, 64 hexadecimal digits. */
  from: string;
  /** Name of the patch: the first 16 bytes of its SHA-256 in 32 hexadecimal digits. */
  patch: string;
  /** Size of the patch in bytes. */
  bytes: number;
}

/** A snapshot and everything that hosts fetch of it. */
export interface Release {
  /** Id of the snapshot: SHA-256 of its bytes in 64 hexadecimal digits. */
  snapshot: string;
  /** Size of the snapshot in bytes. */
  bytes: number;
  /** Time of the newest event that the snapshot was trained from, in milliseconds since 1970. */
  newest_ms: number;
  /** Name of the root, a browser's first load: the first 16 bytes of its SHA-256 in 32 hexadecimal digits. */
  root: string;
  /** Size of the root in bytes. */
  root_bytes: number;
  /** Patches that make this snapshot from an older one. */
  patches: PatchName[];
}

/** A snapshot that a share of the visits tries out. */
export interface Canary {
  /** Share of the visits, in ten-thousandths: 1 to 9,999. */
  share: number;
  /** The snapshot they use. */
  release: Release;
}

/** What the publisher signs: which snapshot is in use, since when, and for how long. */
export interface Manifest {
  /** Format number of the manifest, 2. */
  format: number;
  /** Rises with every manifest. A host refuses a lower one than it has. */
  sequence: number;
  /** Time of publishing, in milliseconds since 1970. */
  published_ms: number;
  /** Age at which hosts stop using it and show the shop's own content, in seconds. */
  max_age_s: number;
  /** True if the snapshot in use may be older than one that was in use before. */
  rollback: boolean;
  /** The snapshot in use. */
  current: Release;
  /** A snapshot that a share of the visits tries out; `null` most of the time. */
  canary: Canary | null;
  /** Public key that signs overlays, base64url; `null` if the shop uses none. */
  overlay_key: string | null;
  /** Paths at which hosts leave pages as the shop wrote them: each path and all below it; `/` is the whole shop. */
  off: string[];
}

/** The answer to a post of events. */
export interface EventsAnswer {
  /** Number of valid events. */
  accepted: number;
  /** Number of accepted events that the log already held, by `event_id`. Only the origin says so. */
  repeated?: number;
  /** Number of events whose name the engine does not use. */
  ignored: number;
  /** Number of refused events by reason. */
  refused: Partial<Record<Refusal, number>>;
}

/** Events of one isolate since it started. */
export interface EventCounts {
  /** Events that were acknowledged and kept. */
  accepted: number;
  /** Events that the origin has on its disk. */
  forwarded: number;
  /** Refused events by reason. */
  refused: Partial<Record<Refusal, number>>;
  /** Acknowledged events that the origin will never take. */
  lost: number;
  /** Why the origin or the Queue did not take events last, in a word or a status; `null` if they took the newest. */
  problem: string | null;
  /** Events that the sink has taken. */
  sink_forwarded: number;
  /** Acknowledged events that the sink has not taken and will not be sent again. */
  sink_lost: number;
}

/** Pages by what became of them. */
export interface PageCounts {
  /** Slots were decided. */
  fitted: number;
  /** Nothing could change before the visit's first event. */
  cold: number;
  /** A crawler, a link preview or a monitor asked. */
  crawler: number;
  /** The path is switched off. */
  off: number;
  /** There was no snapshot to decide with. */
  snapshot: number;
  /** A part of a page, or an encoding or charset that is not read. */
  encoding: number;
  /** The engine failed, before the page or in the middle of it. */
  failed: number;
}

/** The answer of `/_slotwise/health` at the edge. Its status is 200 if there is a snapshot to decide with, and else 503. */
export interface EdgeHealth {
  /** Whether there is a snapshot to decide with. */
  ok: boolean;
  /** Id of the snapshot in use; `null` before the first, and once its manifest has expired. */
  snapshot: string | null;
  /** Sequence number of the manifest in use. */
  sequence: number | null;
  /** Seconds since the manifest in use was signed. */
  age_s: number | null;
  /** Id of the snapshot that is being tried out. */
  canary: string | null;
  /** What the last sync failed with, in a word of a fixed list; `null` if it did not. The log has the details. */
  problem: string | null;
  /** When the last sync failed, in milliseconds since 1970. */
  problem_ms: number | null;
  /** Events of this isolate since it started. */
  events: EventCounts;
  /** Pages of this isolate since it started. */
  pages: PageCounts;
  /** Names of settings that cannot work as they are. The log says why. */
  settings: string[];
}
