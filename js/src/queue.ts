// The event queue: sends events in order and exactly once, even if the engine never loads.
//
// The engine adds events to the session's token and links them before they are sent. Without an engine they are sent as
// they are, and the edge does the same.

import { SENT } from "./contract.js";
import { allows, dropToken, keepToken, token } from "./memory.js";
import type { EventName, EventParams } from "./types.js";

/** An event that no engine has processed yet. */
export interface Waiting {
  name: EventName;
  params: EventParams;
  event_id: string;
  time_ms: number;
  /** Whether consent allowed sending it when it happened. */
  allowed: boolean;
}

/** Number of waiting events after which they are sent: a beacon has at most 64 kB. */
const MOST = 50;

/**
 * How long events are collected without an engine, in milliseconds. A page that is being left aborts the loading of the
 * engine, and sends more events a moment later.
 */
const PAUSE_MS = 200;

export class Queue {
  readonly waiting: Waiting[] = [];
  /** The last beacon. Resolves once it was answered or has failed. */
  sent: Promise<unknown> = Promise.resolve();
  /** Whether no engine will load. */
  alone = false;
  /** Whether the page is or may be a preview, in which nothing is sent. */
  quiet = false;
  #left = false;
  readonly #base: string;
  readonly #implied: boolean;
  readonly #report: (cause: unknown) => void;

  constructor(base: string, implied: boolean, report: (cause: unknown) => void) {
    this.#base = base;
    this.#implied = implied;
    this.#report = report;
    // Listens on the window, so that events which the page tracks at its end go out with the rest: each beacon returns a
    // token.
    addEventListener("visibilitychange", () => this.#leave(document.visibilityState === "hidden"));
    // A page that is already hidden does not become hidden when it is left.
    addEventListener("pagehide", () => this.#leave(document.visibilityState === "hidden"));
  }

  /** Base URL of manifest, snapshots and events. A `base` element of the page does not affect it. */
  get base(): string {
    try {
      return new URL(this.#base, location.href).href;
    } catch {
      // Requests to it fail and report the error.
      return this.#base;
    }
  }

  /** Whether consent allows storing and sending. */
  get allowed(): boolean {
    return allows(this.#implied);
  }

  /** The session's token, if it may be stored. */
  get token(): string | undefined {
    return this.allowed ? token() : undefined;
  }

  add(name: EventName, params: EventParams): void {
    // Random ids are available only on pages served over https or from localhost.
    const event_id = crypto.randomUUID?.() ?? "";
    this.waiting.push({ name, params, event_id, time_ms: Date.now(), allowed: this.allowed });
  }

  /** Sends waiting events, unless the engine is going to. */
  settle(): void {
    if (this.#left || this.waiting.length >= MOST) this.#flush();
    // One after the other: each answer returns the token that the next beacon carries.
    else if (this.alone) void this.sent.then(() => setTimeout(() => this.#flush(), PAUSE_MS));
  }

  /** Stores the session's token, and sends the events that it already contains. */
  keep(value: string, events: object[]): void {
    keepToken(value);
    this.#send(events, true);
  }

  /** Sends a beacon, which outlives the page. Does not wait for the answer. `applied`: the token already contains the events. */
  #send(events: object[], applied?: true): void {
    // All that leaves the page is what the engine reads or adds, nothing else a shop may have put there.
    const body = JSON.stringify({ events, applied }, SENT.split(" "));
    const request = { method: "POST", body, keepalive: true, headers: { "content-type": "application/json" } };
    this.sent = fetch(`${this.base}/events`, request).then(() => {
      // The answer returns a token. The visitor may have refused consent in the meantime.
      if (!this.allowed) dropToken();
    }, this.#report);
  }

  #leave(left: boolean): void {
    this.#left = left;
    if (left) this.#flush();
  }

  #flush(): void {
    if (this.quiet || !this.allowed) return;
    const events = this.waiting.splice(0).filter((event) => event.allowed);
    if (events.length > 0) this.#send(events);
  }
}
