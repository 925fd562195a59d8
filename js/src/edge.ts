// The Worker's entry. It fetches from the store and carries the bytes; the engine answers `/_slotwise/…` and says
// what becomes of a page. If the engine ever fails, the store's answer goes out as it came.

import { fetch as answer, fitting, initSync, parameter, preview, ready, refresh, scheduled as wake } from "./edge_engine.js";
import module from "./edge_engine_bg.wasm";
import { apply, fit, readable } from "./stream.js";

interface Settings {
  STORE_ORIGIN?: string;
}

interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

/** Longest wait for the first snapshot of an isolate, in milliseconds; the store's page comes meanwhile. */
const FIRST_WAIT_MS = 250;

let broken = false;
let link = "";
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
  link = `${parameter()}=`;
} catch (cause) {
  broken = true;
  console.error("slotwise: the engine does not start, pages pass through", cause);
}

/** The engine's promise, or an error if the engine panics before it settles. */
async function guarded<T>(promise: Promise<T>): Promise<T> {
  let giveUp: (why: unknown) => void = () => {};
  const panicked = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  waiting.add(giveUp);
  try {
    return await Promise.race([promise, panicked]);
  } finally {
    waiting.delete(giveUp);
  }
}

function report(cause: unknown): void {
  console.error("slotwise: passing through", cause);
  if (cause instanceof WebAssembly.RuntimeError) broken = true;
}

/** A query without the preview link, and the link's value. */
function withoutLink(address: string): [string, string | undefined] {
  const at = link ? address.indexOf(link, address.indexOf("?") + 1) : -1;
  if (at < 0 || !"?&".includes(address[at - 1] ?? "")) return [address, undefined];
  const end = address.indexOf("&", at);
  const value = address.slice(at + link.length, end < 0 ? undefined : end);
  return [address.replace(`${link}${value}`, ""), value];
}

function fromStore(request: Request, settings: Settings, address: string): Promise<Response> {
  const origin = settings.STORE_ORIGIN?.replace(/\/+$/, "");
  const url = origin ? origin + address.slice(address.indexOf("/", address.indexOf("://") + 3)) : address;
  return fetch(url === request.url ? request : new Request(url, request));
}

async function page(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const [address, value] = request.url.includes("?") ? withoutLink(request.url) : [request.url, undefined];
  const asked = fromStore(request, settings, address);
  if (broken) return asked;
  let first: Promise<unknown> | undefined;
  try {
    const sync = refresh(settings as never);
    if (sync) {
      context.waitUntil(sync);
      if (request.method === "GET" && !ready()) {
        first = Promise.race([sync, new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS))]);
      }
    }
    const forced = value && request.method === "GET" ? await guarded(preview(value, settings as never)) : undefined;
    const response = await asked;
    const type = response.headers.get("content-type") ?? "";
    if (request.method !== "GET" || response.status !== 200 || !/^text\/html/i.test(type) || !readable(response)) return response;
    if (first) await first;
    const fitted = fitting(request, type, settings as never, forced);
    if (!fitted) return response;
    if (fitted.fits) return fit(response, fitted);
    const same = new Response(response.body, response);
    apply(fitted.headers, same.headers);
    fitted.free();
    return same;
  } catch (cause) {
    report(cause);
    return asked;
  }
}

export default {
  async fetch(request: Request, settings: Settings, context: Waiting): Promise<Response> {
    const { url } = request;
    if (broken || !url.startsWith("/_slotwise/", url.indexOf("/", url.indexOf("://") + 3))) {
      return page(request, settings, context);
    }
    try {
      return (await guarded(answer(request, settings as never, context as never))) as Response;
    } catch (cause) {
      report(cause);
      return new Response(null, { status: 502 });
    }
  },
  async scheduled(_event: unknown, settings: Settings): Promise<void> {
    if (!broken) await wake(settings as never);
  },
};
