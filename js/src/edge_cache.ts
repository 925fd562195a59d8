// Neutral pages in the platform's cache, where the store lets shared caches keep them. Pages are fitted after they have come from it, so
// the store is asked for a page as often as any cache would ask.
//
// The Cache API knows no `Vary`, and platforms differ in how they count a page's age. So a page that varies by more than its encoding
// is not kept, and each entry says itself when it came and how long it is fresh. A cache that fails, or does not answer in time,
// is left alone for a while: it never costs a page.

import { isHeld } from "./edge_headers.js";
import { complain } from "./edge_log.js";
import type { Waiting } from "./edge_settings.js";
import { within } from "./edge_snapshots.js";
import { isHtml, readable } from "./stream.js";
import { collected, pour } from "./sync.js";

/** Longest wait for the cache, in milliseconds. */
const PATIENCE_MS = 250;
/** How long a cache that failed is left alone, in milliseconds. */
const REST_MS = 10_000;
/** After this many milliseconds a renewal that has not ended counts as given up. */
const STUCK_MS = 30_000;
/** Longest page that is kept, in bytes. */
const MAX_PAGE = 2 * 1024 * 1024;
/** Longest time a page is kept, in seconds. */
const YEAR_SECS = 31_536_000;
/**
 * Header of an entry: when it came in milliseconds, its age in seconds by then, for how many seconds it is fresh, and for how many more
 * it may be used while it is renewed; then the store's own `Cache-Control`.
 */
const ENTRY = "slotwise-entry";

/** After this many answers in a row that may not be kept the cache is not asked, until one comes that may: most shops allow none. */
const IN_VAIN = 16;

/** When a cache that failed may be asked again. */
let rests = 0;
/** Number of answers in a row that may not be kept. */
let inVain = 0;
/** Pages that are being renewed, with the moment when that began. */
const renewing = new Map<string, number>();

/** The cache; undefined where the platform has none, or it rests. */
const open = (): Cache | undefined => (Date.now() < rests ? undefined : (globalThis.caches as { default?: Cache } | undefined)?.default);

/** What the cache brings, if it does so in time; else it rests. */
async function tried<T>(asked: () => Promise<T>): Promise<T | undefined> {
  try {
    return await within(PATIENCE_MS, asked());
  } catch (cause) {
    // Said once: on a platform without a cache it is always so.
    if (rests === 0) complain("cache", cause);
    rests = Date.now() + REST_MS;
    return undefined;
  }
}

/** How long the store lets shared caches keep an answer, as in an entry; undefined if it does not. */
function lifetime({ status, headers }: Response): [age: number, fresh: number, stale: number] | undefined {
  const said = (name: string): string => headers.get(name)?.toLowerCase() ?? "";
  const own = said("cache-control");
  // What is said to a CDN counts before what is said to all.
  const cdn = said("cloudflare-cdn-cache-control") || said("cdn-cache-control");
  const rules = cdn || own;
  const seconds = (name: string): number | undefined => {
    const found = new RegExp(`(?:^|[ ,])${name}="?(\\d+)`).exec(rules)?.[1];
    return found === undefined ? undefined : Math.min(Number(found), YEAR_SECS);
  };
  const forbidden =
    /private|no-(store|cache)/.test(own + cdn + said("surrogate-control") + said("pragma")) ||
    headers.has("set-cookie") ||
    !/^( *accept-encoding *(,|$))*$/.test(said("vary"));
  const fresh = seconds("s-maxage") ?? (cdn || own.includes("public") ? seconds("max-age") : 0) ?? 0;
  const age = Number(said("age")) || 0;
  if (status !== 200 || forbidden || fresh <= age || !isHtml(said("content-type"))) return undefined;
  return [age, fresh, /(must|proxy)-revalidate/.test(rules) ? 0 : (seconds("stale-while-revalidate") ?? 0)];
}

/** Puts an answer into the cache, if the store allows. Returns one that can still be read. */
function keep(url: string, response: Response, context: Waiting): Response {
  const life = lifetime(response);
  inVain = life ? 0 : inVain + 1;
  if (!life || !response.body || !readable(response) || !open()) return response;
  const [ours, theirs] = response.body.tee();
  const { headers } = new Response(null, response);
  const put = async (): Promise<void> => {
    // Read to its end first, because not every platform throws away a page that breaks off.
    const page = await collected((take) => pour(theirs.getReader(), MAX_PAGE, take));
    headers.set(ENTRY, `${Date.now()} ${life.join(" ")} ${headers.get("cache-control") ?? ""}`);
    const [age, fresh, stale] = life;
    headers.set("cache-control", `public, max-age=${fresh + stale - age}`);
    headers.delete("age");
    // Kept as it is, for readers of every encoding. Then it is not the same bytes any more.
    const tag = headers.get("etag");
    if (tag && headers.get("content-encoding")) headers.set("etag", tag.replace(/^(?!W\/)/, "W/"));
    for (const name of ["content-encoding", "content-length"]) headers.delete(name);
    await open()?.put(url, new Response(page, { headers }));
  };
  context.waitUntil(put().catch((cause) => complain("cache", cause, { effect: "a page was not kept" })));
  return new Response(ours, response);
}

/** Asks for a page anew in the background, once at a time. */
function renew(url: string, ask: (whole: boolean) => Promise<Response>, context: Waiting): void {
  const now = Date.now();
  if (now - (renewing.get(url) ?? 0) < STUCK_MS) return;
  renewing.set(url, now);
  const renewed = ask(true)
    .then((response) => keep(url, response, context).body?.cancel())
    .catch((cause) => complain("cache", cause, { effect: "a page was not renewed" }))
    .finally(() => renewing.delete(url));
  context.waitUntil(renewed);
}

/**
 * The page from the cache, or else from the store. `ask` asks the store; `whole`: whatever the visitor holds. Rejects only if the store
 * cannot be reached.
 */
export async function kept(
  url: string,
  request: Request,
  whole: boolean,
  ask: (whole: boolean) => Promise<Response>,
  context: Waiting,
): Promise<Response> {
  const cache = inVain < IN_VAIN ? open() : undefined;
  const entry = cache && (await tried(() => cache.match(url)));
  const [, came, before, fresh, stale, caching] = /^(\d+) (\d+) (\d+) (\d+) (.*)/.exec(entry?.headers.get(ENTRY) ?? "") ?? [];
  const age = Number(before) + Math.max(0, Math.floor((Date.now() - Number(came)) / 1000));
  // Not an entry of ours, or too old.
  if (!entry || !(age < Number(fresh) + Number(stale))) {
    const response = await ask(whole);
    return request.method === "GET" ? keep(url, response, context) : response;
  }
  if (age >= Number(fresh)) renew(url, ask, context);
  const held = !whole && isHeld(request, entry.headers);
  const page = new Response(held || request.method === "HEAD" ? null : entry.body, { status: held ? 304 : 200, headers: entry.headers });
  const { headers } = page;
  for (const name of [ENTRY, "cache-control", "cf-cache-status"]) headers.delete(name);
  if (caching) headers.set("cache-control", caching);
  headers.set("age", String(age));
  return page;
}

/** Removes a page that a request may have changed. */
export async function forget(url: string): Promise<void> {
  const cache = open();
  if (cache) await tried(() => cache.delete(url));
}
