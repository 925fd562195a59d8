// The engine in the page: one visit, decided and shown. It comes after the eager script, which hands it the events
// that waited for it.
//
// Each snapshot gets an instance of its own: whatever goes wrong while one is taken in, the one before it is untouched.

import { PREVIEW } from "./contract.js";
import { change, mark, type Slot, say, slots } from "./dom.js";
import { PageEngine, type Place, type Visit } from "./engine.js";
import type { Queue, Waiting } from "./queue.js";
import { http, newer, preview, snapshot } from "./sync.js";
import type { Decision, Intent, LoadOptions } from "./types.js";

/** What the eager script lends. */
interface Lent {
  options: LoadOptions;
  queue: Queue;
  /** Watches the page's slots; `atOnce`: all of them are seen. */
  watch: (atOnce: boolean) => void;
}

export class Page {
  snapshot: string | null = null;
  /** How long the last change of the page took. */
  applyMicros = 0;
  /** What a preview link forces. */
  forced: Uint8Array | undefined;
  sold: string[] = [];
  readonly #lent: Lent;
  readonly #module: WebAssembly.Module;
  readonly #visit: Visit;
  #engine: PageEngine;
  /** The first snapshot is on its way while the engine is. */
  #first: ReturnType<typeof newer> | undefined;

  constructor(lent: Lent, module: WebAssembly.Module, first: ReturnType<typeof newer>, forced: Uint8Array | undefined, zone: string) {
    this.#lent = lent;
    this.#module = module;
    this.#first = first;
    const offset = -new Date().getTimezoneOffset();
    const { userAgent: agent } = navigator;
    this.#visit = { token: lent.queue.token, agent, referrer: document.referrer, url: location.href, zone, offset };
    this.#engine = this.#begin(this.#visit);
    if (forced && this.#engine.force(forced, Date.now())) this.forced = forced;
    lent.queue.quiet = this.forced !== undefined;
  }

  /** The visit as it stands. */
  get visit(): Visit {
    return { ...this.#visit, token: this.#engine.token() };
  }

  /** Where the engine's file is. */
  get wasm(): URL {
    return engineUrl(this.#lent.options);
  }

  /** The snapshot's bytes, fetched again by their immutable address: no second copy is kept in memory meanwhile. */
  bytes(): Promise<Uint8Array> {
    return snapshot(http(this.#lent.queue.base), this.snapshot ?? "");
  }

  /** The slots of the page. */
  places(): Place[] {
    return slots(document);
  }

  /** Fetches the newest snapshot and goes on with it, if it is not the present one. */
  async sync(): Promise<void> {
    const first = this.#first;
    this.#first = undefined;
    const found = await (first ?? newer(http(this.#lent.queue.base), this.#lent.options.publicKey, this.snapshot));
    if (!found) return;
    const [id, bytes] = found;
    const engine = this.#begin(this.visit);
    if (!engine.adopt(bytes, id)) throw new Error(`snapshot ${id} is of another version of slotwise; train and publish with this one`);
    if (this.forced) engine.force(this.forced, Date.now());
    engine.soldOut(this.sold);
    this.#engine = engine;
    this.snapshot = id;
    await pause();
  }

  /** Puts waiting events into the session, in order, and sends them as one beacon. Takes them off the list. */
  track(waiting: Waiting[]): void {
    const { queue } = this.#lent;
    const sent: object[] = [];
    const counts = !queue.quiet && queue.allowed;
    let latest = "";
    try {
      for (let event = waiting[0]; event; event = waiting[0]) {
        const { name, params, event_id, time_ms, allowed } = event;
        const tracked = this.#engine.track(name, params, time_ms);
        // Only now: an event the engine falls over is sent without it.
        waiting.shift();
        if (!tracked || !allowed || !counts) continue;
        latest = tracked.token;
        sent.push({ ...tracked.event, event_id });
      }
    } finally {
      if (latest) queue.keep(latest, sent);
    }
  }

  intent(): Intent | null {
    return this.snapshot ? this.#engine.intent() : null;
  }

  decide(slot?: string, anchor?: string, keys: string[] = []): Decision[] {
    if (!this.snapshot) return [];
    if (slot === undefined) return this.#engine.decideAll(Date.now());
    return known(this.#engine.decide([{ name: slot, anchor, keys, personalised: false }], Date.now()));
  }

  rank(ids: string[]): number[] {
    return this.snapshot ? this.#engine.rank(ids) : [];
  }

  soldOut(ids: string[]): void {
    this.sold = ids;
    this.#engine.soldOut(ids);
  }

  /** Decides the slots below a root as one page and, unless `dry`, changes the page where a decision says so. */
  apply(root: ParentNode, dry: boolean): Decision[] {
    if (!this.snapshot) return [];
    const before = performance.now();
    const engine = this.#engine;
    const found = slots(root);
    const decided = this.#decided(found);
    if (!dry) {
      const texts = new Map<string, string>();
      for (const [slot, decision] of decided) {
        const changed = change(
          slot,
          decision,
          (ids, fields) => engine.cards(ids, fields),
          (decision) => engine.exposure(decision),
        );
        if (changed && decision.because) texts.set(slot.id, decision.because.text);
      }
      // What has come out of a template may hold words about slots that nobody has asked for yet.
      const known = new Set(found.map(({ id }) => id));
      const more = slots(root).filter(({ id }) => !known.has(id));
      if (more.length > 0) {
        for (const [{ id }, { because }] of this.#decided([...found, ...more])) if (because && !known.has(id)) texts.set(id, because.text);
      }
      say(root, texts);
      this.applyMicros = Math.round((performance.now() - before) * 1000);
      // The slots outside the root have not been looked at yet.
      this.mark(root === document ? decided : this.#decided());
    }
    return decided.map(([, decision]) => decision);
  }

  /** Slots nobody has decided yet show the shop's own content; what that counts as, the engine knows. */
  mark(decided = this.#decided()): void {
    if (!this.snapshot || this.forced) return;
    for (const [slot, decision] of decided) {
      if (!decision.personalised) mark(slot, decision, (decision) => this.#engine.exposure(decision));
    }
    this.#lent.watch(this.#engine.seenInPage);
  }

  forget(): void {
    this.#engine.forget(Date.now());
  }

  #begin(visit: Visit): PageEngine {
    const engine = new PageEngine(this.#module);
    engine.begin(visit, Date.now());
    return engine;
  }

  #decided(found = slots(document)): [Slot, Decision][] {
    const decisions = this.#engine.decide(found, Date.now());
    return found.flatMap((slot, at) => {
      const decision = decisions[at];
      return decision ? [[slot, decision] as [Slot, Decision]] : [];
    });
  }
}

const known = (decisions: (Decision | undefined)[]): Decision[] => decisions.filter((decision) => decision !== undefined);

function engineUrl({ wasm }: LoadOptions): URL {
  return wasm ? new URL(wasm, location.href) : new URL("engine.wasm", import.meta.url);
}

/** Lets the browser do what is more urgent. */
const pause = (): Promise<void> => new Promise((done) => setTimeout(done));

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}, expected 200`);
  // Streaming is for servers that know the type.
  const streams = response.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** Fetches the engine and begins the visit. Events sent meanwhile are in the token it begins with. */
export async function open(options: LoadOptions, queue: Queue, watch: Lent["watch"]): Promise<Page> {
  const first = newer(http(queue.base), options.publicKey, null);
  // Its failure is for the first `sync` to tell.
  first.catch(() => {});
  const link = new URLSearchParams(location.search).get(PREVIEW);
  const [module, forced] = await Promise.all([compile(engineUrl(options)), link ? preview(link, options.publicKey) : undefined]);
  // The name of the zone takes milliseconds to find out, and is read only where a visit begins.
  const zone = queue.token ? "" : (Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  await pause();
  for (let sent: unknown; sent !== queue.sent; await sent) sent = queue.sent;
  return new Page({ options, queue, watch }, module, first, forced, zone);
}
