// The Worker's entry. The engine answers; if it ever fails, the request goes to the store as it came.

import { fetch as answer, scheduled as wake, initSync } from "./edge_engine.js";
import module from "./edge_engine_bg.wasm";

interface Settings {
  STORE_ORIGIN?: string;
}

interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

let broken = false;
const waiting = new Set<(why: unknown) => void>();

// A panic in the Wasm leaves its promises open for ever; the engine says so here before it ends.
Object.assign(globalThis, {
  slotwisePanicked(why: string) {
    broken = true;
    for (const giveUp of waiting) giveUp(new Error(why));
  },
});

try {
  initSync({ module });
} catch (cause) {
  broken = true;
  console.error("slotwise: the engine does not start, pages pass through", cause);
}

function store(request: Request, settings: Settings): Request {
  const origin = settings.STORE_ORIGIN?.replace(/\/+$/, "");
  if (!origin) return request;
  const { pathname, search } = new URL(request.url);
  return new Request(origin + pathname + search, request);
}

export default {
  async fetch(request: Request, settings: Settings, context: Waiting): Promise<Response> {
    // A body can be read once: only a request without one can be asked again.
    const again = request.body ? undefined : request.clone();
    if (broken) return fetch(store(request, settings));
    let giveUp: (why: unknown) => void = () => {};
    const panicked = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    waiting.add(giveUp);
    try {
      return (await Promise.race([answer(request, settings, context as never), panicked])) as Response;
    } catch (cause) {
      console.error("slotwise: passing through", cause);
      if (cause instanceof WebAssembly.RuntimeError) broken = true;
      if (!again) return new Response(null, { status: 502 });
      return fetch(store(again, settings));
    } finally {
      waiting.delete(giveUp);
    }
  },
  async scheduled(event: unknown, settings: Settings, context: unknown): Promise<void> {
    if (!broken) await wake(event as never, settings, context as never);
  },
};
