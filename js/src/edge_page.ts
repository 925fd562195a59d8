// The store's pages at an edge: from the store or the page cache, and fitted while they stream. If the engine ever fails, the
// store's response passes unchanged.

import { PREVIEW, VARY } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { forget, kept } from "./edge_cache.js";
import { count } from "./edge_counters.js";
import { isForAll, isWarm, pageRequest, wantsPage } from "./edge_headers.js";
import { complain } from "./edge_log.js";
import { fresh } from "./edge_overlay.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { failed, isolate, refresh, releases } from "./edge_snapshots.js";
import { apply, fit, isHtml, readable } from "./stream.js";
import { isOff, preview } from "./sync.js";

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
  if (end < 0) return [address.slice(0, at - 1), address.slice(at + LINK.length)];
  return [address.slice(0, at) + address.slice(end + 1), address.slice(at + LINK.length, end)];
}

/** A page that passes as it came: its path is switched off, which the page's script is told, or the engine has failed for good. */
function untouched(request: Request, response: Response, off: boolean, settings: Settings): Response {
  if (request.method !== "GET" || response.status !== 200 || !isHtml(response.headers.get("content-type") ?? "")) return response;
  count(off ? "off" : "failed", settings);
  if (!off) return response;
  const told = new Response(response.body, response);
  told.headers.append("server-timing", 'slotwise;desc="edge off"');
  return told;
}

/** Answers with a page of the store, fitted where it may be. */
export async function page(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const path = new URL(request.url).pathname;
  const off = isOff(path, settings.off) || isOff(path, releases.manifest?.off ?? []);
  const [address, value] = request.url.includes("?") ? withoutLink(request.url) : [request.url, undefined];
  const url = settings.store ? settings.store + address.slice(pathAt(address)) : address;
  const pass = (): Promise<Response> => fetch(url === request.url ? request : new Request(url, request));
  const gets = request.method === "GET";
  // The next manifest may switch the path on again.
  if (off && !isolate.broken) context.waitUntil(Promise.resolve(refresh(settings)));
  if (isolate.broken || off) return untouched(request, await pass(), off, settings);
  if (!gets && request.method !== "HEAD") {
    const response = await pass();
    if (settings.keepsPages && response.status < 400) context.waitUntil(forget(url));
    return response;
  }
  let asked: Promise<Response> | undefined;
  try {
    const sync = refresh(settings);
    let first: Promise<unknown> | undefined;
    if (sync) {
      context.waitUntil(sync);
      if (gets && !releases.shop) first = Promise.race([sync, new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS))]);
    }
    const wants = wantsPage(request);
    const asker = new Asker(request, settings);
    // Whether it may be fitted. Without a snapshot that is known only if the last sync failed.
    const changes = value !== undefined || (releases.shop ? isWarm(request) || releases.shop.is_cold : !isolate.problem);
    const may = wants && changes && !asker.crawler;
    const ask = (whole: boolean): Promise<Response> => fetch(pageRequest(url, request, whole));
    if (!wants) asked = pass();
    else asked = settings.keepsPages && isForAll(request, may) ? kept(url, request, may, ask, context) : ask(may);
    const prices = gets ? fresh(settings, context, sync) : undefined;
    // An empty body stands for a link that the shop's key did not sign.
    const signed = value && gets ? ((await preview(value, settings.key)) ?? new Uint8Array(0)) : undefined;
    const response = await asked;
    const { status } = response;
    const type = response.headers.get("content-type") ?? "";
    // "Not modified" has no type, and says of a page that it has stayed.
    if (status === 304 ? !wants : !(isHtml(type) && (status === 200 || status === 206))) return response;
    if (first) await first;
    await prices;
    const caching = response.headers.get("cache-control") ?? "";
    const fitting = releases.shop?.fitting(asker, type, caching, signed, Date.now());
    const fits = fitting?.fits;
    const id = releases.manifest?.current.snapshot.slice(0, 12);
    if (fits && status === 200 && readable(response)) {
      count("fitted", settings, id);
      return fit(response, fitting, (cause) => {
        complain("page", cause, { path, effect: "the rest of this page stays as it is" });
        count("failed", settings, id);
        failed(cause);
      });
    }
    if (gets && status !== 304)
      count(!fitting ? "snapshot" : fits ? "encoding" : fitting.headers.includes("edge crawler") ? "crawler" : "cold", settings, id);
    const same = new Response(response.body, response);
    // A part of a page, or one in an unknown encoding, stays as it is whoever asks.
    apply(fitting && !fits ? fitting.headers : `+vary: ${VARY}`, same.headers);
    fitting?.free();
    return same;
  } catch (cause) {
    complain("page", cause, { path, effect: "it passes through" });
    count("failed", settings);
    failed(cause);
    return asked ?? pass();
  }
}
