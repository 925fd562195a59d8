// The Worker's entry. It fetches from the store and streams the bytes; the engine decides what changes. The addresses
// below `/_slotwise/` are answered in edge_own.ts. If the engine ever fails, the store's response passes unchanged.

import { BASE, PREVIEW } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { type Batch, consume } from "./edge_delivery.js";
import { initSync } from "./edge_engine.js";
import module from "./edge_engine_bg.wasm";
import { problem } from "./edge_guard.js";
import { own } from "./edge_own.js";
import { type Env, type Settings, settingsOf, type Waiting } from "./edge_settings.js";
import { fresh, lay } from "./edge_overlay.js";
import { failed, isolate, refresh, releases, store } from "./edge_snapshots.js";
import { apply, fit, readable } from "./stream.js";
import { message, preview } from "./sync.js";

/** Longest wait for the first snapshot of an isolate, in milliseconds. The store's page is fetched in the meantime. */
const FIRST_WAIT_MS = 250;
const OWN = `${BASE}/`;
const LINK = `${PREVIEW}=`;

isolate.opened = lay;
try {
  isolate.memory = initSync({ module }).memory;
} catch (cause) {
  isolate.broken = true;
  console.error("slotwise: the engine does not start, pages pass through", cause);
}

/** Position of the path in a URL. */
const pathAt = (address: string): number => address.indexOf("/", address.indexOf("://") + 3);

/** The URL without the preview link, and the link's value. The store and its caches must not see it. */
function withoutLink(address: string): [string, string | undefined] {
  const at = address.indexOf(LINK, address.indexOf("?") + 1);
  if (at < 0 || !"?&".includes(address[at - 1] ?? "")) return [address, undefined];
  const end = address.indexOf("&", at);
  const value = address.slice(at + LINK.length, end < 0 ? undefined : end);
  return [address.replace(`${LINK}${value}`, ""), value];
}

function fromStore(request: Request, settings: Settings, address: string): Promise<Response> {
  const url = settings.store ? settings.store + address.slice(pathAt(address)) : address;
  return fetch(url === request.url ? request : new Request(url, request));
}

async function page(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const [address, value] = request.url.includes("?") ? withoutLink(request.url) : [request.url, undefined];
  const asked = fromStore(request, settings, address);
  if (isolate.broken) return asked;
  let first: Promise<unknown> | undefined;
  try {
    const sync = refresh(settings);
    if (sync) {
      context.waitUntil(sync);
      if (request.method === "GET" && !releases.shop) {
        first = Promise.race([sync, new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS))]);
      }
    }
    const prices = request.method === "GET" ? fresh(settings, context, sync) : undefined;
    // An empty body stands for a link that the shop's key did not sign.
    const signed = value && request.method === "GET" ? ((await preview(value, settings.key)) ?? new Uint8Array(0)) : undefined;
    const response = await asked;
    const type = response.headers.get("content-type") ?? "";
    if (request.method !== "GET" || response.status !== 200 || !/^text\/html/i.test(type) || !readable(response)) return response;
    if (first) await first;
    await prices;
    const { shop } = releases;
    if (!shop) return response;
    const fitting = shop.fitting(
      new Asker(request, settings.implied),
      type,
      response.headers.get("cache-control") ?? "",
      signed,
      Date.now(),
    );
    if (fitting.fits) return fit(response, fitting, failed);
    const same = new Response(response.body, response);
    apply(fitting.headers, same.headers);
    fitting.free();
    return same;
  } catch (cause) {
    console.error("slotwise: passing through", cause);
    failed(cause);
    return asked;
  }
}

export default {
  async fetch(request: Request, env: Env, context: Waiting): Promise<Response> {
    const { url } = request;
    const settings = settingsOf(env);
    const at = pathAt(url);
    if (isolate.broken || !url.startsWith(OWN, at)) return page(request, settings, context);
    try {
      return await own(/^[^?#]*/.exec(url.slice(at + OWN.length))?.[0] ?? "", request, settings, context);
    } catch (cause) {
      console.error("slotwise: an address of the engine's own failed", cause);
      failed(cause);
      return problem(502, "this address failed; the log says why");
    }
  },
  async scheduled(_event: unknown, env: Env): Promise<void> {
    if (isolate.broken) return;
    try {
      await store(settingsOf(env));
    } catch (cause) {
      console.error(`slotwise: ${message(cause)}`);
      failed(cause);
    }
  },
  async queue(batch: Batch, env: Env): Promise<void> {
    await consume(batch, settingsOf(env));
  },
};
