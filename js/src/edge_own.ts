// The Worker's own addresses below `/_slotwise/`: events, decisions, manifest, snapshots and health.

import type { EdgeHealth, EventsAnswer } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { counts, countRefused, deliver } from "./edge_delivery.js";
import { take, undecided } from "./edge_engine.js";
import { guest, posted, preflight, problem, share, text } from "./edge_guard.js";
import type { Settings } from "./edge_settings.js";
import { fresh, isolate, origin } from "./edge_snapshots.js";
import { snapshot } from "./sync.js";

/** The part of the platform's context that lets work continue after the response. */
export interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

/** What the engine makes of a beacon. */
interface Taken {
  answer: EventsAnswer;
  cookie: string | null;
  events: { event_id?: string }[];
}

/** How long a sender is asked to wait if neither Queue nor origin took its events, in seconds. */
const RETRY_SECS = 5;

const notModified = (etag: string): Response => new Response(null, { status: 304, headers: { etag } });

/**
 * Takes a beacon: delivers its events, and records them in the visitor's cookie if consent allows. If the events cannot be
 * delivered, the sender keeps them and no cookie is set, since they will come again.
 */
async function events(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const beacon = await posted(request, settings);
  if (beacon instanceof Response) return beacon;
  const { answer, cookie, events }: Taken = JSON.parse(take(new Asker(request, settings.implied), beacon, Date.now()) ?? "");
  if (events.length > 0) {
    const delivered = deliver(events, settings);
    // The visitor may leave before the origin has answered.
    context.waitUntil(delivered);
    if (!(await delivered)) {
      return problem(503, "the events could not be stored; send them again", { "retry-after": String(RETRY_SECS) });
    }
  }
  countRefused(answer.refused);
  return text(202, JSON.stringify(answer), cookie ? { "set-cookie": cookie } : {});
}

/** Decides for a caller other than a page: an app, an e-mail, a server-rendered store. */
async function decide(request: Request, settings: Settings): Promise<Response> {
  const question = await posted(request, settings);
  if (question instanceof Response) return question;
  const shop = await fresh(settings);
  const asker = new Asker(request, settings.implied);
  const answer = shop ? shop.decide(asker, question, Date.now()) : undecided(asker, question, Date.now());
  if (answer !== undefined) return text(200, answer);
  return problem(404, `the plan has no slot "${(question as { slot?: unknown }).slot}"`);
}

/** Reports the current snapshot, the last error, and what became of events. */
async function health(settings: Settings): Promise<Response> {
  await fresh(settings);
  const { id, problem } = isolate;
  const answer: EdgeHealth = { ok: true, snapshot: id, problem, events: counts };
  return text(200, JSON.stringify(answer));
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
export async function own(route: string, request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const from = guest(request, settings);
  const asks = request.method === "OPTIONS" && from !== undefined;
  return share(asks ? preflight() : await answer(route, request, settings, context), from, settings);
}

function answer(route: string, request: Request, settings: Settings, context: Waiting): Promise<Response> | Response {
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
