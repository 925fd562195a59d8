// The engine in the page. One visit, one object; the Wasm decides, this file carries: cookies,
// beacons, the manifest. Whatever fails is reported and leaves the shop's own page as it is.

import init, { Engine, fetchModel } from "./engine.js";
import { consentState, dropToken, keepConsent, keepToken, token } from "./memory.js";
import {
  type Decision,
  type EventName,
  type EventParams,
  type Explanation,
  type Intent,
  type LoadOptions,
  type Slotwise,
  SlotwiseError,
  type TrackOptions,
} from "./types.js";

export * from "./types.js";

class Visit implements Slotwise {
  #engine: Engine | undefined;
  #snapshot: string | undefined;
  #problem: string | null = null;
  #applyMicros = 0;
  #listeners = { change: new Set<() => void>(), problem: new Set<() => void>() };
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    try {
      const at = this.#options.wasm ?? new URL("engine_bg.wasm", import.meta.url);
      await init({ module_or_path: at });
      this.#begin();
    } catch (cause) {
      this.#report("engine", cause);
      return;
    }
    await this.sync();
  }

  async sync(): Promise<void> {
    if (!this.#engine) return;
    try {
      const { publicKey } = this.#options;
      const model = await fetchModel(new URL(this.#base, location.href).href, publicKey, this.#snapshot);
      if (model) {
        this.#engine.adopt(model);
        this.#snapshot = (this.#engine.explain() as Explanation).snapshot?.id;
      }
      this.#problem = null;
      this.#tell("change");
    } catch (cause) {
      this.#report("sync", cause);
    }
  }

  track(name: EventName, params: EventParams = {}, options: TrackOptions = {}): void {
    const engine = this.#engine;
    if (!engine) return;
    try {
      const event = { name, params, event_id: crypto.randomUUID() };
      const tracked = engine.track(event, Date.now()) as { event: object; token: string } | null;
      if (tracked && this.#allowed) {
        keepToken(tracked.token);
        this.#send(tracked.event);
      }
    } catch (cause) {
      this.#report("event", cause);
      return;
    }
    if (options.apply ?? true) this.apply();
    else this.#tell("change");
  }

  intent(): Intent | null {
    return (this.#engine?.intent() as Intent | null | undefined) ?? null;
  }

  decide(slot?: string, itemId?: string): Decision[] {
    return (this.#engine?.decide(slot, itemId) as Decision[] | undefined) ?? [];
  }

  apply(root: ParentNode = document): Decision[] {
    if (!this.#engine) return [];
    try {
      const before = performance.now();
      const decisions = this.#engine.apply(root) as Decision[];
      this.#applyMicros = Math.round((performance.now() - before) * 1000);
      this.#tell("change");
      return decisions;
    } catch (cause) {
      this.#report("page", cause);
      return [];
    }
  }

  explain(): Explanation {
    const nothing = { session: { events: [], token_bytes: 0, source: "direct", device: "desktop" } };
    const known = this.#engine?.explain() as Explanation | undefined;
    const rounds = 20;
    const before = performance.now();
    for (let round = 0; round < rounds; round++) this.decide();
    const decide = Math.round(((performance.now() - before) * 1000) / rounds);
    return {
      ...(known ?? { ...nothing, intent: null, decisions: [], snapshot: null }),
      micros: { decide, apply: this.#applyMicros },
      consent: consentState(),
      page: servedBy(),
      problem: this.#problem,
    };
  }

  consent(state: "granted" | "denied"): void {
    keepConsent(state);
    if (state === "denied") this.#engine?.forget();
    this.#tell("change");
  }

  forget(): void {
    dropToken();
    this.#engine?.forget();
    this.#tell("change");
  }

  on(kind: "change" | "problem", listener: () => void): () => void {
    this.#listeners[kind].add(listener);
    return () => this.#listeners[kind].delete(listener);
  }

  get #base(): string {
    return this.#options.base ?? "/_slotwise";
  }

  get #allowed(): boolean {
    const said = consentState();
    return said === "granted" || (said === "unknown" && this.#options.consent === "implied");
  }

  #begin(): void {
    const kept = this.#allowed ? token() : undefined;
    const now = new Date();
    const offset = -now.getTimezoneOffset();
    this.#engine = new Engine(kept, now.getTime(), offset, navigator.userAgent, document.referrer, location.href);
  }

  /** `keepalive` outlives the page; the answer is not waited for. */
  #send(event: object): void {
    const body = JSON.stringify({ events: [event], applied: true });
    const request = { method: "POST", body, keepalive: true, headers: { "content-type": "application/json" } };
    fetch(`${this.#base}/events`, request).catch((cause) => this.#report("event", cause));
  }

  #report(code: SlotwiseError["code"], cause: unknown): void {
    this.#problem = new SlotwiseError(code, cause).message;
    this.#tell("problem");
    this.#tell("change");
  }

  #tell(kind: "change" | "problem"): void {
    for (const listener of this.#listeners[kind]) listener();
  }
}

function servedBy(): string {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return page?.serverTiming.find((timing) => timing.name === "slotwise")?.description || "origin";
}

/**
 * Loads the engine and the newest snapshot. Never rejects: without either, every slot keeps the shop's
 * own content, and `explain().problem` says why.
 *
 * @example
 * const slotwise = await load({ publicKey: "…" });
 * slotwise.track("view_item", { items: [{ item_id: "1004856", item_category: "electronics.smartphone" }] });
 */
export async function load(options: LoadOptions): Promise<Slotwise> {
  const visit = new Visit(options);
  await visit.start();
  return visit;
}
