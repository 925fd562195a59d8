// The isolate's snapshot: synced in the background, and swapped once verified.
//
// It belongs to the isolate, not to a request. A request that finds it outdated starts a sync that outlives the response, and
// goes on with what there is. Only the first request of an isolate waits for a sync, and only briefly (see edge_page.ts). One sync
// is under way at a time, and it fetches one file at a time.

import { BASE } from "./contract.js";
import type { Shop } from "./edge_engine.js";
import { complain as report } from "./edge_log.js";
import type { Kv, Settings, Waiting } from "./edge_settings.js";
import { Releases, type Source } from "./releases.js";
import {
  asked,
  type Bytes,
  DEADLINE_MS,
  get,
  hex,
  manifestAt,
  message,
  pour,
  type Reader,
  SyncError,
  signed,
  type Trouble,
  trusted,
} from "./sync.js";

/** Longest wait of a caller for a sync, in milliseconds. */
const PATIENCE_MS = 2000;
/** Longest time for a snapshot to arrive, in milliseconds. */
const SNAPSHOT_MS = 20_000;
/** Time after which a sync is considered dead, in milliseconds. The platform gives it as long as that. */
const STUCK_MS = 30_000;
/** How long KV keeps a file, in seconds: longer than any manifest is used. The scheduled sync writes what is in use again. */
const KEPT_SECS = 90 * 86_400;

/** The state of this isolate. */
export const isolate = {
  /** Whether the engine has failed permanently. */
  broken: false,
  /** The engine's memory. */
  memory: undefined as WebAssembly.Memory | undefined,
  /** What is done with every snapshot that has been opened. */
  opened: (_shop: Shop): void => {},
  /** How bodies are read, where the platform has a faster way than the standard's. */
  reader: undefined as ((body: ReadableStream<Bytes>) => Reader) | undefined,
  /** What the last sync failed with, and when; null if it did not. */
  problem: null as { trouble: Trouble; time_ms: number } | null,
};

/** The isolate's snapshots. */
export const releases = new Releases({
  memory: () => isolate.memory as WebAssembly.Memory,
  stuckMs: STUCK_MS,
  opened: (shop) => isolate.opened(shop),
  // A page that is being personalised continues with the snapshot it started with.
  closed: (shop) => shop.free(),
});

let synced = 0;
let began: number | undefined;
/** The last complaint, which is not repeated with every sync. */
let logged = "";

/** Marks the engine as broken. After a panic its memory cannot be trusted, so all pages pass through from then on. */
export function failed(cause: unknown): void {
  if (cause instanceof WebAssembly.RuntimeError) isolate.broken = true;
}

/** What a promise brings, if it does so in time. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SyncError("late", `no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The origin as a source of snapshots. */
export function origin(settings: Settings): Source {
  const base = settings.origin + BASE;
  return {
    manifest: () => within(DEADLINE_MS, manifestAt(base)),
    file(path, most, take) {
      const url = `${base}/${path}`;
      return within(SNAPSHOT_MS, get(url, most, take, asked(url, {}, SNAPSHOT_MS), isolate.reader));
    },
  };
}

/** Asks KV, with a deadline. */
async function ask<T>(what: string, ms: number, asked: () => Promise<T>): Promise<T> {
  try {
    return await within(ms, asked());
  } catch (cause) {
    throw new SyncError("store", `KV ${what}: ${message(cause)}`);
  }
}

const storedManifest = (kv: Kv): Promise<string | null> => ask("manifest", DEADLINE_MS, () => kv.get("manifest", "text"));

/** A KV namespace as a source of snapshots. */
const stored = (kv: Kv): Source => ({
  async manifest() {
    const text = await storedManifest(kv);
    if (text !== null) return text;
    throw new SyncError("store", "KV has no manifest yet; the scheduled sync writes it");
  },
  file: (path, most, take) =>
    ask(path, SNAPSHOT_MS, async () => {
      const body = await kv.get(path, "stream");
      if (!body) throw new Error("it is not there");
      await pour(isolate.reader?.(body) ?? body.getReader(), most, take);
    }),
});

/** Starts a sync if one is due. The promise never rejects; pass it to `waitUntil`. */
export function refresh(settings: Settings): Promise<void> | undefined {
  const now = Date.now();
  const busy = began !== undefined && now - began < STUCK_MS;
  if (busy || (synced !== 0 && now - synced < settings.syncMs)) return undefined;
  began = now;
  return sync(settings);
}

async function sync(settings: Settings): Promise<void> {
  const { kv, key } = settings;
  try {
    if (kv) {
      // What KV has is checked like all else, and may be behind what this isolate has.
      await releases.take(stored(kv), key).catch(async (cause) => {
        failed(cause);
        if (isBehind(cause)) return;
        report("store", cause, { effect: "the origin is asked" });
        await releases.take(origin(settings), key);
      });
    } else {
      await releases.take(origin(settings), key);
    }
    isolate.problem = null;
  } catch (cause) {
    failed(cause);
    complain(cause);
  }
  began = undefined;
  synced = Date.now();
}

const isBehind = (cause: unknown): boolean =>
  cause instanceof SyncError && cause.trouble === "lower sequence" && releases.shop !== undefined;

/** Keeps of a failure a word for everybody, and says the rest in the log. */
function complain(cause: unknown): void {
  isolate.problem = { trouble: cause instanceof SyncError ? cause.trouble : "malformed", time_ms: Date.now() };
  const kept = releases.manifest ? `snapshot ${releases.manifest.current.snapshot.slice(0, 12)}` : "the shop's own pages";
  const line = message(cause);
  if (line !== logged) report("sync", line, { effect: `going on with ${kept}` });
  logged = line;
}

/** The isolate's snapshot, after a sync if one is due. A sync that takes long goes on without the caller. */
export async function fresh(settings: Settings, context: Waiting): Promise<Shop | undefined> {
  const sync = refresh(settings);
  if (sync) {
    context.waitUntil(sync);
    await within(PATIENCE_MS, sync).catch(() => {});
  }
  return releases.shop;
}

/**
 * Copies what the origin publishes to KV, if one is bound: first the snapshots, then the manifest. What is there and whole is
 * skipped. KV never gets a manifest that is older than the one it has.
 */
export async function store(settings: Settings): Promise<void> {
  const { kv, key } = settings;
  if (!kv) return;
  const from = origin(settings);
  // What nobody signed may be overwritten, so it does not count.
  const before = await storedManifest(kv)
    .then((text) => (text === null ? undefined : signed(text, key)))
    .catch(() => undefined);
  const { text, current, canary } = await trusted(await from.manifest(), key, before);
  // The engine has to be able to open what is stored.
  await releases.take({ ...from, manifest: async () => text }, key);
  for (const { snapshot } of [current, ...(canary ? [canary.release] : [])]) {
    const path = `snapshot/${snapshot}`;
    const bytes = (await isStored(kv, path, snapshot)) ? undefined : releases.of(snapshot)?.bytes();
    if (bytes) await ask("write", SNAPSHOT_MS, () => kv.put(path, bytes, { expirationTtl: KEPT_SECS }));
  }
  if (text !== before?.text) await ask("write", SNAPSHOT_MS, () => kv.put("manifest", text));
}

/** A stream that hashes what is written to it; workerd has it. */
const { DigestStream } = crypto as unknown as {
  DigestStream: new (algorithm: "SHA-256") => WritableStream<Bytes> & { digest: Promise<ArrayBuffer> };
};

/** Whether KV has a file whose SHA-256 is this. */
async function isStored(kv: Kv, path: string, sha256: string): Promise<boolean> {
  const digest = new DigestStream("SHA-256");
  const read = ask(path, SNAPSHOT_MS, async () => {
    const body = await kv.get(path, "stream");
    if (!body) return false;
    await body.pipeTo(digest);
    return hex(new Uint8Array(await digest.digest)) === sha256;
  });
  return read.catch(() => false);
}
