// The Worker's own addresses below `/_slotwise/`: events, decisions, manifest, snapshots and health.

import { BASE, MAX_BODY } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { take, undecided } from "./edge_engine.js";
import type { Settings } from "./edge_settings.js";
import { fresh, isolate, origin } from "./edge_snapshots.js";
import { message, snapshot } from "./sync.js";

/** The part of the platform's context that lets work continue after the response. */
export interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

const JSON_TYPE = "application/json";

function text(status: number, body: string, more: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": JSON_TYPE, "cache-control": "no-store", ...more } });
}

/** An error response. */
export const problem = (status: number, error: string): Response => text(status, JSON.stringify({ error }));

const notModified = (etag: string): Response => new Response(null, { status: 304, headers: { etag } });

/** Reads a JSON object, or returns the error response for the sender. */
async function body(request: Request): Promise<object | Response> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAX_BODY) {
    return problem(400, `the body has ${bytes.byteLength} bytes, expected at most ${MAX_BODY}; send fewer events at once`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return problem(400, 'the body is no JSON, expected {"events":[{"name":"view_item","params":{…}}]}');
  }
  return typeof value === "object" && value ? value : problem(400, 'the body is no JSON object, expected {"events":[…]}');
}

/**
 * Takes a beacon. Records its events in the visitor's cookie if consent allows, and forwards them to the origin's log
 * after the response.
 */
async function events(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const beacon = await body(request);
  if (beacon instanceof Response) return beacon;
  const answer = take(new Asker(request, settings.implied), beacon, Date.now()) ?? "";
  const { accepted, ignored, cookie, events } = JSON.parse(answer);
  if (events.length > 0) context.waitUntil(forward(`${settings.origin}${BASE}/events`, events));
  return text(202, JSON.stringify({ accepted, ignored }), cookie ? { "set-cookie": cookie } : {});
}

async function forward(url: string, events: object[]): Promise<void> {
  try {
    const response = await fetch(url, { method: "POST", headers: { "content-type": JSON_TYPE }, body: JSON.stringify({ events }) });
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch (cause) {
    console.error(`slotwise: ${events.length} events did not reach ${url}: ${message(cause)}`);
  }
}

/** Decides for a caller other than a page: an app, an e-mail, a server-rendered store. */
async function decide(request: Request, settings: Settings): Promise<Response> {
  const question = await body(request);
  if (question instanceof Response) return question;
  const shop = await fresh(settings);
  const asker = new Asker(request, settings.implied);
  const answer = shop ? shop.decide(asker, question, Date.now()) : undecided(asker, question, Date.now());
  if (answer !== undefined) return text(200, answer);
  return problem(404, `the plan has no slot "${(question as { slot?: unknown }).slot}"`);
}

/** Reports the current snapshot and the last error. */
async function health(settings: Settings): Promise<Response> {
  await fresh(settings);
  const { id, problem } = isolate;
  return text(200, JSON.stringify({ ok: true, snapshot: id, problem }));
}

/** The manifest of the isolate's snapshot, so that browser and edge use the same one. */
async function manifest(request: Request, settings: Settings): Promise<Response> {
  if (!(await fresh(settings))) return problem(503, "this edge has no snapshot yet; see /_slotwise/health");
  const etag = `"${isolate.id}"`;
  if (request.headers.get("if-none-match") === etag) return notModified(etag);
  return text(200, isolate.manifest, { "cache-control": "no-cache", etag });
}

/** A snapshot by id: the isolate's own from memory, any other from the origin. */
async function bytesOf(request: Request, id: string, settings: Settings): Promise<Response> {
  if (!/^[\da-f]{64}$/.test(id)) return problem(404, "expected 64 hexadecimal digits behind /_slotwise/snapshot/");
  const etag = `"${id}"`;
  if (request.headers.get("if-none-match") === etag) return notModified(etag);
  const own = isolate.id === id ? isolate.shop : undefined;
  const bytes = own ? own.bytes() : await snapshot(origin(settings), id).catch(() => undefined);
  if (!bytes) return problem(404, "neither this edge nor the origin has that snapshot");
  const headers = { "content-type": "application/octet-stream", "cache-control": "public, max-age=31536000, immutable", etag };
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}

/** Answers a request below `/_slotwise/`. `route` is the rest of the path. */
export function own(route: string, request: Request, settings: Settings, context: Waiting): Promise<Response> | Response {
  const { method } = request;
  const reads = method === "GET" || method === "HEAD";
  if (method === "POST" && route === "events") return events(request, settings, context);
  if (method === "POST" && route === "decide") return decide(request, settings);
  if (reads && route === "health") return health(settings);
  if (reads && route === "manifest") return manifest(request, settings);
  if (reads && route.startsWith("snapshot/")) return bytesOf(request, route.slice("snapshot/".length), settings);
  if (route === "events" || route === "decide") return problem(405, "this address takes POST only");
  return problem(404, "expected events, decide, health, manifest or snapshot/<id> behind /_slotwise/");
}
