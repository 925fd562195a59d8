// The engine in the page: decides the slots of one visit and shows the decisions. It loads after the eager script, which
// hands over the events that waited for it.
//
// Each snapshot gets an engine instance of its own, so a failure while loading one does not affect the previous one. It begins
// with the snapshot's root, and gets the shards that the visit needs while it works. On a preview the one full engine does it all.

import type { Edge } from "./asking.js";
import { PACK, type Release } from "./contract.js";
import { change, mark, type Slot, say, slots } from "./dom.js";
import { PageEngine, type Running, type Visit } from "./engine.js";
import { pageEngine } from "./engine_file.js";
import type { Queue, Waiting } from "./queue.js";
import { Files, filling, type Idle } from "./shards.js";
import { type Bytes, bytesOf, isOff, otherFormat, troubleAt, type Trusted } from "./sync.js";
import type { Decision, Exposure, Intent, LoadOptions } from "./types.js";

/** What the eager script provides. */
interface Lent {
  options: LoadOptions;
  queue: Queue;
  /** How the id of the snapshot begins with which the edge has decided the page; empty if none has. */
  told: string;
  /** The manifest, under way since before this script was. */
  early: Promise<Response>;
  /** Calls back when the browser is idle. */
  idle: Idle;
  /** Brings slots up to date once nobody looks at them. */
  behind: (slots: Element[]) => void;
  /** Notes the bytes of a file that was stored. */
  stored: (bytes: number) => void;
  /** Notes the bytes of a question that was sent. */
  asked: (bytes: number) => void;
  /** Decides the slots below a root, and changes them. */
  apply: (root: ParentNode) => void;
  /** The model knows more of what the visit needs. */
  grown: () => void;
  /** Watches the page's slots. `atOnce`: all of them count as seen. */
  watch: (atOnce: boolean) => void;
  /** Reports the exposure of a slot that opens when the visitor is about to leave. */
  seen: (exposure: Exposure) => void;
}

/** The visit with its engine. */
export class Page {
  /** Duration of the last change of the page, in milliseconds. */
  applied = 0;
  /** Verified body of the preview link with which the page was opened, if it has not expired. */
  forced: Uint8Array | undefined;
  /** Sold-out products. Each new engine instance needs them again. */
  sold: string[] = [];
  readonly #lent: Lent;
  readonly #make: () => Running;
  readonly #visit: Visit;
  /** The engine in use. */
  engine: PageEngine;
  /** Resolves with what watches for the visitor to leave, if the page has a slot that waits for it. */
  #exit: Promise<void> | undefined;
  /** The snapshot's files. */
  readonly files: Files;
  /** The first manifest and root load at the same time as the engine. */
  #first: First | undefined;
  #manifest: Trusted | undefined;
  /** The key that signs live prices. */
  signer: string | null = null;
  #release: Release | undefined;
  /** What the edge has put into the page for the engine. */
  packs: Bytes[] = [];
  /** Names of the shards that the engine has. */
  shards: string[] = [];
  /** Live prices and stock. Each new engine instance needs them again. */
  overlay: Bytes | undefined;
  /** Resolves with the first of them, if the shop publishes any. */
  #prices: Promise<void> | undefined;
  /** Asks the edge about slots, if the plan keeps rows there. */
  edge: Edge | undefined;
  /** Fetches what the engine wants. */
  #fill = (): void => {};

  constructor(lent: Lent, make: () => Running, files: Files, first: First, zone: string) {
    this.#lent = lent;
    this.files = files;
    this.#make = make;
    this.#first = first;
    this.#visit = {
      token: lent.queue.token,
      agent: navigator.userAgent,
      referrer: document.referrer,
      url: location.href,
      zone,
      offset: -new Date().getTimezoneOffset(),
    };
    this.engine = this.#begin(this.#visit);
    lent.queue.quiet = Boolean(this.forced);
  }

  /** The current visit. */
  get visit(): Visit {
    return { ...this.#visit, token: this.engine.token() };
  }

  /** Id of the snapshot in use; null until the first one is adopted, and once its manifest has expired. */
  get snapshot(): string | null {
    return this.#release && this.#manifest && !troubleAt(this.#manifest) ? this.#release.snapshot : null;
  }

  /** Name of the snapshot's root. */
  get root(): string {
    return this.#release?.root ?? "";
  }

  /** The slots of the page. */
  places(): Slot[] {
    return slots(document);
  }

  /** Continues with the newest snapshot, unless it is already in use. */
  async sync(): Promise<void> {
    const first = this.#first;
    this.#first = undefined;
    const [manifest, early] = (await first) ?? [await this.files.manifest("")];
    if (isOff(location.pathname, manifest.off)) throw new Error("switched off");
    const release = this.#pick(manifest);
    const { snapshot, root } = release;
    this.signer = manifest.overlay_key;
    // A page that cannot load it goes without.
    if (this.signer) this.#prices ??= import("./overlay.js").then(({ watch }) => watch(this, this.#lent)).catch(() => {});
    if (snapshot !== this.#release?.snapshot) {
      const [bytes] = await Promise.all([early ?? this.files.file(root), pause()]);
      const engine = this.#begin(this.visit);
      if (!engine.adopt(bytes, snapshot)) throw otherFormat("snapshot");
      engine.soldOut(this.sold);
      // What the page's own products need, from the edge. The engine refuses what does not belong to its root.
      const pack = bytesOf(document.querySelector(`[${PACK}="${snapshot.slice(0, 12)}"]`)?.textContent ?? "");
      this.packs = pack && engine.extend(pack) ? [pack] : [];
      if (this.overlay) engine.lay(this.overlay);
      this.engine = engine;
      this.shards = [];
      this.#fill = filling(this, this.#lent);
    }
    // A page that cannot load it goes without.
    if (this.engine.rowsAtEdge)
      this.edge ??= await import("./asking.js").then(({ Edge }) => new Edge(this, this.#lent)).catch(() => undefined);
    [this.#manifest, this.#release] = [manifest, release];
    await (this.#prices ?? pause());
  }

  /** The release that this visit uses: what the edge has decided with, or what is drawn. */
  #pick({ current, canary }: Trusted): Release {
    if (!canary) return current;
    const { release, share } = canary;
    const { told } = this.#lent;
    const decided = told && [release, current].find(({ snapshot }) => snapshot.startsWith(told));
    return decided || (this.engine.isCanary(release.snapshot, share) ? release : current);
  }

  /** Adds waiting events to the session, in order, sends them as one beacon, and removes them from the list. */
  track(waiting: Waiting[]): void {
    const { queue } = this.#lent;
    const sent: object[] = [];
    const kept = !queue.quiet && queue.allowed;
    let latest = "";
    this.refresh();
    try {
      for (let event = waiting[0]; event; event = waiting[0]) {
        const tracked = this.engine.track(event.name, event.params, event.time_ms);
        // Only now: an event on which the engine fails is sent without it.
        waiting.shift();
        if (tracked && kept && (event.allowed || !queue.counts)) {
          latest = tracked.token;
          sent.push({ ...tracked.event, event_id: event.event_id });
        }
      }
    } finally {
      this.#fill();
      if (latest) queue.keep(latest, sent);
    }
  }

  intent(): Intent | null {
    return this.snapshot ? this.engine.intent() : null;
  }

  decide(slot?: string, anchor?: string, keys: string[] = [], about?: string): Decision[] {
    if (!this.snapshot) return [];
    const { lang } = document.documentElement;
    if (slot === undefined) return this.engine.decideAll(undefined, lang);
    const decided = this.engine.decide([{ name: slot, anchor, about, lang, keys, personalised: false }]);
    this.edge?.decide(decided, {});
    return decided.map(([, decision]) => decision);
  }

  rank(ids: string[]): number[] {
    const scores = this.snapshot ? this.engine.rank(ids) : [];
    this.#fill();
    return scores;
  }

  soldOut(ids: string[]): void {
    this.sold = ids;
    this.engine.soldOut(ids);
  }

  /**
   * Decides the slots below a root as one page and applies the decisions, unless `dry`; with `only`, to these elements. If the edge
   * is asked, it applies them once that has answered.
   */
  apply(root: ParentNode, dry: boolean, only?: Set<Element>): Decision[] {
    if (!this.snapshot) return [];
    const before = performance.now();
    const found = slots(root);
    const decided = this.engine.decide(found);
    if (!this.edge?.decide(decided, dry ? undefined : { root, only }) && !dry) {
      const touched = only ? decided.filter(([slot]) => slot.elements.every((element) => only.has(element))) : decided;
      const changed = touched.filter(([slot, decision]) => this.#change(slot, decision));
      // What has come out of a template may hold words about slots that nobody has asked for yet.
      const more = slots(root).filter(({ id }) => found.every((slot) => slot.id !== id));
      const also = more.length > 0 ? this.engine.decide([...found, ...more]).filter(([slot]) => more.includes(slot)) : [];
      say(root, [...changed, ...also]);
      this.applied = performance.now() - before;
      // The slots outside of the root have not been examined yet.
      this.mark(root === document ? decided : undefined);
    }
    return decided.map(([, decision]) => decision);
  }

  /** Records exposures of slots without a decision, which show the shop's own content. The engine knows how these count. */
  mark(decided = this.engine.decide(this.places())): void {
    if (!this.snapshot) return;
    // A page that cannot load it goes without.
    if (decided.some(([, { exit }]) => exit))
      this.#exit ??= import("./exit.js").then(({ watchExit }) => watchExit(this, this.#lent)).catch(() => {});
    if (this.forced) return;
    for (const [slot, decision] of decided) {
      if (!decision.personalised) mark(slot, decision, this.engine.exposure(decision));
    }
    this.#lent.watch(this.engine.seenInPage);
  }

  /** Continues the visit of another token. */
  resume(token: string): void {
    this.engine.begin({ ...this.#visit, token });
  }

  /** Shows a decision in its slot. False if the slot lacks what that needs. */
  show(slot: Slot, decision: Decision): boolean {
    const changed = this.#change(slot, decision);
    if (changed) say(document, [[slot, decision]]);
    return changed;
  }

  #change(slot: Slot, decision: Decision): boolean {
    return change(slot, decision, (ids) => this.engine.cards(ids, slot.lang), this.engine.exposure(decision));
  }

  forget(): void {
    this.engine.forget();
  }

  /** Continues the visit from its cookie: another tab may have gone on with it, and may have opened a panel. */
  refresh(): void {
    const { token, quiet } = this.#lent.queue;
    if (token && !quiet && token !== this.engine.token()) this.resume(token);
  }

  /** A new engine instance that continues the visit. */
  #begin(visit: Visit): PageEngine {
    const running = this.#make();
    const engine = new PageEngine(running);
    engine.begin(visit);
    this.forced = running.force?.() ?? this.forced;
    return engine;
  }
}

/** Yields to the browser's more urgent work. Newer browsers continue before other tasks that have waited for longer. */
const pause = (): Promise<void> => globalThis.scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));

/** Name of the time zone. `Intl` loads a language's dates for it, which takes many milliseconds. */
const zoneName = (): string =>
  (globalThis as { Temporal?: { Now: { timeZoneId(): string } } }).Temporal?.Now.timeZoneId() ??
  Intl.DateTimeFormat().resolvedOptions().timeZone ??
  "";

/** A manifest, and its root if it is clear that the visit uses it. */
type First = Promise<readonly [Trusted, Promise<Bytes>?]>;

async function begin(files: Files, { told, early }: Lent): First {
  const manifest = await files.manifest(told, early);
  // In the cache by the time it is needed.
  if (manifest.overlay_key) import("./overlay.js").catch(() => {});
  if (manifest.canary) return [manifest];
  const root = files.file(manifest.current.root);
  // Whoever awaits it reports its failure.
  root.catch(() => {});
  return [manifest, root];
}

/** Fetches the engine, which is the full one if the page was opened with a preview link. */
async function engines({ options: { wasm, publicKey }, queue }: Lent): Promise<() => Running> {
  // So far a queue is quiet because of such a link.
  const preview = queue.quiet && (await (await import("./explain.js")).preview(publicKey, wasm));
  if (preview) return () => preview;
  const module = await pageEngine(wasm);
  return () => new WebAssembly.Instance(module);
}

/** Fetches the engine and starts the visit. Events sent in the meantime are in the token with which it starts. */
export async function open(lent: Lent): Promise<Page> {
  const { queue } = lent;
  const files = new Files(lent);
  const first = begin(files, lent);
  // The first `sync` reports its failure.
  first.catch(() => {});
  const making = engines(lent);
  // Only a visit that begins needs it. It is read while the engine is on its way.
  const zone = queue.token ? "" : zoneName();
  const make = await making;
  for (let sent: unknown; sent !== queue.sent; await sent) sent = queue.sent;
  return new Page(lent, make, files, first, zone);
}
