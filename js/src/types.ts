// What the package's functions take and give beyond what the Rust crate knows: the rest is in contract.ts.

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

/** A product as GA4 describes it. Shops may add more of GA4's parameters; what the engine does not use is not sent. */
export interface Item extends SentItem {
  quantity?: number;
}

/** GA4 parameters. Shops may add more of them; what the engine does not use is not sent. */
export interface EventParams extends Omit<SentParams, "items"> {
  items?: Item[];
  value?: number;
  search_term?: string;
}

export interface LoadOptions {
  /** The `.public` file of `slotwise keygen`: only snapshots signed with its partner are used. */
  publicKey: string;
  /** Where manifest, snapshots and events are served; `/_slotwise` unless set. */
  base?: string;
  /** What is assumed of a visitor who has said nothing; `required` unless set. */
  consent?: ConsentMode;
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

/** A decision with its reasons, which add up to `score`, and what the guardrails did. */
export type ExplainedDecision = Required<Decision>;

/** What the visit seems to be after, with the parts of its purchase score. */
export type ExplainedIntent = Required<Intent>;

/** Everything a curious developer may want to see. */
export interface Explanation extends Explained {
  /** Whether a preview link decides; nothing counts then. */
  preview: boolean;
  /** Exposures counted on this page. */
  seen: number;
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
