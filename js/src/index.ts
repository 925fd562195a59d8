// The eager script: everything that a page needs at once. That is the visitor's consent, the exposures of what the edge has
// personalised, and a queue of events. The engine loads when the browser is idle, or when something needs it.
//
// Every shopper loads this file before anything else, so it stays small: no engine, no decisions, no DOM changes. Calls that
// need the engine return an empty answer and start loading it.
//
// Invariant: nothing here throws into the shop's code. A failure is reported and leaves the shop's own page unchanged.

import { BASE, PREVIEW } from "./contract.js";
import { Exposures } from "./exposures.js";
import { Follow } from "./follow.js";
import { consentState, dropFiles, dropToken, keepConsent, NOTED, note, notes, readConsentFrom, token } from "./memory.js";
import type { Page } from "./page.js";
import { isPrerendered, Queue } from "./queue.js";
import {
  type Consent,
  type Decision,
  type EventName,
  type EventParams,
  type Explanation,
  type Intent,
  type LedgerEntry,
  type LoadOptions,
  type Ready,
  type Slotwise,
  SlotwiseError,
  type TrackOptions,
} from "./types.js";

export type * from "./decide.js";
export * from "./types.js";

/** Longest wait for the manifest, in milliseconds. */
const DEADLINE_MS = 5000;
/** Longest wait for an idle moment after the page has loaded, in milliseconds. */
const IDLE_MS = 3000;
/** Words of crawlers that run scripts. The edge knows them all; this only confirms what it says. */
const CRAWLER = /bot|crawl|spider|preview|headless|lighthouse|http|monitor|google/i;

/** The visit on this page. The public documentation of its methods is at `Slotwise` in types.ts. */
class Visit implements Slotwise {
  problem: string | null = null;
  readonly page = edgeSays("slotwise") || "origin";
  readonly ready: Promise<Ready>;
  /** Resolves `ready`. */
  #settled = (_: Ready): void => {};
  /** The part that has the engine; undefined until it has loaded, and again after the engine has failed. */
  #page: Page | undefined;
  /** The one attempt to load the engine. It is not repeated: what failed once on a page fails again. */
  #starting: Promise<void> | undefined;
  /** What keeps the engine from deciding. */
  #failure: SlotwiseError | undefined;
  /** Whether the visitor has done something that the slots do not show yet. */
  #behind = false;
  /** Whether the edge decided this page before it was sent. */
  readonly #atEdge = this.page.startsWith("edge ");
  /** What is to be changed once the model has loaded: all of a page that no edge has decided. */
  readonly #roots = new Set<ParentNode>(this.#atEdge ? [] : [document]);
  #soldOut: string[] = [];
  readonly #queue: Queue;
  readonly #exposures: Exposures;
  readonly #follower = new Follow((slots) => this.#ask((page) => page.apply(document, false, slots), []));
  readonly #listeners = { change: new Set<() => void>(), problem: new Set<() => void>() };
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#settled = resolve;
    });
    const { timeout } = options;
    if (timeout !== undefined) setTimeout(() => this.#settle(new Error(`not ready within ${timeout} ms`)), timeout);
    const { consent } = options;
    const mode = typeof consent === "object" ? consent.otherwise : consent;
    if (typeof consent === "object") readConsentFrom(consent);
    this.#queue = new Queue(options.base ?? BASE, mode === "implied", (cause) => this.#report("event", cause));
    this.#exposures = new Exposures((exposure) => this.track("slot_exposure", { exposure }, { apply: false }));
    // Nothing on a preview counts. Only the full engine can tell whether the link is valid. Nor does a crawler count, or a page that is
    // switched off. A cache may hand the page of a crawler to visitors, so the crawler must look like one here too.
    const isPassive = this.page === "edge off" || (this.page === "edge crawler" && CRAWLER.test(navigator.userAgent));
    this.#queue.quiet = isPassive || new URLSearchParams(location.search).has(PREVIEW);
    if (!this.#queue.quiet) this.#exposures.watch(false);
    // A page that comes back from the back/forward cache fires `pageshow`; another tab or window may have had the focus.
    for (const kind of ["pageshow", "visibilitychange", "focus"]) addEventListener(kind, () => this.#reread());
    if (isPrerendered()) document.addEventListener("prerenderingchange", () => this.#arrive(), { once: true });
    // A visit in progress whose page nobody has personalised yet needs the engine now. Otherwise it can wait: the edge has
    // done its work, or there is nothing to personalise with.
    const personalised = this.#atEdge && !/(default|crawler)$/.test(this.page);
    // What search engines index is what the shop wrote.
    if (isPassive) this.#starting = Promise.resolve(this.#settle(new Error(this.page)));
    if (!personalised && this.#queue.allowed && token()) void this.#start();
    else whenIdle(() => this.#start());
  }

  get snapshot(): string | null {
    return this.#page?.snapshot ?? null;
  }

  get seen(): number {
    return this.#exposures.count;
  }

  get answer(): Consent {
    return consentState();
  }

  track(name: EventName, params: EventParams = {}, { apply = true }: TrackOptions = {}): void {
    this.#queue.add(name, params);
    this.#drain();
    if (apply) this.#follow();
    this.#notify("change");
  }

  intent(): Intent | null {
    return this.#ask((page) => page.intent(), null);
  }

  decide(slot?: string, itemId?: string, keys?: string[], about?: string): Decision[] {
    return this.#ask((page) => page.decide(slot, itemId, keys, about), []);
  }

  rank(ids: string[]): Map<string, number> {
    const relevance = this.#ask((page) => page.rank(ids), []);
    return new Map(ids.map((id, at) => [id, relevance[at] ?? 0]));
  }

  soldOut(ids: string[]): void {
    this.#soldOut = ids;
    this.#page?.soldOut(ids);
  }

  apply(root: ParentNode = document, dry = false): Decision[] {
    if (!dry && !this.snapshot) this.#roots.add(root);
    const decisions = this.#ask((page) => page.apply(root, dry), []);
    if (!dry) this.#notify("change");
    return decisions;
  }

  async explain(): Promise<Explanation> {
    await this.#start();
    const { explain } = await import("./explain.js");
    return explain(this, this.#page, this.#options.wasm);
  }

  async ledger(): Promise<LedgerEntry[]> {
    const { ledger } = await import("./ledger.js");
    return ledger(notes, this.#queue.base, this.#options.wasm);
  }

  consent(state: "granted" | "session" | "denied"): void {
    keepConsent(state);
    if (state === "denied") this.forget();
    else this.#notify("change");
  }

  forget(): void {
    dropToken();
    dropFiles();
    this.#queue.forget();
    // The answer to a beacon in flight would restore the token.
    void this.#queue.sent.then(() => this.#page || dropToken());
    this.#page?.forget();
    this.#notify("change");
  }

  async sync(): Promise<void> {
    if (!this.#page) return this.#start();
    try {
      await this.#page.sync();
      this.problem = null;
      this.#failure = undefined;
    } catch (cause) {
      this.#report("sync", cause);
      return;
    }
    if (this.#roots.size === 0) this.#ask((page) => page.mark(), undefined);
    for (const root of this.#roots) this.apply(root);
    this.#roots.clear();
    if (this.#behind) this.#follow();
    this.#notify("change");
  }

  on(kind: "change" | "problem", listener: () => void): () => void {
    this.#listeners[kind].add(listener);
    return () => this.#listeners[kind].delete(listener);
  }

  /** Loads the engine, once. */
  #start(): Promise<void> {
    this.#starting ??= this.#load().then(() => this.#settle(this.#failure));
    return this.#starting;
  }

  #settle(error: unknown): void {
    const source = this.#atEdge ? "edge" : fetchedFrom(this.#page?.root);
    if (error === undefined) this.#settled({ ok: true, source });
    else this.#settled({ ok: false, source, error: error instanceof SlotwiseError ? error : new SlotwiseError("sync", error) });
  }

  /**
   * Brings the page's slots up to date after an event. A page from the edge stays as it is until the visitor acts: what a
   * page reports when it opens is no reason to change it under the visitor's eyes.
   */
  #follow(): void {
    if (this.#atEdge && navigator.userActivation?.hasBeenActive === false) return;
    this.#behind = !this.snapshot && this.#roots.size === 0;
    if (this.snapshot) this.#follower.begin();
    else void this.#start();
  }

  /** Continues with the visit as another tab, or another page since this one was left, has stored it. */
  #reread(): void {
    const page = this.#page;
    const { token, kept, quiet, allowed } = this.#queue;
    if (!page || quiet || isPrerendered() || token === page.visit.token || (token === undefined && !kept)) return;
    if (token !== undefined) page.resume(token);
    else if (allowed) page.forget();
    else this.forget();
    this.#queue.kept = token !== undefined;
    this.#follow();
    this.#notify("change");
  }

  /** The visitor has come to the page, which was rendered before. */
  #arrive(): void {
    this.#queue.restore();
    this.#reread();
    this.#drain();
  }

  async #load(): Promise<void> {
    try {
      // What was allowed on an earlier page may not be any more.
      if (!this.#queue.allowed) dropFiles();
      // The manifest arrives with the script that reads it.
      const early = fetch(`${this.#queue.base}/manifest`, { signal: AbortSignal.timeout?.(DEADLINE_MS) ?? null });
      early.catch(() => {});
      const { open } = await import("./page.js");
      const exposures = this.#exposures;
      this.#page = await open({
        options: this.#options,
        queue: this.#queue,
        early,
        idle,
        told: edgeSays("slotwise-snapshot"),
        stored: (bytes) => note(NOTED.files, bytes),
        asked: (bytes) => note(NOTED.question, bytes),
        apply: (root) => this.apply(root),
        grown: () => {
          this.#follow();
          this.#notify("change");
        },
        behind: (slots) => this.#follower.watch(slots),
        watch: (atOnce) => exposures.watch(atOnce),
        seen: (exposure) => exposures.add(exposure),
      });
      this.#page.soldOut(this.#soldOut);
    } catch (cause) {
      this.#lose(cause);
    }
    this.#drain();
    if (this.#page) await this.sync();
  }

  /** Passes waiting events to the engine, or sends them as they are. */
  #drain(): void {
    if (isPrerendered()) return;
    const { waiting } = this.#queue;
    while (this.#page && waiting.length > 0) {
      const [first] = waiting;
      this.#ask((page) => page.track(waiting), undefined);
      // An event that the engine cannot read is still at the front of the queue. It is dropped.
      if (this.#page && waiting[0] === first) waiting.shift();
    }
    this.#queue.settle();
  }

  /** Asks the page part, or returns `nothing` if there is none yet or it fails. */
  #ask<T>(question: (page: Page) => T, nothing: T): T {
    if (!this.#page) {
      void this.#start();
      return nothing;
    }
    try {
      return question(this.#page);
    } catch (cause) {
      // After a trap or a stack overflow, nothing in the Wasm's memory can be trusted. Other errors come from the page.
      if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) this.#lose(cause);
      else this.#report("page", cause);
      return nothing;
    }
  }

  /** Continues without the engine. */
  #lose(cause: unknown): void {
    this.#page = undefined;
    this.#queue.alone = true;
    this.#report("engine", cause);
  }

  /** Publishes a problem to the shop's listeners. */
  #report(code: SlotwiseError["code"], cause: unknown): void {
    const error = new SlotwiseError(code, cause);
    if (code === "engine" || code === "sync") this.#failure = error;
    this.problem = error.message;
    this.#notify("problem");
    this.#notify("change");
  }

  /** Calls the listeners. An error of one must not keep the others from running. */
  #notify(kind: "change" | "problem"): void {
    for (const listener of this.#listeners[kind]) {
      try {
        listener();
      } catch (cause) {
        // An error in the shop's own code belongs into the browser's error report, not into `problem`.
        reportError(cause);
      }
    }
  }
}

/** What the edge's Server-Timing header says of a page: the one thing a page can read about its own response. */
function edgeSays(name: string): string {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return page?.serverTiming?.find((timing) => timing.name === name)?.description ?? "";
}

/**
 * Where a snapshot came from, by the name of its root. A file from the browser's cache took no bytes from the network; one from
 * Cache Storage was not fetched. Of another site's files a browser tells neither bytes nor times.
 */
function fetchedFrom(root: string | undefined): Ready["source"] {
  if (!root) return "none";
  const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const file = files.findLast(({ name }) => name.endsWith(root));
  return !file || (file.transferSize === 0 && file.responseStart > 0) ? "cache" : "network";
}

/** Calls back when the browser is idle, or after so many milliseconds. */
function idle(act: () => void, ms: number): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: ms });
  else setTimeout(act, ms / 10);
}

/** Calls back once the page has loaded and the browser is idle. */
function whenIdle(act: () => void): void {
  const wait = (): void => idle(act, IDLE_MS);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { once: true });
}

/**
 * Starts Slotwise on this page. Resolves at once and never rejects. The slots are filled as soon as the engine has loaded,
 * unless the edge has filled them already. Until then, and if the engine never loads, every slot keeps the content from
 * the shop or the edge, and `ready` and `problem` say why.
 *
 * @example
 * const slotwise = await load({ publicKey: "…" });
 * slotwise.track("view_item", { items: [{ item_id: "1004856", item_category: "electronics.smartphone" }] });
 */
export async function load(options: LoadOptions): Promise<Slotwise> {
  return new Visit(options);
}
