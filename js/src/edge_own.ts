// The Worker's own addresses below `/_slotwise/`: events, decisions, manifest, snapshots and health.

import type { EdgeHealth, EventsAnswer } from "./contract.js";
import { Asker } from "./edge_asker.js";
import { pages } from "./edge_counters.js";
import { counts, countRefused, deliver } from "./edge_delivery.js";
import { decide } from "./edge_decide.js";
import { take } from "./edge_engine.js";
import { bodyOf, guest, parsed, preflight, problem, refused, share, text } from "./edge_guard.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { immutable } from "./edge_files.js";
import { mail } from "./edge_mail.js";
import { overlay } from "./edge_overlay.js";
import { fresh, isolate, releases } from "./edge_snapshots.js";
import { follow } from "./edge_triggers.js";

/** What the engine makes of a beacon. */
interface Taken {
  answer: EventsAnswer;
  cookie: string | null;
  events: { event_id?: string }[];
}

/** How long a sender is asked to wait if neither Queue nor origin took its events, in seconds. */
const RETRY_SECS = 5;

/**
 * Takes a beacon: delivers its events, and records them in the visitor's cookie if consent allows. If the events cannot be
 * delivered, the sender keeps them and no cookie is set, since they will come again.
 */
async function events(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const body = (await refused(request, settings)) ?? (await bodyOf(request));
  if (typeof body !== "string") return body;
  const beacon = parsed(body, '{"events":[{"name":"view_item","params":{…}}]}');
  if (beacon instanceof Response) return beacon;
  const { answer, cookie, events }: Taken = JSON.parse(take(new Asker(request, settings), beacon, Date.now()) ?? "");
  if (events.length > 0) {
    const delivered = deliver(events, settings, context);
    // The visitor may leave before the origin has answered.
    context.waitUntil(delivered);
    if (!(await delivered)) {
      return problem(503, "the events could not be stored; send them again", { "retry-after": String(RETRY_SECS) });
    }
  }
  countRefused(answer.refused);
  if (events.length > 0 && settings.triggers) context.waitUntil(follow(request, cookie, settings.triggers));
  return text(202, JSON.stringify(answer), cookie ? { "set-cookie": cookie } : {});
}

/**
 * Reports the snapshot in use, what the last sync failed with, and what became of events. Anybody may ask, so it says in fixed words
 * what is in the log in full.
 */
async function health(settings: Settings, context: Waiting): Promise<Response> {
  await fresh(settings, context);
  const { manifest, shop } = releases;
  const { problem } = isolate;
  const answer: EdgeHealth = {
    ok: shop !== undefined,
    snapshot: manifest?.current.snapshot ?? null,
    sequence: manifest?.sequence ?? null,
    age_s: manifest ? Math.max(0, Math.round((Date.now() - manifest.published_ms) / 1000)) : null,
    canary: manifest?.canary?.release.snapshot ?? null,
    problem: problem?.trouble ?? null,
    problem_ms: problem?.time_ms ?? null,
    events: counts,
    pages,
    settings: settings.wrong,
  };
  return text(shop ? 200 : 503, JSON.stringify(answer));
}

/** The manifest of the isolate's snapshot, so that browser and edge use the same one. */
async function manifest(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  await fresh(settings, context);
  const { manifest } = releases;
  if (!manifest) return problem(503, "this edge has no snapshot yet; see /_slotwise/health");
  const headers = { "cache-control": "no-cache", "content-type": "text/plain; charset=utf-8", etag: `"${manifest.sequence}"` };
  const known = request.headers.get("if-none-match") === headers.etag;
  return new Response(known ? null : manifest.text, { status: known ? 304 : 200, headers });
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
  if ((method === "POST" || reads) && route === "decide") return decide(request, settings, context);
  if (reads && route === "health") return health(settings, context);
  if (reads && route === "manifest") return manifest(request, settings, context);
  if (reads && route === "overlay") return overlay(request, settings, context);
  if (reads && route.startsWith("mail/")) return mail(route.slice(5), request, settings, context);
  const file = reads && immutable(route, request, settings);
  if (file) return file;
  if (route === "events" || route === "decide") return problem(405, `this address takes ${route === "events" ? "" : "GET and "}POST only`);
  return problem(
    404,
    "expected events, decide, health, manifest, snapshot/<id>, shard/<name>, patch/<name>, overlay or mail/<slot> behind /_slotwise/",
  );
}
