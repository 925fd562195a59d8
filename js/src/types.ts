// Types of the package that the Rust crate does not know. All others are generated: see contract.ts.

import type { ConsentWords } from "./consent_source.js";
import type { Consent, ConsentMode, Decision, EventName, Explained, Intent, SentItem, SentParams } from "./contract.js";

export type {
  Because,
  BecauseKey,
  CategoryShare,
  Consent,
  ConsentMode,
  Decision,
  Device,
  EventName,
  Explained,
  ExplainedSession,
  ExplainedSnapshot,
  Exposure,
  Intent,
  Interaction,
  Kind,
  Pick,
  PriceBand,
  Reason,
  SentItem,
  SentParams,
  Source,
  Stage,
  Strategy,
} from "./contract.js";

/** A promotion in GA4's form, as an event or one of its items names it. The engine does not use it. */
interface Promotion {
  promotion_id?: string;
  promotion_name?: string;
  creative_name?: string;
  creative_slot?: string;
}

/** A product in GA4's form. What the engine does not use is not sent. */
export interface Item extends SentItem, Promotion {
  affiliation?: string;
  coupon?: string;
  index?: number;
  item_list_id?: string;
  item_list_name?: string;
  item_variant?: string;
  location_id?: string;
  quantity?: number;
}

/** GA4 parameters of an event. What the engine does not use is not sent. */
export interface EventParams extends Omit<SentParams, "items">, Promotion {
  items?: Item[];
  value?: number;
  search_term?: string;
  affiliation?: string;
  coupon?: string;
  customer_type?: "new" | "returning";
  item_list_id?: string;
  item_list_name?: string;
  location_id?: string;
  payment_type?: string;
  shipping?: number;
  shipping_tier?: string;
  tax?: number;
  transaction_id?: string;
}

/** Cookie of the shop's own consent dialogue. Name the same to the Worker: `CONSENT_COOKIE` and the settings beside it. */
export interface ConsentCookie extends ConsentWords {
  /** Name of the cookie, such as `CookieConsent`. */
  cookie: string;
  /** What to assume while it is not there; `required` by default. */
  otherwise?: ConsentMode;
}

export interface LoadOptions {
  /**
   * Content of the `.public` file of `slotwise keygen`. Only snapshots signed with the matching secret key are used. Two keys,
   * separated by a space, while keys are being changed.
   */
  publicKey: string;
  /** Base URL of manifest, snapshots and events; `/_slotwise` by default. */
  base?: string;
  /**
   * What to assume until the visitor answers, `required` by default; or the cookie in which the shop's own consent dialogue
   * leaves the answer.
   */
  consent?: ConsentMode | ConsentCookie;
  /** URL of `engine.wasm`, with `full_bg.wasm` beside it; beside this script by default. */
  wasm?: string | URL;
  /** Milliseconds after which `ready` resolves at the latest. The engine goes on loading. Without it `ready` waits. */
  timeout?: number;
}

/** What happened when the engine loaded. */
export interface Ready {
  /** Whether the engine can decide. */
  ok: boolean;
  /**
   * Who decided the slots of this page first: the edge before it was sent, or the browser with a snapshot from the network
   * or from its cache; `none` if nobody could.
   */
  source: "edge" | "network" | "cache" | "none";
  /** Why the engine cannot decide. */
  error?: SlotwiseError;
}

export interface TrackOptions {
  /**
   * Whether the page's slots may change; true by default. An event with `false` does not hurry the engine: it waits until
   * the browser is idle.
   */
  apply?: boolean;
}

/** A decision with its reasons, which add up to `score`, and the effects of guardrails. */
export type ExplainedDecision = Required<Decision>;

/** The intent of the visit, with the parts of its purchase score. */
export type ExplainedIntent = Required<Intent>;

/** Something that the page stored, deleted, sent or fetched. */
export interface LedgerEntry {
  /** Milliseconds since 1970. */
  time_ms: number;
  /** `found`: it was stored before this page opened, by an earlier page or by the edge with this one. */
  did: "found" | "stored" | "deleted" | "sent" | "fetched";
  what: "visit" | "answer" | "unsent events" | "events" | "question" | "manifest" | "snapshot" | "engine";
  /** Name of the cookie or of the key in the tab's session storage, or the URL. */
  where: string;
  /** Bytes that were stored or sent. 0 for what was deleted or fetched: the request has no body. */
  bytes: number;
  /** The reason in words. */
  why: string;
  /** The visitor's answer at that time; null for files that are the same for every visitor. */
  consent: Consent | null;
}

/** Everything that a developer may want to see. */
export interface Explanation extends Explained {
  /** Whether a preview link is active. On a preview nothing counts. */
  preview: boolean;
  /** Number of exposures on this page. */
  seen: number;
  /** Time in microseconds to decide every slot of the plan, and for the last change of the page. */
  micros: { decide: number; apply: number };
  consent: Consent;
  /** Who served the page: `edge <snapshot>`, `edge default`, `edge crawler`, `edge off` or `origin`. */
  page: string;
  /** The last problem in words; null if there was none. */
  problem: string | null;
}

/** The visit on this page. */
export interface Slotwise {
  /** Resolves once engine and snapshot have loaded or failed, or after `timeout`. Never rejects. */
  readonly ready: Promise<Ready>;
  /** Id of the current snapshot; null until it has loaded. */
  readonly snapshot: string | null;
  /** The last problem in words; null if there was none. */
  readonly problem: string | null;
  /** Number of exposures on this page. */
  readonly seen: number;
  /** Who served the page: `edge <snapshot>`, `edge default`, `edge crawler`, `edge off` or `origin`. */
  readonly page: string;
  /** The visitor's answer to the consent question. */
  readonly answer: Consent;
  /**
   * Records an event, stores and sends it if consent allows, and brings slots up to date that the visitor is not looking
   * at: one that is on the screen changes once it has left the screen. A page from the edge does not change at all before
   * the visitor clicks, taps or types. Before the engine has loaded the event waits; if the visitor leaves the page in the
   * meantime, it is sent as it is.
   */
  track(name: EventName, params?: EventParams, options?: TrackOptions): void;
  /** The intent of the visit; null without a model. */
  intent(): Intent | null;
  /**
   * Decides one slot, or every slot of the plan. `keys` are the keys of the slot's content; `about` is the category of its
   * page, or the words of a search. Empty without a model.
   */
  decide(slot?: string, itemId?: string, keys?: string[], about?: string): Decision[];
  /**
   * Decides every slot below `root` (by default the document) as one page, and changes it at once unless `dry`, also what
   * is on the screen. `load` does this by itself where no edge has. Call it for content that you have added, or where a
   * change in sight is what the visitor asked for. Without a model it returns an empty list; the page changes once the
   * model has loaded.
   */
  apply(root?: ParentNode, dry?: boolean): Decision[];
  /** Relevance of products to the visit in thousandths, by id: for search results and your own lists. */
  rank(ids: string[]): Map<string, number>;
  /** Excludes products that have sold out since the snapshot from all rows. */
  soldOut(ids: string[]): void;
  /** Everything that a developer may want to see. Fetches the engine that computes reasons. */
  explain(): Promise<Explanation>;
  /**
   * Everything that this page stored or sent, oldest first: at most 500 entries of what was stored and sent, and the files
   * that were fetched as far as the browser's resource timing remembers them. It is in memory only. The package's own scripts
   * are not in it.
   */
  ledger(): Promise<LedgerEntry[]>;
  /**
   * Stores the visitor's answer to the consent question. `session` allows to keep the visit, so that pages fit it, and to send
   * nothing. A refusal also forgets the visit.
   */
  consent(state: "granted" | "session" | "denied"): void;
  /** Forgets the visit, in memory and in the cookie. */
  forget(): void;
  /** Fetches the newest snapshot. If anything is wrong with it, the current one stays. */
  sync(): Promise<void>;
  /** Calls `listener` after every change of session, model or consent, and after every problem. */
  on(kind: "change" | "problem", listener: () => void): () => void;
}

/** The only error class of the package. Errors are reported through `problem` and never thrown at a page. */
export class SlotwiseError extends Error {
  /** Stable code of what failed: `engine` (the Wasm), `sync` (manifest or snapshot), `event` or `page`. */
  readonly code: "engine" | "sync" | "event" | "page";
  constructor(code: SlotwiseError["code"], cause: unknown) {
    super(`${code}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "SlotwiseError";
    this.code = code;
  }
}
