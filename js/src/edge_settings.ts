// The operator's settings. They are read from the Worker's variables (see wrangler.toml) once per isolate, because all of
// its requests have the same.

/** The part of a KV namespace that is used. */
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
  /** `STORE_ORIGIN`: address of the store; empty on a route in the store's own zone. */
  store: string;
  /** `SLOTWISE_ORIGIN`: address of `slotwise serve`; defaults to `STORE_ORIGIN`. */
  origin: string;
  /** `SLOTWISE_PUBLIC_KEY`: public key that verifies snapshots. */
  key: string;
  /** `CONSENT`: whether consent is `implied` until the visitor answers; otherwise it is required. */
  implied: boolean;
  /** `SYNC_SECS`: how long an isolate uses its manifest, in seconds; 60 by default. Here in milliseconds. */
  syncMs: number;
  /** `SNAPSHOTS`: the KV namespace, if one is bound. */
  kv: Kv | undefined;
}

let read: Settings | undefined;

/** Returns the settings of an environment. */
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
