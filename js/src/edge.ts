// The Worker's entry: the engine as the platform's module, and the platform's three events. What it does with them is in
// edge_handler.ts, which other platforms have too.

import { settingsOf } from "./edge_config.js";
import { initSync } from "./edge_engine.js";
import module from "./edge_engine_bg.wasm";
import { type Batch, handle, queue, tick } from "./edge_handler.js";
import { complain } from "./edge_log.js";
import { lay } from "./edge_overlay.js";
import type { Env, Waiting } from "./edge_settings.js";
import { isolate } from "./edge_snapshots.js";
import type { Bytes, Reader } from "./sync.js";

/** Bytes that are read at once. */
const ROOM = 128 * 1024;

/** Reads a body in large pieces, into a buffer that is used again. By itself workerd gives pieces of 4 kB, and each costs a turn. */
function reader(body: ReadableStream<Bytes>): Reader {
  const inner = body.getReader({ mode: "byob" });
  let buffer: ArrayBuffer = new ArrayBuffer(ROOM);
  return {
    async read() {
      const { done, value } = await inner.read(new Uint8Array(buffer));
      if (done || !value) return { done: true, value: undefined };
      buffer = value.buffer;
      return { done, value };
    },
    cancel: (cause) => inner.cancel(cause),
  };
}

isolate.opened = lay;
isolate.reader = reader;
try {
  isolate.memory = initSync({ module }).memory;
} catch (cause) {
  isolate.broken = true;
  complain("engine", cause, { effect: "pages pass through" });
}

export default {
  fetch: (request: Request, env: Env, context: Waiting): Promise<Response> => handle(request, settingsOf(env), context),
  scheduled: (_event: unknown, env: Env): Promise<void> => tick(settingsOf(env)),
  queue: (batch: Batch, env: Env): Promise<void> => queue(batch, settingsOf(env)),
};
