// A snapshot's files in the browser: the manifest, the root, and the shards that the visit needs.
//
// Files are named by their hash, so any cache may hold them for ever: the browser's HTTP cache, and Cache Storage where consent
// allows to keep something. From there a page also starts without a network. The manifest that is stored is used at once, and
// refreshed for the next page; it is also the memory of the newest sequence that this browser has seen.
//
// Invariant: whatever fails here leaves the page as it is. Bytes go to the engine only after their hash was checked.

import type { PageEngine } from "./engine.js";
import { FILES } from "./memory.js";
import { asked, type Bytes, fetched, manifestAt, named, type SyncError, trusted, type Trusted } from "./sync.js";

/** Largest root in bytes. */
const MAX_ROOT = 1 << 20;
/** Most files that are under way at once: browsers open as many connections. */
const MOST = 6;
/** Pause after a file could not be fetched, in milliseconds. It doubles with every failure. */
const PAUSE_MS = 2000;

/** Longest wait for an idle moment, in milliseconds. */
const IDLE_MS = 1000;

/** Calls back when the browser is idle, or after so many milliseconds. */
export type Idle = (act: () => void, ms: number) => void;

/** What the eager script provides. */
interface Lent {
  options: { publicKey: string };
  /** `allowed`: whether something may be stored. */
  queue: { base: string; allowed: boolean };
  /** Notes the bytes of a file that was stored. */
  stored: (bytes: number) => void;
}

/** Manifest and files of one page. */
export class Files {
  readonly #lent: Lent;
  /** Where the manifest is. */
  readonly #manifest: string;
  #last: Trusted | undefined;

  constructor(lent: Lent) {
    this.#lent = lent;
    this.#manifest = `${lent.queue.base}/manifest`;
  }

  /**
   * The manifest: a stored one at once, with a newer one for the next page; or else the newest. `told`: how the id of the snapshot
   * begins with which the edge has decided this page, which a stored manifest has to name. `early`: a fetch of it that is under way.
   */
  async manifest(told: string, early?: Promise<Response>): Promise<Trusted> {
    if (this.#last) return this.#newest();
    const text = await (await this.#stored(this.#manifest))?.text();
    const stored = text && (await trusted(text, this.#lent.options.publicKey).catch(() => undefined));
    if (!stored) return this.#newest(early);
    this.#last = stored;
    const newest = this.#newest(early).catch(() => stored);
    return text.includes(`"snapshot":"${told}`) ? stored : newest;
  }

  async #newest(early?: Promise<Response>): Promise<Trusted> {
    const { options, queue } = this.#lent;
    const last = this.#last;
    const found = await trusted(await manifestAt(queue.base, early), options.publicKey, last);
    if (found !== last) {
      // The files of another snapshot are of no more use.
      if (last && last.current.root !== found.current.root) await this.#cached(() => caches.delete(FILES));
      void this.#store(this.#manifest, found.text);
    }
    this.#last = found;
    return found;
  }

  /** A root or shard. */
  async file(name: string): Promise<Bytes> {
    const url = `${this.#lent.queue.base}/shard/${name}`;
    const read = async (answer?: Response | Promise<Response>): Promise<Bytes> => named(await fetched(url, MAX_ROOT, answer), name);
    const stored = await this.#stored(url);
    const kept = stored && (await read(stored).catch(() => undefined));
    if (kept) return kept;
    // Bytes that were damaged on their way may be in the browser's cache, which keeps them for good.
    const found = await read().catch((cause: SyncError) => {
      if (cause.trouble !== "wrong hash") throw cause;
      return read(asked(url, { cache: "reload" }));
    });
    void this.#store(url, found);
    return found;
  }

  /** What is stored for a URL. */
  #stored(url: string): Promise<Response | undefined> {
    return this.#cached((cache) => cache.match(url));
  }

  /** Stores a file for the next page. Nobody waits for it: this page has it. */
  async #store(url: string, body: Bytes | string): Promise<void> {
    await this.#cached(async (cache) => {
      await cache.put(url, new Response(body));
      this.#lent.stored(body.length);
    });
  }

  /** Does something with Cache Storage, if the visitor allows it and the page has it. Even to ask for it may be forbidden. */
  async #cached<T>(act: (cache: Cache) => Promise<T>): Promise<T | undefined> {
    try {
      return this.#lent.queue.allowed ? await globalThis.caches?.open(FILES).then(act) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The page, as far as its shards need it. */
interface Page {
  engine: PageEngine;
  files: Files;
  /** Names of the shards that the engine has. */
  shards: string[];
}

/**
 * Fetches what the page's engine wants for the visit: at once now, and with every call later when the browser is idle. It ends
 * with this engine: the next one has a call of its own.
 */
export function filling(page: Page, { idle, grown }: { idle: Idle; grown: () => void }): () => void {
  const { engine, files, shards } = page;
  /** Files that were asked for, whatever came of it. */
  const asked = new Set<string>();
  let [flying, failures, waiting, fresh] = [0, 0, false, false];
  const next = (): void => {
    for (const name of engine.wanted()) {
      if (flying >= MOST) break;
      if (asked.has(name)) continue;
      asked.add(name);
      flying++;
      void take(name);
    }
  };
  const later = (): void => {
    if (waiting) return;
    waiting = true;
    idle(() => {
      waiting = false;
      if (fresh && page.engine === engine) grown();
      fresh = false;
      next();
    }, IDLE_MS);
  };
  const take = async (name: string): Promise<void> => {
    try {
      if (engine.extend(await files.file(name))) {
        shards.push(name);
        fresh = true;
      }
      failures = 0;
    } catch {
      // It is asked for again, if it is still wanted then.
      setTimeout(() => asked.delete(name) && later(), PAUSE_MS * 2 ** failures++);
    }
    flying--;
    later();
  };
  next();
  return later;
}
