// The isolate's snapshot: synced in the background, and swapped once verified.
//
// It belongs to the isolate, not to a request. A request that finds it outdated starts a sync that outlives the response.
// Only the first request of an isolate waits for a sync, and only briefly (see edge.ts).

import { BASE } from "./contract.js";
import { Shop } from "./edge_engine.js";
import type { Kv, Settings } from "./edge_settings.js";
import { http, message, newer, type Source } from "./sync.js";

/** Time after which a sync is considered dead, in milliseconds. */
const STUCK_MS = 30_000;

/** The state of this isolate. */
export const isolate = {
  /** Whether the engine has failed permanently. */
  broken: false,
  /** The current snapshot. */
  shop: undefined as Shop | undefined,
  /** Id of the snapshot. */
  id: null as string | null,
  /** Text of its manifest. Browsers get the same one, so that they use the same snapshot. */
  manifest: "",
  /** The error of the last sync. */
  problem: null as string | null,
};

let synced = 0;
let began: number | undefined;

/** Marks the engine as broken. After a panic its memory cannot be trusted, so all pages pass through from then on. */
export function failed(cause: unknown): void {
  if (cause instanceof WebAssembly.RuntimeError) isolate.broken = true;
}

/** The origin as a source of snapshots. */
export const origin = (settings: Settings): Source => http(settings.origin + BASE);

/** A KV namespace as a source of snapshots. */
function stored(kv: Kv): Source {
  const logged = (what: string) => (cause: unknown) => {
    throw new Error(`KV ${what}: ${message(cause)}`);
  };
  return {
    async manifest() {
      const text = await kv.get("manifest", "text").catch(logged("manifest"));
      if (text === null) throw new Error("KV has no manifest yet; the scheduled sync writes it");
      return text;
    },
    async snapshot(id) {
      const bytes = await kv.get(`snapshot/${id}`, "arrayBuffer").catch(logged("snapshot"));
      if (bytes === null) throw new Error(`KV has no snapshot ${id}`);
      return new Uint8Array(bytes);
    },
  };
}

/** Adopts the snapshot that a source currently names, unless it is already in use. */
async function take(from: Source, key: string): Promise<void> {
  const found = await newer(from, key, isolate.id);
  if (found) adopt(...found);
}

function adopt(id: string, bytes: Uint8Array, manifest: string): void {
  const shop = new Shop(bytes, id);
  // A page that is being personalised continues with the snapshot it started with.
  isolate.shop?.free();
  Object.assign(isolate, { shop, id, manifest });
}

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
    try {
      await take(kv ? stored(kv) : origin(settings), key);
    } catch (cause) {
      if (!kv || isolate.shop) throw cause;
      await take(origin(settings), key);
    }
    isolate.problem = null;
  } catch (cause) {
    failed(cause);
    isolate.problem = message(cause);
    const kept = isolate.id ? `snapshot ${isolate.id.slice(0, 12)}` : "the shop's own pages";
    console.error(`slotwise: sync failed, going on with ${kept}: ${isolate.problem}`);
  }
  began = undefined;
  synced = Date.now();
}

/** The isolate's snapshot, after a sync if one is due. */
export async function fresh(settings: Settings): Promise<Shop | undefined> {
  await refresh(settings);
  return isolate.shop;
}

/** Verifies the origin's snapshot and writes it to KV, if one is bound: first the bytes, then the manifest. */
export async function store(settings: Settings): Promise<void> {
  const { kv, key } = settings;
  if (!kv) return;
  const found = await newer(origin(settings), key, null);
  if (!found) return;
  const [id, bytes, manifest] = found;
  if (manifest === (await kv.get("manifest", "text").catch(() => null))) return;
  // A snapshot that the engine cannot open must not be stored.
  adopt(id, bytes, manifest);
  try {
    await kv.put(`snapshot/${id}`, bytes);
    await kv.put("manifest", manifest);
  } catch (cause) {
    throw new Error(`KV refused a write: ${message(cause)}`);
  }
}
