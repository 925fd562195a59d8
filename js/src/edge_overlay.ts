// Live prices and stock at the edge: asked for on a short interval of their own, laid over the isolate's snapshots, and handed on
// to browsers.
//
// An isolate that has heard from the origin lately goes on with what it has, and asks again in the background. If that is two
// intervals ago, a page waits for the answer, shortly: the page's own content is on its way meanwhile. The platform lets no
// request wait for what another one has begun, so each of those that come together asks.

import { BASE, MAX_OVERLAY } from "./contract.js";
import type { Shop } from "./edge_engine.js";
import { problem } from "./edge_guard.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { releases, within } from "./edge_snapshots.js";
import { newer } from "./overlay_file.js";
import { complain } from "./edge_log.js";
import { type Bytes, collected, DEADLINE_MS, message, pour } from "./sync.js";

/** Longest wait for prices that are two intervals old, in milliseconds. */
const PATIENCE_MS = 250;
/** How long browsers and caches may keep the answer, in seconds. It is also asked of Cloudflare's cache. */
const KEPT_SECS = 5;
const KEPT = { cf: { cacheEverything: true, cacheTtlByStatus: { "200-299": KEPT_SECS, "300-599": 0 } } };

/** What the isolate has. */
let held: { file: Bytes; body: Bytes; sequence: number; etag: string } | undefined;
/** When the origin answered last, and when it was asked. */
let [answered, asked] = [0, 0];
/** The last complaint, which is not repeated with every question. */
let logged = "";

/** Lays what the isolate has over a snapshot that it has opened. */
export const lay = (shop: Shop): void => {
  if (held) shop.lay(held.body);
};

/**
 * Asks for newer prices if it is time to, and waits for them where those of the isolate are two intervals old. `sync`: what brings
 * the first manifest. Never rejects.
 */
export async function fresh(settings: Settings, context: Waiting, sync?: Promise<void>): Promise<void> {
  const now = Date.now();
  const { overlayMs } = settings;
  const { manifest } = releases;
  const old = now - answered >= 2 * overlayMs;
  // An origin that does not answer is asked once an interval.
  const due = now - answered >= overlayMs && now - asked >= overlayMs;
  if ((manifest && !manifest.overlay_key) || !(due || (old && now - asked < PATIENCE_MS))) return;
  if (due) asked = now;
  const done = ask(settings, sync).catch((cause) => {
    const line = message(cause);
    if (line !== logged) complain("overlay", line);
    logged = line;
  });
  context.waitUntil(done);
  if (old) await within(PATIENCE_MS, done).catch(() => {});
}

async function ask(settings: Settings, sync: Promise<void> | undefined): Promise<void> {
  const headers: Record<string, string> = held ? { "if-none-match": held.etag } : {};
  const url = `${settings.origin}${BASE}/overlay`;
  const response = await within(DEADLINE_MS, fetch(url, { headers, signal: AbortSignal.timeout(DEADLINE_MS), ...KEPT }));
  const { body, status } = response;
  // Not found: the shop publishes none yet, or they are gone. Then those of before hold until they are too old for the plan.
  if (status === 200 && body) await take(response, body as ReadableStream<Bytes>, sync);
  else if (status !== 304 && status !== 404) throw new Error(`status ${status}, expected 200`);
  answered = Date.now();
}

async function take(response: Response, body: ReadableStream<Bytes>, sync: Promise<void> | undefined): Promise<void> {
  const file = await within(
    DEADLINE_MS,
    collected((take) => pour(body.getReader(), MAX_OVERLAY, take)),
  );
  await sync;
  const { manifest } = releases;
  if (!manifest?.overlay_key) return;
  const found = await newer(file, manifest.overlay_key, held?.sequence ?? -1);
  if (!found) return;
  const etag = response.headers.get("etag") ?? "";
  held = { file, body: found[0], sequence: found[1], etag };
  for (const release of [manifest.current, manifest.canary?.release]) {
    const shop = releases.of(release?.snapshot);
    if (shop) lay(shop);
  }
}

/** The overlay as the isolate uses it. */
export async function overlay(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  await fresh(settings, context);
  if (!held || !releases.manifest?.overlay_key) return problem(404, "this shop publishes no live prices");
  const { file, sequence } = held;
  const etag = `"${sequence}"`;
  const headers = { "cache-control": `public, max-age=${KEPT_SECS}`, "content-type": "application/x-protobuf", etag };
  const known = request.headers.get("if-none-match") === etag;
  return new Response(known ? null : file, { status: known ? 304 : 200, headers });
}
