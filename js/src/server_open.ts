// A server's snapshot: fetched with a deadline and a bound on its bytes, verified as everywhere (sync.ts), and refreshed in
// the background while visits are decided with the one before.
//
// Invariant: what is wrong with network, snapshot or engine never reaches a shopper. It is in `problem` and on the console, and
// slots keep the shop's own content. Only options that can never work make `open` reject.

import { Releases, type Source } from "./releases.js";
import { checkKey, engine, type Load, start, type Wasm } from "./server_engine.js";
import { RequestVisit, type RequestLike, type ServerVisit, type Told, type VisitMore } from "./server_visit.js";
import { asked, get, manifestAt } from "./sync.js";
import { type ConsentMode, SlotwiseError } from "./types.js";

export interface ServerOptions {
  /**
   * Content of the `.public` file of `slotwise keygen`. Only snapshots signed with the matching secret key are used. Two keys,
   * separated by a space, while keys are being changed.
   */
  publicKey: string;
  /** Absolute base URL of manifest and snapshots, such as `https://shop.example/_slotwise`. */
  base?: string | URL;
  /** A snapshot that the server brings along: text of its manifest and its bytes. With `base` it is replaced by newer ones. */
  snapshot?: { manifest: string; bytes: Uint8Array };
  /** What to assume of a visitor who has not answered the consent question; `required` by default. */
  consent?: ConsentMode;
  /** Seconds after which a visit makes the server ask for a new manifest; 60 by default. */
  syncSecs?: number;
  /** Deadline in milliseconds of everything that is fetched, and longest wait of `open`; 3000 by default. */
  timeout?: number;
  /** `edge_engine_bg.wasm`, if it does not stand beside the package's scripts: its URL, its bytes or the compiled module. */
  wasm?: Wasm;
}

/** Slotwise on this server. */
export interface Server {
  /** Id of the current snapshot; null while there is none. */
  readonly snapshot: string | null;
  /** What is wrong at present, in words; null if nothing is. */
  readonly problem: string | null;
  /**
   * The visit behind a request, or the one that a token and events tell of. A request's consent cookie and `Sec-GPC` are
   * respected. Starts fetching a new snapshot in the background if the last one was asked for `syncSecs` ago.
   */
  visit(from: RequestLike | Told, more?: VisitMore): ServerVisit;
  /** Fetches the newest snapshot. If anything is wrong with it, the current one stays. Never rejects. */
  sync(): Promise<void>;
}

/** Manifest and snapshots over HTTP. The deadline is one of its own for each of the two. */
const remote = (base: string, timeout: number): Source => ({
  manifest: () => manifestAt(base, asked(`${base}/manifest`, {}, timeout)),
  file(path, most, take) {
    const url = `${base}/${path}`;
    return get(url, most, take, asked(url, {}, timeout));
  },
});

/** A snapshot that the server brings along, which is verified like any other. */
const brought = ({ manifest, bytes }: { manifest: string; bytes: Uint8Array }): Source => ({
  manifest: async () => manifest,
  file: async (_path, _most, take) => take(new Uint8Array(bytes)),
});

class Opened implements Server {
  problem: string | null = null;
  readonly #key: string;
  readonly #implied: boolean;
  readonly #remote: Source | undefined;
  readonly #everyMs: number;
  readonly #timeout: number;
  readonly #start: () => Promise<void>;
  /** The snapshots. A visit keeps the one it began with, so each is freed when nobody holds it. */
  readonly #releases: Releases;
  #syncing: Promise<void> | undefined;
  #began = 0;
  #synced = 0;

  constructor(options: ServerOptions, load: Load) {
    const { publicKey, base, consent, syncSecs = 60, timeout = 3000 } = options;
    this.#key = publicKey;
    this.#implied = consent === "implied";
    this.#everyMs = syncSecs * 1000;
    this.#timeout = timeout;
    this.#releases = new Releases({ memory: () => engine.memory as WebAssembly.Memory, stuckMs: 3 * timeout });
    this.#start = () => start(load, options.wasm);
    this.#remote = base === undefined ? undefined : remote(absolute(base), timeout);
  }

  get snapshot(): string | null {
    return this.#releases.manifest?.current.snapshot ?? null;
  }

  /** Takes the snapshot that the server brings along, or waits for the first one. */
  async begin(snapshot: ServerOptions["snapshot"]): Promise<void> {
    if (snapshot) await this.#sync(brought(snapshot));
    const sync = this.sync();
    if (this.snapshot) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#timeout);
    });
    await Promise.race([sync, late]);
    clearTimeout(timer);
    if (!this.snapshot && !this.problem) this.#report(new SlotwiseError("sync", `no snapshot within ${this.#timeout} ms`));
  }

  visit(from: RequestLike | Told, more: VisitMore = {}): ServerVisit {
    if (this.#remote && !engine.broken && Date.now() - this.#synced >= this.#everyMs) {
      const sync = this.sync();
      more.waitUntil?.(sync);
    }
    const shop = engine.broken ? undefined : this.#releases.shop;
    return new RequestVisit(shop, this.#implied, from, more, (cause) => this.#failed(cause));
  }

  sync(): Promise<void> {
    const from = this.#remote;
    if (!from) return Promise.resolve();
    // A fetch can die with the request that began it, without an end: an edge runtime does that. Its deadlines have passed then.
    const dead = Date.now() - this.#began > 3 * this.#timeout;
    if (!this.#syncing || dead) {
      this.#began = Date.now();
      const syncing = this.#sync(from).finally(() => {
        if (this.#syncing === syncing) this.#syncing = undefined;
        this.#synced = Date.now();
      });
      this.#syncing = syncing;
    }
    return this.#syncing;
  }

  async #sync(from: Source): Promise<void> {
    try {
      await this.#start();
      await this.#releases.take(from, this.#key);
      if (!engine.broken) this.problem = null;
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) this.#failed(cause);
      else this.#report(cause instanceof SlotwiseError ? cause : new SlotwiseError("sync", cause));
    }
  }

  /** Reports what failed for a visit. After a trap the engine's memory cannot be trusted: nothing is decided any more. */
  #failed(cause: unknown): void {
    engine.broken ||= cause instanceof WebAssembly.RuntimeError;
    this.#report(new SlotwiseError(engine.broken ? "engine" : "page", cause));
  }

  /** Says a problem once, until it is another. */
  #report(error: SlotwiseError): void {
    if (this.problem !== error.message) console.error(`slotwise: ${error.message}`);
    this.problem = error.message;
  }
}

/** The base URL as text without a slash at its end. */
function absolute(base: string | URL): string {
  const url = URL.canParse(base) ? new URL(base).href : undefined;
  if (!url || !/^https?:/.test(url)) {
    throw new SlotwiseError("sync", `the option base is "${base}", expected an absolute URL such as https://shop.example/_slotwise`);
  }
  return url.replace(/\/+$/, "");
}

/** `open` for a host that loads the engine in its own way. */
export function opener(load: Load): (options: ServerOptions) => Promise<Server> {
  return async (options) => {
    const { publicKey, base, snapshot } = options;
    checkKey(publicKey);
    if (base === undefined && !snapshot) throw new SlotwiseError("sync", "neither `base` nor `snapshot` is given, expected one of them");
    const server = new Opened(options, load);
    await server.begin(snapshot);
    return server;
  };
}
