// Events on their way: in order, each once, and never to be lost for want of the engine.
//
// The engine puts events into the visitor's token and links them before they are sent. Where it is not there, they go
// out as they are, and the edge does the same for them.

import { SENT } from "./contract.js";
import { allows, dropToken, keepToken, token } from "./memory.js";
import type { EventName, EventParams } from "./types.js";

/** An event that no engine has seen yet. */
export interface Waiting {
  name: EventName;
  params: EventParams;
  event_id: string;
  time_ms: number;
  /** Whether consent allowed to send it when it happened. */
  allowed: boolean;
}

/** Waiting events go out at the latest when there are this many: a beacon has at most 64 kB. */
const MOST = 50;

/**
 * Without an engine, events are gathered this long. A page that is being left loses an engine that was on its way, and
 * has more to say a moment later.
 */
const PAUSE_MS = 200;

export class Queue {
  readonly waiting: Waiting[] = [];
  /** The last beacon; resolves when it was answered, or has failed. */
  sent: Promise<unknown> = Promise.resolve();
  /** Whether no engine is to come. */
  alone = false;
  /** Whether the page is a preview, or may be one: nothing is sent. */
  quiet = false;
  #left = false;
  readonly #base: string;
  readonly #implied: boolean;
  readonly #report: (cause: unknown) => void;

  constructor(base: string, implied: boolean, report: (cause: unknown) => void) {
    this.#base = base;
    this.#implied = implied;
    this.#report = report;
    // On the window, so that what the page has to say at its end goes out with the rest: each beacon brings a token back.
    addEventListener("visibilitychange", () => this.#leave(document.visibilityState === "hidden"));
    // A page that is hidden already does not turn so when it is left.
    addEventListener("pagehide", () => this.#leave(document.visibilityState === "hidden"));
  }

  /** Where manifest, snapshots and events are served; a `base` element of the page does not count. */
  get base(): string {
    try {
      return new URL(this.#base, location.href).href;
    } catch {
      // Requests to it will fail, and say so.
      return this.#base;
    }
  }

  /** Whether the visitor's answer allows to store and to send. */
  get allowed(): boolean {
    return allows(this.#implied);
  }

  /** The session's token, where it may be kept. */
  get token(): string | undefined {
    return this.allowed ? token() : undefined;
  }

  add(name: EventName, params: EventParams): void {
    // Only a page served over https or from localhost has a name at random.
    const event_id = crypto.randomUUID?.() ?? "";
    this.waiting.push({ name, params, event_id, time_ms: Date.now(), allowed: this.allowed });
  }

  /** Sends what waits, if nobody else is going to. */
  settle(): void {
    if (this.#left || this.waiting.length >= MOST) this.#flush();
    // One after the other: each answer brings the token that the next one goes out with.
    else if (this.alone) void this.sent.then(() => setTimeout(() => this.#flush(), PAUSE_MS));
  }

  /** Keeps the session's token, and sends the events it has already. */
  keep(value: string, events: object[]): void {
    keepToken(value);
    this.#send(events, true);
  }

  /** Sends a beacon. It outlives the page; the answer is not waited for. `applied`: the token has the events already. */
  #send(events: object[], applied?: true): void {
    // All that leaves the page is what the engine reads or adds, nothing else a shop may have put there.
    const body = JSON.stringify({ events, applied }, SENT.split(" "));
    const request = { method: "POST", body, keepalive: true, headers: { "content-type": "application/json" } };
    this.sent = fetch(`${this.base}/events`, request).then(() => {
      // The answer brings a token; the visitor may have said no meanwhile.
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
