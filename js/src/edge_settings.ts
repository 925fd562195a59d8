// The operator's settings, read from the Worker's variables (see wrangler.toml) once: all requests of an isolate have
// the same.

/** What is used of a KV namespace. */
export interface Kv {
  get(key: string, kind: "text"): Promise<string | null>;
  get(key: string, kind: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: string | Uint8Array): Promise<void>;
}

/** The Worker's variables and bindings. */
export interface Env {
  STORE_ORIGIN?: string;
  SLOTWISE_ORIGIN?: string;
  SLOTWISE_PUBLIC_KEY?: string;
  CONSENT?: string;
  SYNC_SECS?: string;
  SNAPSHOTS?: Kv;
}

/** The operator's settings. */
export interface Settings {
  /** `STORE_ORIGIN`: where the store is; empty on a route of the store's own zone. */
  store: string;
  /** `SLOTWISE_ORIGIN`: where `slotwise serve` is; `STORE_ORIGIN` if not set. */
  origin: string;
  /** `SLOTWISE_PUBLIC_KEY`: what snapshots must be signed with. */
  key: string;
  /** `CONSENT`: whether it is `implied` of a visitor who has said nothing; else it is required. */
  implied: boolean;
  /** `SYNC_SECS`: how long an isolate trusts its manifest; 60 if not set. */
  syncMs: number;
  /** `SNAPSHOTS`: the KV namespace, where one is bound. */
  kv: Kv | undefined;
}

let read: Settings | undefined;

/** The settings of an environment. */
export function settingsOf(env: Env): Settings {
  if (read) return read;
  const said = (name: Exclude<keyof Env, "SNAPSHOTS">) => String(env[name] ?? "");
  const address = (name: "STORE_ORIGIN" | "SLOTWISE_ORIGIN") => said(name).replace(/\/+$/, "");
  const store = address("STORE_ORIGIN");
  read = {
    store,
    origin: address("SLOTWISE_ORIGIN") || store,
    key: said("SLOTWISE_PUBLIC_KEY"),
    implied: said("CONSENT") === "implied",
    syncMs: (/^\d+$/.test(said("SYNC_SECS")) ? Number(said("SYNC_SECS")) : 60) * 1000,
    kv: env.SNAPSHOTS,
  };
  return read;
}
