// What the package's functions take and give. The words are those of the Rust crate and of the docs.

/** A GA4 e-commerce event name the engine uses; any other name is ignored. */
export type EventName =
  | "view_item"
  | "view_item_list"
  | "select_item"
  | "add_to_cart"
  | "remove_from_cart"
  | "add_to_wishlist"
  | "view_cart"
  | "begin_checkout"
  | "purchase"
  | "view_search_results"
  | "scroll"
  | "user_engagement"
  | "exit_intent"
  | "declare_preference"
  | "slot_exposure";

/** A product as GA4 describes it. */
export interface Item {
  item_id: string;
  item_name?: string;
  /** First level of the category, or a whole dotted path. */
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_brand?: string;
  price?: number;
  /** What is taken off the usual price. */
  discount?: number;
  quantity?: number;
}

/** GA4 parameters; those the engine does not use are not sent. */
export interface EventParams {
  items?: Item[];
  currency?: string;
  value?: number;
  search_term?: string;
  percent_scrolled?: number;
  engagement_time_msec?: number;
  /** The visit's arm in a randomised offer; `none` for no offer. From such a log the trainer learns who needs one. */
  offer?: string;
  /** Of a `slot_exposure`, which `load` reports by itself: the slot's `data-slotwise-shows`. */
  exposure?: Exposure;
}

/** A slot that was seen, and why it showed what it did. */
export interface Exposure {
  slot: string;
  arm: string;
  /** The variant or offer; empty for products and for the shop's own content. */
  choice: string;
  /** Where the slot makes offers: the one made, or `none`. */
  offer: string;
  tested?: boolean;
  personalised: boolean;
  /** Chance of the arm, in ten-thousandths. */
  propensity: number;
  snapshot: string;
}

export interface LoadOptions {
  /** The `.public` file of `slotwise keygen`: only snapshots signed with its partner are used. */
  publicKey: string;
  /** Where manifest, snapshots and events are served; `/_slotwise` unless set. */
  base?: string;
  /** What is assumed of a visitor who has said nothing; `required` unless set. */
  consent?: "required" | "implied";
  /** Where `engine.wasm` is, with `full_bg.wasm` beside it; beside this script unless set. */
  wasm?: string | URL;
}

export interface TrackOptions {
  /**
   * Change the page's slots; true unless set. An event that changes nothing does not hurry: if the engine is not
   * there yet, it waits until the browser is idle.
   */
  apply?: boolean;
}

/** The visitor's answer to the consent question; `unknown` where there was none. */
export type Consent = "granted" | "denied" | "unknown";

/** One part of an explanation. `weight` is in the unit that `code` names in the Rust docs. */
export interface Reason {
  code: string;
  text: string;
  weight: number;
}

/** What goes into a slot. Unless `personalised`, the shop's own content stays. */
export interface Decision {
  slot: string;
  kind: "choose" | "fill" | "order" | "offer" | "own";
  personalised: boolean;
  /** `holdout`, an arm of the slot's experiment, or `model` where there is none. */
  arm: string;
  /** Chance of this arm for this visit, in ten-thousandths. */
  propensity: number;
  /** Whether seeing it counts: not in a preview. */
  counts: boolean;
  variant: string | null;
  items: { item_id: string; score: number; strategy: string }[];
  /** Kind `order`: the keys in their new order. */
  order: string[];
  /** What the weights of an explanation's `reasons` add up to. */
  score: number;
  /** Why, in a few words for the shopper, with a key for translations of your own. */
  because: { key: string; name: string; text: string } | null;
  snapshot: string;
}

/** A decision with its reasons. */
export interface ExplainedDecision extends Decision {
  /** Their weights add up to `score`. */
  reasons: Reason[];
  /** What the guardrails did; `weight` is to how many products. */
  guards: Reason[];
}

/** What the visit seems to be after. */
export interface Intent {
  /** Purchase score in milli-logits; an explanation's reasons add up to it. */
  score: number;
  /** The same as a probability in thousandths; null where the log had too few purchases. */
  purchase_permille: number | null;
  /** Probability in thousandths that something is put into the cart yet. */
  cart_permille: number | null;
  /** Probability in thousandths that the visit ends here; null before its first event. */
  exit_permille: number | null;
  stage: "unknown" | "browsing" | "researching" | "comparing" | "ready";
  /** How much price seems to matter, in thousandths; null: not yet known. */
  price_sensitivity: number | null;
  /** Where in its categories' prices the visit looks; null: not yet known. */
  price_band: "low" | "middle" | "high" | null;
  /** By how many thousandths an offer would raise the chance of a purchase; null where no trial tells. */
  incentive_permille: number | null;
  categories: { category: string; permille: number }[];
}

/** What the visit seems to be after, with the parts of its purchase score. */
export interface ExplainedIntent extends Intent {
  /** Their weights add up to `score`. */
  reasons: Reason[];
}

/** Everything a curious developer may want to see. */
export interface Explanation {
  session: {
    /** Newest first. */
    events: { name: string; item_id: string | null; title: string | null; category: string | null }[];
    token_bytes: number;
    source: string;
    device: string;
    /** Whether the visit always gets the shop's own content. */
    held_out: boolean;
  };
  /** Whether a preview link decides; nothing counts then. */
  preview: boolean;
  /** Exposures counted on this page. */
  seen: number;
  /** Null without a model. */
  intent: ExplainedIntent | null;
  /** Every slot of the plan, as one page. */
  decisions: ExplainedDecision[];
  /** The slots of this page, in the order of the document. */
  here: ExplainedDecision[];
  snapshot: { id: string; bytes: number; items: number; newest_ms: number } | null;
  /** Microseconds: one decision of every slot of the plan, and the last change of the page. */
  micros: { decide: number; apply: number };
  consent: Consent;
  /** Who served the page: `edge <snapshot>`, `edge default` or `origin`. */
  page: string;
  /** What went wrong last, in words; null if nothing did. */
  problem: string | null;
}

/** One visit in one page. */
export interface Slotwise {
  /** Resolves once engine and snapshot are there, or have failed. */
  readonly ready: Promise<void>;
  /** Name of the snapshot that decides; null until it is there. */
  readonly snapshot: string | null;
  /** What went wrong last, in words; null if nothing did. */
  readonly problem: string | null;
  /** Exposures counted on this page. */
  readonly seen: number;
  /** Who served the page: `edge <snapshot>`, `edge default` or `origin`. */
  readonly page: string;
  /** The visitor's answer to the consent question. */
  readonly answer: Consent;
  /**
   * Remembers an event, stores and sends it where consent allows, and changes the page's slots. Before the engine is
   * there the event waits; if the page is left meanwhile, it is sent as it is.
   */
  track(name: EventName, params?: EventParams, options?: TrackOptions): void;
  /** What the visit seems to be after; null without a model. */
  intent(): Intent | null;
  /** Decides one slot, or every slot of the plan; `keys` are what the slot shows. Empty without a model. */
  decide(slot?: string, itemId?: string, keys?: string[]): Decision[];
  /**
   * Decides every slot below `root` (the document unless set) as one page, and changes the page unless `dry`. Without a
   * model it returns nothing; the page is changed as soon as the model is there.
   */
  apply(root?: ParentNode, dry?: boolean): Decision[];
  /** How relevant products are to the visit, in thousandths, by id: for search results and lists of your own. */
  rank(ids: string[]): Map<string, number>;
  /** Products sold out since the snapshot; no row shows them. */
  soldOut(ids: string[]): void;
  /** Everything a curious developer may want to see. Fetches the engine that can give reasons. */
  explain(): Promise<Explanation>;
  /** Keeps the visitor's answer to the consent question. Denied also forgets. */
  consent(state: "granted" | "denied"): void;
  /** Forgets the visit, here and in the cookie. */
  forget(): void;
  /** Fetches the newest snapshot; keeps the present one if anything is wrong with it. */
  sync(): Promise<void>;
  /** Calls `listener` after every change of session, model or consent, or when something went wrong. */
  on(kind: "change" | "problem", listener: () => void): () => void;
}

/** The one error class of the package. It is reported through `problem`, never thrown at a page. */
export class SlotwiseError extends Error {
  /** Stable name of what failed: `engine` (the Wasm), `sync` (manifest or snapshot), `event` or `page`. */
  readonly code: "engine" | "sync" | "event" | "page";
  constructor(code: SlotwiseError["code"], cause: unknown) {
    super(`${code}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "SlotwiseError";
    this.code = code;
  }
}
