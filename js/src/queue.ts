// The event queue: sends events in order, and again until somebody has taken them.
//
// The engine adds events to the session's token and links them before they are sent. Without an engine they are sent as
// they are, and the edge does the same. A beacon that nobody takes goes back to where its events came from, so that an engine
// that loads in the meantime still finds the ones that it has not linked. An event keeps its id whenever it is sent, by which
// the origin drops repetitions.
//
// At most one beacon is on its way: each answer returns the token that the next one carries. Only a page that is being left
// cannot wait.

import { SENT } from "./contract.js";
import { allows, consentState, dropToken, HOW, keepToken, keepUnsent, NOTED, note, noteFound, size, token, unsent } from "./memory.js";
import { MAX_BYTES, Net, post } from "./transport.js";
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

/** Events that are sent together. */
interface Beacon {
  events: object[];
  /** Whether the token already contains them. */
  applied: true | undefined;
}

/** Number of waiting events after which they are sent: a beacon has at most 64 kB. */
const MOST = 50;

/** Number of undelivered events that are kept; beyond it the oldest are dropped. Also the most that the edge takes at once. */
const MAX_KEPT = 200;

/**
 * How long events are collected, in milliseconds: pages report several at a time. Without an engine also because a page that
 * is being left aborts the loading of the engine, and sends more events a moment later.
 */
const PAUSE_MS = 200;

/** First and longest pause after a failure, in milliseconds. Each is twice the one before. */
const RETRY_MS = { first: 1000, longest: 60_000 };

/** All that leaves the page is what the engine reads or adds, nothing else a shop may have put there. */
const FIELDS = SENT.split(" ");

/** Whether the page is being rendered for a visitor who may never go there: then nothing is stored or sent. */
export const isPrerendered = (): boolean => (document as { prerendering?: boolean }).prerendering === true;

export class Queue {
  /** Events that are not in the token yet, oldest first. */
  readonly waiting: Waiting[] = [];
  /** The last beacon. Resolves once it was answered or has failed. */
  sent: Promise<unknown> = Promise.resolve();
  /** Whether no engine will load. */
  alone = false;
  /** Whether the page is or may be a preview, in which nothing is sent. */
  quiet = false;
  /** Whether this page has seen a token that was stored. */
  kept = false;
  /** Events that are in the token and not sent yet, oldest first. */
  readonly #linked: object[] = [];
  /** Beacons without an answer. */
  readonly #flying = new Set<Beacon>();
  /** Failures since a beacon was last taken. */
  #failures = 0;
  /** Runs until the next beacon may be tried. */
  #retry: number | undefined;
  /**
   * Beacons that hold up no other: the page has come back from the back/forward cache since they went out. Firefox tells such a
   * page nothing of its requests until they time out.
   */
  #old: ReadonlySet<Beacon> = new Set();
  #left = false;
  /** Runs while events are collected. */
  #collecting: number | undefined;
  readonly #net = new Net();
  readonly #base: string;
  readonly #implied: boolean;
  readonly #report: (cause: unknown) => void;

  constructor(base: string, implied: boolean, report: (cause: unknown) => void) {
    this.#base = base;
    this.#implied = implied;
    this.#report = report;
    noteFound();
    this.kept = token() !== undefined;
    if (!isPrerendered()) this.restore();
    // Listens on the window, so that events which the page tracks at its end go out with the rest: each beacon returns a
    // token.
    addEventListener("visibilitychange", () => this.#leave(document.visibilityState === "hidden"));
    // A page that is already hidden does not become hidden when it is left.
    addEventListener("pagehide", () => this.#leave(document.visibilityState === "hidden"));
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) this.#old = new Set(this.#flying);
    });
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

  /** Whether consent allows to keep the visit. */
  get allowed(): boolean {
    return allows(this.#implied);
  }

  /** Whether consent allows to send and count its events as well. */
  get counts(): boolean {
    return this.allowed && consentState() !== "session";
  }

  /** The session's token, if it may be stored. */
  get token(): string | undefined {
    return this.allowed ? token() : undefined;
  }

  add(name: EventName, params: EventParams): void {
    try {
      JSON.stringify(params, FIELDS);
    } catch (cause) {
      // It could never be sent, and would hold up the events behind it.
      this.#report(cause);
      return;
    }
    this.waiting.push({ name, params, event_id: newId(), time_ms: Date.now(), allowed: this.counts });
    // Before the visitor has come there is nobody to send them to.
    if (this.waiting.length > MAX_KEPT) this.waiting.shift();
  }

  /** Sends waiting events, unless the engine is going to. */
  settle(): void {
    if (this.waiting.length === 0) return;
    if (this.#left || this.waiting.length >= MOST) this.#send();
    // One after the other: each answer returns the token that the next beacon carries.
    else if (this.alone) void this.sent.then(() => setTimeout(() => this.#send(), PAUSE_MS));
    this.#guard();
  }

  /** Stores the session's token, and sends the events that it already contains. */
  keep(value: string, events: object[]): void {
    keepToken(value);
    // Where cookies are blocked it is not there.
    this.kept = token() !== undefined;
    if (this.counts) this.#linked.push(...events);
    if (this.#left || this.#linked.length >= MOST) this.#send();
    else this.#collecting ??= window.setTimeout(() => this.#send(), PAUSE_MS);
    this.#guard();
  }

  /** Drops all events, also those that come back undelivered. */
  forget(): void {
    this.waiting.length = 0;
    this.#linked.length = 0;
    this.#flying.clear();
    this.kept = false;
    keepUnsent(undefined);
    this.#guard();
  }

  /** Sends the next beacon, unless one is on its way or a failure is recent. A page that is left sends all. */
  #send(): void {
    clearTimeout(this.#collecting);
    this.#collecting = undefined;
    const busy = !this.#left && [...this.#flying].some((beacon) => !this.#old.has(beacon));
    if (this.quiet || !this.counts || this.#retry !== undefined || busy) return;
    do {
      const beacon = this.#next();
      if (!beacon) break;
      this.sent = this.#post(beacon);
    } while (this.#left);
    this.#guard();
  }

  /**
   * Has the browser send what is not on its way, should the page end unheard. What a page that is left cannot send, and what
   * nobody takes, is in the tab's storage instead.
   */
  #guard(): void {
    const free = !this.quiet && !this.#left && this.counts && this.#failures === 0;
    const waiting = free ? this.waiting.filter((event) => event.allowed) : [];
    const beacons = [{ events: free ? this.#linked : [], applied: true }, { events: waiting }];
    this.#net.lay(`${this.base}/events`, () =>
      beacons.filter(({ events }) => events.length > 0).map((beacon) => JSON.stringify(beacon, FIELDS)),
    );
  }

  /** Takes the next beacon's events out of the queue. */
  #next(): Beacon | undefined {
    const applied = this.#linked.length > 0 || undefined;
    if (applied) return { events: cut(this.#linked), applied };
    // Not even a page that is being left sends two of these at a time: the later answer would return a token without the
    // events of the other beacon.
    const free = [...this.#flying].every((beacon) => beacon.applied);
    const due = this.#left || this.alone || this.waiting.length >= MOST;
    const found = free && due ? this.waiting.splice(0).filter((event) => event.allowed) : [];
    const events = cut(found);
    this.waiting.unshift(...found);
    return events.length > 0 ? { events, applied } : undefined;
  }

  /** Posts a beacon, which outlives the page. */
  async #post(beacon: Beacon): Promise<void> {
    const body = JSON.stringify(beacon, FIELDS);
    this.#flying.add(beacon);
    const before = token();
    const names = (beacon.events as { name: string }[]).map(({ name }) => name);
    note(NOTED.beacon, size(body), HOW.here, names.join(" "));
    let pause = 0;
    let problem: unknown;
    try {
      const response = await post(`${this.base}/events`, body, this.#left);
      const { ok, status, headers } = response ?? new Response(null, { status: 202 });
      if (!ok) problem = new Error(`status ${status}, expected 202`);
      // Any other refusal would be the same next time.
      if (status === 429 || status >= 500) pause = Number(headers.get("retry-after")) * 1000 || RETRY_MS.first;
    } catch (cause) {
      problem = cause;
      pause = RETRY_MS.first;
      // A browser that leaves the page fails its requests just before it says so, but the beacon travels on. A task later
      // that page is gone, or it was another failure.
      await new Promise((resolve) => setTimeout(resolve));
    }
    // The answer returns a token. The visitor may have refused consent in the meantime.
    const after = token();
    if (after !== undefined && after !== before) note(NOTED.visit, after.length, HOW.answer);
    this.kept ||= after !== undefined;
    if (!this.allowed) dropToken();
    if (problem !== undefined) this.#report(problem);
    // Events that were forgotten while they were on their way do not come back.
    const known = this.#flying.delete(beacon);
    if (pause === 0) this.#failures = 0;
    else if (known) this.#putBack(beacon, pause);
    this.#continue();
    if (known) this.#store();
  }

  #continue(): void {
    if (this.#linked.length > 0) this.#send();
    else this.settle();
  }

  /** Puts undelivered events back, and tries again after at least `pause` milliseconds. */
  #putBack({ events, applied }: Beacon, pause: number): void {
    if (applied) this.#linked.unshift(...events);
    else this.waiting.unshift(...(events as Waiting[]));
    this.#again(pause);
    const over = this.#linked.length + this.waiting.length - MAX_KEPT;
    if (over <= 0) return;
    this.waiting.splice(0, over - this.#linked.splice(0, over).length);
    this.#report(new Error(`${over} events were dropped, since nobody takes them`));
  }

  /** Tries again after a pause that doubles with each failure, and differs from page to page. */
  #again(pause: number): void {
    const grown = Math.min(RETRY_MS.first * 2 ** this.#failures++, RETRY_MS.longest);
    clearTimeout(this.#retry);
    this.#retry = window.setTimeout(
      () => {
        this.#retry = undefined;
        this.#continue();
      },
      Math.max(pause, grown) * (1 + Math.random() / 2),
    );
  }

  /** Stores the events for the tab's next page, if they cannot be delivered or the page is left before their turn. */
  #store(): void {
    if (this.quiet) return;
    const failing = this.#failures > 0;
    const waiting = this.waiting.filter((event) => event.allowed);
    const needed = this.counts && (failing || (this.#left && waiting.length > 0));
    const beacons = [...(failing ? this.#flying : []), { events: this.#linked, applied: true as const }, { events: waiting }];
    keepUnsent(needed ? JSON.stringify({ events: beacons }, FIELDS) : undefined);
  }

  /** Takes over what an earlier page could not deliver. */
  restore(): void {
    const stored = this.counts ? unsent() : undefined;
    keepUnsent(stored);
    if (stored === undefined) return;
    try {
      for (const { events, applied } of JSON.parse(stored).events as Beacon[]) {
        if (applied) this.#linked.push(...events);
        else this.waiting.push(...(events as Waiting[]).map((event) => ({ ...event, allowed: true })));
      }
    } catch {
      // Not ours.
      keepUnsent(undefined);
    }
    // There was a failure, or else nothing would be stored.
    this.#again(0);
  }

  #leave(left: boolean): void {
    if (isPrerendered()) return;
    this.#left = left;
    if (!left) return;
    // This may be the last chance.
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#send();
    this.#guard();
    this.#store();
  }
}

/** Takes as many events from the front of a list as fit into a beacon; at least one. */
function cut<T extends object>(list: T[]): T[] {
  let count = Math.min(list.length, MAX_KEPT);
  while (count > 1 && size(JSON.stringify(list.slice(0, count), FIELDS)) > MAX_BYTES) count >>= 1;
  return list.splice(0, count);
}

/** A random id. `randomUUID` is available only on pages served over https or from localhost. */
const newId = (): string =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
