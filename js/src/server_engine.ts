// The engine on a server: loaded in the way of the platform, and started once for a process, whichever entries are in use there.

import { initSync } from "./edge_engine.js";
import { bytesOf, keysOf, message } from "./sync.js";
import { SlotwiseError } from "./types.js";

/** `edge_engine_bg.wasm`: its URL, its bytes or the compiled module. */
export type Wasm = string | URL | BufferSource | WebAssembly.Module;

/** Loads the engine, from its own place or from the one that is named. */
export type Load = (wasm: string | URL | undefined) => Promise<BufferSource | WebAssembly.Module>;

/** The engine once it has started, its memory, and whether it has failed for good. There is one in a process. */
export const engine = {
  started: undefined as Promise<void> | undefined,
  memory: undefined as WebAssembly.Memory | undefined,
  broken: false,
};

/** Whether it is a module. Those that Next's edge runtime imports come from outside of its sandbox, where `instanceof` does not know them. */
const isModule = (given: BufferSource | WebAssembly.Module): given is WebAssembly.Module =>
  Object.prototype.toString.call(given) === "[object WebAssembly.Module]";

/** Starts the engine, unless it has started. What fails is tried again with the next sync. */
export async function start(load: Load, wasm: Wasm | undefined): Promise<void> {
  const starting = async () => {
    const given = wasm === undefined || typeof wasm === "string" || wasm instanceof URL ? await load(wasm) : wasm;
    const module = isModule(given) ? Object.setPrototypeOf(given, WebAssembly.Module.prototype) : await WebAssembly.compile(given);
    engine.memory = initSync({ module }).memory;
  };
  engine.started ??= starting();
  try {
    await engine.started;
  } catch (cause) {
    engine.started = undefined;
    throw new SlotwiseError("engine", `${message(cause)}; name edge_engine_bg.wasm with the option \`wasm\``);
  }
}

/** Throws unless it is a public key, or two. */
export function checkKey(publicKey: string): void {
  const keys = keysOf(publicKey);
  if (keys.length === 0 || keys.some((key) => bytesOf(key)?.length !== 32)) {
    throw new SlotwiseError("sync", `the option publicKey is "${publicKey}", expected 32 bytes as base64url, 43 characters`);
  }
}
