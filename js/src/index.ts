// The engine in the page. One visit, one object; the Wasm decides, this file carries: cookies,
// beacons, the manifest. Whatever fails is reported and leaves the shop's own page as it is.

import init, { checkPreview, Engine, fetchModel } from "./engine.js";
import { Exposures } from "./exposures.js";
import { consentState, dropToken, keepConsent, keepToken, token } from "./memory.js";
import {
  type Decision,
  type EventName,
  type EventParams,
  type Explanation,
  type Exposure,
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
  #preview = false;
  readonly #exposures: Exposures;
  #listeners = { change: new Set<() => void>(), problem: new Set<() => void>() };
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
    const report = (exposure: Exposure): void => this.track("slot_exposure", { exposure }, { apply: false });
    this.#exposures = new Exposures(report);
  }

  async start(): Promise<void> {
    try {
      const at = this.#options.wasm ?? new URL("engine_bg.wasm", import.meta.url);
      await init({ module_or_path: at });
      this.#begin();
      await this.#force();
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
        this.#snapshot = (this.#engine.explain(Date.now()) as Explanation).snapshot?.id;
      }
      this.#problem = null;
      this.#watch();
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

  decide(slot?: string, itemId?: string, keys: string[] = []): Decision[] {
    return (this.#engine?.decide(slot, itemId, keys, Date.now()) as Decision[] | undefined) ?? [];
  }

  rank(ids: string[]): Map<string, number> {
    const relevance = this.#engine?.rank(ids) ?? [];
    return new Map(ids.map((id, at) => [id, relevance[at] ?? 0]));
  }

  soldOut(ids: string[]): void {
    this.#engine?.soldOut(ids);
  }

  apply(root: ParentNode = document, dry = false): Decision[] {
    if (!this.#engine) return [];
    try {
      const before = performance.now();
      const decisions = this.#engine.apply(root, dry, Date.now()) as Decision[];
      if (dry) return decisions;
      this.#applyMicros = Math.round((performance.now() - before) * 1000);
      this.#watch();
      this.#tell("change");
      return decisions;
    } catch (cause) {
      this.#report("page", cause);
      return [];
    }
  }

  explain(): Explanation {
    const nothing = { session: { events: [], token_bytes: 0, source: "direct", device: "desktop", held_out: false } };
    const known = this.#engine?.explain(Date.now()) as Explanation | undefined;
    const rounds = 20;
    const before = performance.now();
    for (let round = 0; round < rounds; round++) this.decide();
    const decide = Math.round(((performance.now() - before) * 1000) / rounds);
    return {
      ...(known ?? { ...nothing, intent: null, decisions: [], snapshot: null }),
      micros: { decide, apply: this.#applyMicros },
      preview: this.#preview,
      seen: this.#exposures.count,
      consent: consentState(),
      page: servedBy(),
      problem: this.#problem,
    };
  }

  consent(state: "granted" | "denied"): void {
    keepConsent(state);
    if (state === "denied") this.#engine?.forget(Date.now());
    this.#tell("change");
  }

  forget(): void {
    dropToken();
    this.#engine?.forget(Date.now());
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
    // What is done in a preview is nobody's visit.
    if (this.#preview) return false;
    return said === "granted" || (said === "unknown" && this.#options.consent === "implied");
  }

  #begin(): void {
    const kept = this.#allowed ? token() : undefined;
    const now = new Date();
    const offset = -now.getTimezoneOffset();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.#engine = new Engine(kept, now.getTime(), offset, navigator.userAgent, document.referrer, location.href, timeZone ?? "");
  }

  /** Decides as a preview link says, if the page came by one that was signed by the shop. */
  async #force(): Promise<void> {
    const link = new URLSearchParams(location.search).get("slotwise_preview");
    const forced = link && (await checkPreview(link, this.#options.publicKey, Date.now()));
    if (!forced) return;
    this.#engine?.force(forced);
    this.#preview = true;
  }

  /** Slots nobody has decided yet show the shop's own content; what that counts as, the engine knows. */
  #watch(): void {
    if (this.#preview) return;
    this.#engine?.mark(document, Date.now());
    this.#exposures.watch(document, this.#engine?.seenInPage() ?? false);
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
