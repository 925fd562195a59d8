// The Worker's entry: the engine as the platform's module, and the platform's three events. What it does with them is in
// edge_handler.ts, which other platforms have too.

import { initSync } from "./edge_engine.js";
import module from "./edge_engine_bg.wasm";
import { type Batch, handle, queue, tick } from "./edge_handler.js";
import { lay } from "./edge_overlay.js";
import { type Env, settingsOf, type Waiting } from "./edge_settings.js";
import { isolate } from "./edge_snapshots.js";

isolate.opened = lay;
try {
  isolate.memory = initSync({ module }).memory;
} catch (cause) {
  isolate.broken = true;
  console.error("slotwise: the engine does not start, pages pass through", cause);
}

export default {
  fetch: (request: Request, env: Env, context: Waiting): Promise<Response> => handle(request, settingsOf(env), context),
  scheduled: (_event: unknown, env: Env): Promise<void> => tick(settingsOf(env)),
  queue: (batch: Batch, env: Env): Promise<void> => queue(batch, settingsOf(env)),
};
