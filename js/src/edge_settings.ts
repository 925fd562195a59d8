// The operator's settings. They are read from the Worker's variables (see wrangler.toml) once per isolate, because all of
// its requests have the same.

/** The part of a KV namespace that is used. */
export interface Kv {
  get(key: string, kind: "text"): Promise<string | null>;
  get(key: string, kind: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: string | Uint8Array): Promise<void>;
}

/** The Worker's variables and bindings. The manual's page of settings is made of these comments. */
export interface Env {
  /** Address of the shop's own server, such as `https://shop.example`. Empty on a route of the shop's own zone. */
  STORE_ORIGIN?: string;
  /** Address where `slotwise serve` runs. Same as `STORE_ORIGIN` if empty. */
  SLOTWISE_ORIGIN?: string;
  /** Public key that snapshots must be signed for: the `.public` file of `slotwise keygen`. */
  SLOTWISE_PUBLIC_KEY?: string;
  /** `required` or `implied`: what is assumed of a visitor who has not answered the consent question. */
  CONSENT?: string;
  /** Seconds after which an isolate asks for a new manifest. 60 if this is not a whole number. */
  SYNC_SECS?: string;
  /** KV namespace for snapshots. With it an isolate starts without asking the origin. */
  SNAPSHOTS?: Kv;
}

/** The operator's settings. */
export interface Settings {
  /** `STORE_ORIGIN`. */
  store: string;
  /** `SLOTWISE_ORIGIN`, or `STORE_ORIGIN` if that is empty. */
  origin: string;
  /** `SLOTWISE_PUBLIC_KEY`. */
  key: string;
  /** Whether `CONSENT` is `implied`. */
  implied: boolean;
  /** `SYNC_SECS` in milliseconds. */
  syncMs: number;
  /** `SNAPSHOTS`, if bound. */
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
