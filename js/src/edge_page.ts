// The store's pages at an edge: fetched from the store, and fitted while they stream. If the engine ever fails, the store's
// response passes unchanged.

import { PREVIEW } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { fresh } from "./edge_overlay.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { failed, isolate, refresh, releases } from "./edge_snapshots.js";
import { apply, fit, readable } from "./stream.js";
import { preview } from "./sync.js";

/** Longest wait for the first snapshot of an isolate, in milliseconds. The store's page is fetched in the meantime. */
const FIRST_WAIT_MS = 250;
const LINK = `${PREVIEW}=`;

/** Position of the path in a URL. */
export const pathAt = (address: string): number => address.indexOf("/", address.indexOf("://") + 3);

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

/** Answers with a page of the store, fitted where it may be. */
export async function page(request: Request, settings: Settings, context: Waiting): Promise<Response> {
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
    const fitting = shop.fitting(new Asker(request, settings), type, response.headers.get("cache-control") ?? "", signed, Date.now());
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
