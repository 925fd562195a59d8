// Who may post to the Worker's own addresses, and how much.
//
// A browser lets any site post to any other, with the visitor's cookies. It asks first only if the content type is JSON,
// and it says where a request comes from. So whatever is not JSON, or comes from another site, is refused: no other site can
// write a visitor's cookie or the shop's log. Bodies are read only as far as they may reach.

import { MAX_BODY } from "./contract.js";
import type { Settings } from "./edge_settings.js";

const JSON_TYPE = "application/json";
/** How long a client that is over the rate limit is asked to wait, in seconds: the shorter period of the platform. */
const LIMIT_SECS = 10;
/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_SECS = 86_400;

export function text(status: number, body: string, more: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": JSON_TYPE, "cache-control": "no-store", ...more } });
}

/** An error response. */
export const problem = (status: number, error: string, more: Record<string, string> = {}): Response =>
  text(status, JSON.stringify({ error }), more);

/** The allowed foreign origin that a request comes from, if it comes from one. */
export function guest(request: Request, settings: Settings): string | undefined {
  const origin = request.headers.get("origin");
  return origin !== null && settings.guests.includes(origin) ? origin : undefined;
}

/** Answers a browser that asks whether a page of an allowed foreign origin may post. */
export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": String(PREFLIGHT_SECS),
    },
  });

/** Lets pages of an allowed foreign origin read a response. Cookies stay out of it: their tokens are in the page. */
export function share(response: Response, origin: string | undefined, settings: Settings): Response {
  if (settings.guests.length > 0) response.headers.append("vary", "origin");
  if (origin !== undefined) response.headers.set("access-control-allow-origin", origin);
  return response;
}

/** Whether a request was made by a page of another site. Requests of apps and servers say nothing, and are not. */
function isForeign({ headers, url }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  // The browser compares with the address that it knows, which a proxy in front of the Worker may have changed.
  if (site === "same-origin") return false;
  const origin = headers.get("origin");
  return site === "cross-site" || (origin !== null && host(origin) !== host(url));
}

const host = (address: string): string | undefined => (URL.canParse(address) ? new URL(address).host : undefined);

async function isOverLimit({ headers }: Request, { limit }: Settings): Promise<boolean> {
  const key = headers.get("cf-connecting-ip");
  if (!limit || !key) return false;
  try {
    return !(await limit.limit({ key })).success;
  } catch {
    // A platform that cannot count must not cost the shop its events.
    return false;
  }
}

/** Reads the body as text; undefined if it is too long. */
async function read(request: Request): Promise<string | undefined> {
  if (!request.body) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let [found, length] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return found + decoder.decode();
    length += value.byteLength;
    if (length > MAX_BODY) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    found += decoder.decode(value, { stream: true });
  }
}

const tooLong = (): Response => problem(413, `the body is longer than ${MAX_BODY} bytes; send fewer events at once`);

/** The error response for a request that comes from a page of another site, or from a client that is over the rate limit. */
export async function refused(request: Request, settings: Settings): Promise<Response | undefined> {
  if (guest(request, settings) === undefined && isForeign(request)) {
    return problem(403, "the request comes from a page of another site; expected the shop's own, or one of ALLOWED_ORIGINS");
  }
  if (await isOverLimit(request, settings)) {
    return problem(429, "too many requests; send again later", { "retry-after": String(LIMIT_SECS) });
  }
  return undefined;
}

/** The JSON text that a request posts, or the error response for its sender. */
export async function bodyOf(request: Request): Promise<string | Response> {
  const { headers } = request;
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json *(;|$)/i.test(type)) return problem(415, `the content type is "${type}", expected ${JSON_TYPE}`);
  if (Number(headers.get("content-length")) > MAX_BODY) return tooLong();
  return (await read(request)) ?? tooLong();
}

/** The JSON object of a text, or the error response for its sender. `example`: what was expected. */
export function parsed(body: string, example: string): object | Response {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return problem(400, `the body is no JSON, expected ${example}`);
  }
  return typeof value === "object" && value ? value : problem(400, `the body is no JSON object, expected ${example}`);
}
