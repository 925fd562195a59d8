// The snapshots of a server or an isolate: the one that a manifest names, and a newer one beside it if it is being tried out.
//
// A snapshot's bytes go from the network straight into the engine's memory, where they are hashed and opened. The one before
// stays until its successor is open. So a swap takes the memory of two snapshots and no third.
//
// Invariant: any failure leaves everything as it was.

import type { Release } from "./contract.js";
import { Opening, type Shop } from "./edge_engine.js";
import { type Bytes, collected, hash, message, named, SyncError, troubleAt, trusted, type Trusted } from "./sync.js";

/** Largest snapshot in bytes. An isolate has 128 MB, and needs two of them during a swap. */
const MAX_SNAPSHOT = 48 * 1024 * 1024;

/** A source of manifest and files. */
export interface Source {
  /** Text of the manifest. */
  manifest(): Promise<string>;
  /** Hands the bytes of a file, such as `snapshot/<id>`, to `take`: at most `most`. */
  file(path: string, most: number, take: (chunk: Bytes) => void): Promise<void>;
}

/** What a host does with what it opens. */
export interface Host {
  /** The engine's memory. */
  memory(): WebAssembly.Memory;
  /** Time after which a sync is considered dead, in milliseconds: a platform may end a request without a word. */
  stuckMs: number;
  /** A new snapshot has been opened. */
  opened?(shop: Shop): void;
  /** A snapshot is no longer used by new visits. */
  closed?(shop: Shop): void;
}

export class Releases {
  readonly #host: Host;
  /** The manifest in use. */
  #manifest: Trusted | undefined;
  /** When the sync under way began; 0 if there is none. */
  #began = 0;
  /** The snapshots in use, by id. */
  #shops = new Map<string, Shop>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The manifest in use, unless it has expired. */
  get manifest(): Trusted | undefined {
    const found = this.#manifest;
    return found && !troubleAt(found) ? found : undefined;
  }

  /** What decides; undefined before the first snapshot, and once the manifest has expired. */
  get shop(): Shop | undefined {
    return this.of(this.manifest?.current.snapshot);
  }

  /** The snapshot of this id, if it is in use. */
  of(id: string | undefined): Shop | undefined {
    return id === undefined ? undefined : this.#shops.get(id);
  }

  /** Whether anybody may have a whole snapshot or a patch: the plan keeps no rows at the edge, as far as is known. */
  get areOpen(): boolean {
    const shops = [...this.#shops.values()];
    return shops.length > 0 && !shops.some((shop) => shop.rows_at_edge);
  }

  /**
   * Goes on with what a source's manifest names. If that is older than what is in use, or any part of it is wrong, all stays. One
   * sync is under way at a time; another one that comes is refused.
   */
  async take(from: Source, keys: string): Promise<void> {
    if (Date.now() - this.#began < this.#host.stuckMs) throw new SyncError("late", "another sync is under way");
    this.#began = Date.now();
    try {
      await this.#take(from, keys);
    } finally {
      this.#began = 0;
    }
  }

  async #take(from: Source, keys: string): Promise<void> {
    const found = await trusted(await from.manifest(), keys, this.#manifest);
    const { current, canary, published_ms } = found;
    const shop = this.of(current.snapshot) ?? (await this.#fetched(from, current));
    // A canary that cannot be had is no reason to stay with yesterday's snapshot.
    let failure: unknown;
    const missed = (cause: unknown): undefined => {
      failure = cause;
    };
    const tried = canary && (this.of(canary.release.snapshot) ?? (await this.#fetched(from, canary.release).catch(missed)));
    shop.release(published_ms);
    if (tried) shop.try_out(tried, canary.share);
    const before = this.#shops;
    this.#shops = new Map([[current.snapshot, shop]]);
    if (tried) this.#shops.set(canary.release.snapshot, tried);
    this.#manifest = found;
    for (const [id, old] of before) if (!this.#shops.has(id)) this.#host.closed?.(old);
    if (failure !== undefined) throw failure;
  }

  /** A snapshot that is not in use yet. */
  async #fetched(from: Source, release: Release): Promise<Shop> {
    const shop = (await this.#patched(from, release)) ?? (await this.#checked(await this.#full(from, release), release.snapshot));
    this.#host.opened?.(shop);
    return shop;
  }

  /** The snapshot made by a patch from one that is in use; undefined if that cannot be done, for whatever reason. */
  async #patched(from: Source, { snapshot, patches, bytes: full }: Release): Promise<Shop | undefined> {
    const found = patches.find(({ from, bytes }) => this.#shops.has(from) && bytes < full);
    const old = this.of(found?.from);
    if (!found || !old) return undefined;
    try {
      const patch = await collected((take) => from.file(`patch/${found.patch}`, found.bytes, take));
      return await this.#checked(Opening.patched(old, await named(patch, found.patch)), snapshot);
    } catch (cause) {
      // After a trap nothing more is asked of the engine.
      if (cause instanceof WebAssembly.RuntimeError) throw cause;
      console.error(`slotwise: a patch is of no use, fetching the whole snapshot: ${message(cause)}`);
      return undefined;
    }
  }

  /** Opens bytes that are the snapshot of this id. */
  async #checked(opening: Opening, id: string): Promise<Shop> {
    const memory = this.#host.memory().buffer as ArrayBuffer;
    const found = await hash(new Uint8Array(memory, opening.address, opening.length));
    if (found === id) return opened(opening, id);
    opening.free();
    throw new SyncError("wrong hash", `the snapshot's SHA-256 is ${found}, the manifest names ${id}: damaged or swapped`);
  }

  async #full(from: Source, { snapshot, bytes }: Release): Promise<Opening> {
    if (bytes > MAX_SNAPSHOT) throw new SyncError("too long", `the snapshot has ${bytes} bytes, expected at most ${MAX_SNAPSHOT}`);
    let opening: Opening | undefined = new Opening(bytes);
    try {
      await from.file(`snapshot/${snapshot}`, bytes, (chunk) => {
        // A source that was given up may go on for a while.
        if (!opening) throw new Error("too late");
        opening.add(chunk);
      });
      return opening;
    } catch (cause) {
      opening.free();
      opening = undefined;
      throw cause;
    }
  }
}

/** Opens a snapshot. What the engine says of its bytes is an error of the sync; a trap stays what it is. */
function opened(opening: Opening, id: string): Shop {
  try {
    return opening.open(id);
  } catch (cause) {
    if (cause instanceof Error) throw cause;
    throw new SyncError("engine", String(cause));
  }
}
