// The operator's settings. They are read from the Worker's variables (see wrangler.toml) once per isolate, because all of
// its requests have the same.

import type { ConsentSource } from "./consent_source.js";

/** The part of a KV namespace that is used. */
export interface Kv {
  get(key: string, kind: "text"): Promise<string | null>;
  get(key: string, kind: "stream"): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null>;
  put(key: string, value: string | Uint8Array, options?: { expirationTtl: number }): Promise<void>;
}

/** The part of the platform's context that lets work continue after the response. */
export interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

/** The part of a Queue that is used. */
export interface Queue {
  send(message: string, options: { contentType: "text"; delaySeconds: number }): Promise<unknown>;
  sendBatch(messages: { body: string; contentType: "text" }[]): Promise<unknown>;
}

/** The part of a rate limit that is used. */
export interface RateLimit {
  limit(of: { key: string }): Promise<{ success: boolean }>;
}

/** The part of an Analytics Engine dataset that is used. */
export interface Analytics {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** The Worker's variables and bindings. The manual's page of settings is made of these comments. */
export interface Env {
  /** Address of the shop's own server, such as `https://shop.example`. Empty on a route of the shop's own zone. */
  STORE_ORIGIN?: string;
  /** Address where `slotwise serve` runs. Same as `STORE_ORIGIN` if empty. */
  SLOTWISE_ORIGIN?: string;
  /**
   * Public key whose signature a manifest must have: the `.public` file of `slotwise keygen`. Two keys, separated by a space,
   * while keys are being changed.
   */
  SLOTWISE_PUBLIC_KEY?: string;
  /** `required` or `implied`: what is assumed of a visitor who has not answered the consent question. */
  CONSENT?: string;
  /**
   * Name of the cookie in which the shop's own consent dialogue leaves the visitor's answer, such as `CookieConsent`. Needed only
   * where nobody calls `consent()` in the page.
   */
  CONSENT_COOKIE?: string;
  /** Name of a request header with the answer, which comes before the cookie. A proxy in front of the Worker may set it. */
  CONSENT_HEADER?: string;
  /** What that value contains, percent-decoded, if visits may be kept and counted, such as `statistics:true`. */
  CONSENT_FULL?: string;
  /**
   * What it contains if visits may be kept but not counted, such as `preferences:true`. A value that contains neither is a
   * refusal.
   */
  CONSENT_SESSION?: string;
  /** Seconds after which an isolate asks for a new manifest. 60 if this is not a whole number. */
  SYNC_SECS?: string;
  /** Seconds after which an isolate asks for newer prices and stock, if the shop publishes them. 15 if this is not a whole number. */
  OVERLAY_SECS?: string;
  /**
   * Secret with which the Worker signs the events it forwards: the `.intake` file of `slotwise keygen`. Unsigned if empty.
   * Set it with `npx wrangler secret put SLOTWISE_INTAKE_KEY`.
   */
  SLOTWISE_INTAKE_KEY?: string;
  /**
   * Secret with which the shop's own servers sign questions to `/_slotwise/decide`, and mails their links: 32 bytes as base64url. If it
   * is set, questions that state a visit or segments need the signature. Set it with `npx wrangler secret put DECIDE_KEY`.
   */
  DECIDE_KEY?: string;
  /** Address of a server that gets every accepted event besides the origin, as JSON: a warehouse, a CDP, a collector. None if empty. */
  SINK_URL?: string;
  /** Secret with which posts to `SINK_URL` are signed: 32 bytes as base64url. Unsigned if empty. */
  SINK_KEY?: string;
  /** Secret that posts to `SINK_URL` carry as `authorization: Bearer …`. None if empty. */
  SINK_TOKEN?: string;
  /**
   * Address that learns of visits that left something behind, at most once a visit. Needs `TRIGGERS_KEY`, `TRIGGERS_COOKIE`,
   * `EVENTS_QUEUE` and `VISITS`. None if empty, as it is by default: what is sent there belongs to a person.
   */
  TRIGGERS_URL?: string;
  /** Secret with which posts to `TRIGGERS_URL` are signed: 32 bytes as base64url. */
  TRIGGERS_KEY?: string;
  /**
   * Name of a cookie of the shop's with its own reference to the visitor, such as a number of a newsletter's subscriber. Only visits
   * that have it are followed. Do not name the cookie of a login: its value is sent to `TRIGGERS_URL`.
   */
  TRIGGERS_COOKIE?: string;
  /** Seconds of silence after which a visit counts as left, from 1 to 43200. 1800 if this is not such a number. */
  TRIGGERS_SECS?: string;
  /** KV namespace for the visits that `TRIGGERS_URL` may learn of. Entries expire an hour after they can be of use. */
  VISITS?: Kv;
  /**
   * Origins besides the shop's own whose pages may post, such as `https://m.shop.example`, separated by commas. Needed if
   * pages use a `base` on another host.
   */
  ALLOWED_ORIGINS?: string;
  /**
   * `store` or `off`: whether neutral pages are kept in the platform's cache. With `store` a page is kept if the shop's headers allow
   * shared caches to keep it, for as long as they say. `store` if empty.
   */
  PAGE_CACHE?: string;
  /**
   * Paths at which pages stay the shop's own and the page's script stays passive, such as `/checkout, /account`: each path and all
   * below it. `/` switches everything off.
   */
  OFF?: string;
  /** KV namespace for snapshots. With it an isolate starts without asking the origin. */
  SNAPSHOTS?: Kv;
  /** Queue for events, which this Worker also consumes. With it events are accepted while the origin is away. */
  EVENTS_QUEUE?: Queue;
  /** Rate limit for events and questions. Each client address counts by itself; it is neither stored nor logged. */
  RATE_LIMIT?: RateLimit;
  /** Dataset of Analytics Engine. With it every page is counted by outcome and snapshot, and nothing else of it. */
  ANALYTICS?: Analytics;
}

/** What is needed to tell of visits that left something behind. */
export interface Triggers {
  /** `TRIGGERS_URL`. */
  url: string;
  /** `TRIGGERS_KEY`. */
  key: string;
  /** `TRIGGERS_COOKIE`. */
  cookie: string;
  /** `TRIGGERS_SECS`. */
  secs: number;
  /** `VISITS`. */
  visits: Kv;
  /** `EVENTS_QUEUE`. */
  queue: Queue;
}

/** The operator's settings. */
export interface Settings {
  /** `STORE_ORIGIN`. */
  store: string;
  /** `SLOTWISE_ORIGIN`, or `STORE_ORIGIN` if that is empty. */
  origin: string;
  /** `SLOTWISE_PUBLIC_KEY`. */
  key: string;
  /** Whether `CONSENT` is `implied`. */
  implied: boolean;
  /** `CONSENT_COOKIE`, `CONSENT_HEADER`, `CONSENT_FULL`, `CONSENT_SESSION`. */
  consent: ConsentSource;
  /** `SYNC_SECS` in milliseconds. */
  syncMs: number;
  /** `OVERLAY_SECS` in milliseconds. */
  overlayMs: number;
  /** `SLOTWISE_INTAKE_KEY`. */
  intakeKey: string;
  /** `DECIDE_KEY`. */
  decideKey: string;
  /** `SINK_URL`. */
  sink: string;
  /** `SINK_KEY`. */
  sinkKey: string;
  /** `SINK_TOKEN`. */
  sinkToken: string;
  /** What the settings say about triggers, if they are complete. */
  triggers: Triggers | undefined;
  /** `ALLOWED_ORIGINS`, one by one. */
  guests: string[];
  /** Whether `PAGE_CACHE` is not `off`. */
  keepsPages: boolean;
  /** `OFF`, path by path. */
  off: string[];
  /** Names of settings that cannot work as they are. */
  wrong: string[];
  /** `SNAPSHOTS`, if bound. */
  kv: Kv | undefined;
  /** `EVENTS_QUEUE`, if bound. */
  queue: Queue | undefined;
  /** `RATE_LIMIT`, if bound. */
  limit: RateLimit | undefined;
  /** `ANALYTICS`, if bound. */
  analytics: Analytics | undefined;
}
