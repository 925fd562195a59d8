// What is asked of the store for a page, and when the visitor has it already.
//
// A visitor's browser asks by the page that it holds: "send it only if it has changed" or "send the rest of it". To a page that may be
// fitted now the store's answer would be wrong, because the store knows nothing of the visit: 304 would keep the neutral page on the
// screen. So such a page is asked for as if the browser held nothing. All other requests go to the store as they came.

import { SESSION_COOKIE } from "./contract.js";

/** Headers that make an answer depend on what the visitor holds. */
const HELD = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"];
const BEGUN = new RegExp(`(^|;) *${SESSION_COOKIE}=`);

const header = ({ headers }: Request, name: string): string => headers.get(name) ?? "";

/** The value of a cookie in a header; empty if it is not there. */
export function cookieOf(header: string | null, name: string): string {
  const found = header?.split(/; */).find((cookie) => cookie.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}

/** Whether a page is asked for. Scripts that load pages say so in `Accept`; pictures, scripts and data never do. */
export const wantsPage = (request: Request): boolean =>
  /text\/html/i.test(header(request, "accept")) && /^(document|i?frame|empty)?$/.test(header(request, "sec-fetch-dest"));

/** Whether a request carries a visit that has begun. */
export const isWarm = (request: Request): boolean => BEGUN.test(header(request, "cookie"));

/**
 * The request for a page at the store, in encodings that the engine can read: not every platform decodes `zstd` or a shared
 * dictionary. `whole`: whatever the visitor holds.
 */
export function pageRequest(url: string, request: Request, whole: boolean): Request {
  const asked = new Request(url, request);
  const { headers } = asked;
  if (whole) for (const name of HELD) headers.delete(name);
  const encodings = header(request, "accept-encoding").split(",");
  const read = encodings.filter((encoding) => /^ *(gzip|br|identity) *(;|$)/i.test(encoding));
  headers.set("accept-encoding", read.join(",") || "identity");
  return asked;
}

/** Whether a cache may answer a request: it is nobody's own, and for the page as a whole. */
export const isForAll = ({ headers }: Request, whole: boolean): boolean =>
  !headers.has("authorization") && (whole || !HELD.slice(2).some((name) => headers.has(name)));

/** Whether the visitor holds the page that these headers are of. */
export function isHeld(request: Request, headers: Headers): boolean {
  const tags = header(request, "if-none-match");
  const strong = (tag: string): string => tag.trim().replace(/^W\//, "");
  if (!tags) return Date.parse(headers.get("last-modified") ?? "") <= Date.parse(header(request, "if-modified-since"));
  const tag = headers.get("etag");
  return tag !== null && (tags === "*" || tags.split(",").some((held) => strong(held) === strong(tag)));
}
