// What an edge does with requests, on every platform: the addresses below `/_slotwise/` are answered in edge_own.ts, all others
// are the store's (edge_page.ts).

import { BASE } from "./contract.js";
import { consume, type Message } from "./edge_delivery.js";
import { problem } from "./edge_guard.js";
import { complain } from "./edge_log.js";
import { own } from "./edge_own.js";
import { page, pathAt } from "./edge_page.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { failed, isolate, store } from "./edge_snapshots.js";
import { followUp, isVisit } from "./edge_triggers.js";

const OWN = `${BASE}/`;

/** Answers a request. Never rejects unless the store cannot be reached. */
export async function handle(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const { url } = request;
  const at = pathAt(url);
  if (isolate.broken || !url.startsWith(OWN, at)) return page(request, settings, context);
  try {
    return await own(/^[^?#]*/.exec(url.slice(at + OWN.length))?.[0] ?? "", request, settings, context);
  } catch (cause) {
    complain("address", cause);
    failed(cause);
    return problem(502, "this address failed; the log says why");
  }
}

/** Does what is due by schedule: copies to KV what the origin publishes. Never rejects. */
export async function tick(settings: Settings): Promise<void> {
  if (isolate.broken) return;
  try {
    await store(settings);
  } catch (cause) {
    complain("store", cause);
    failed(cause);
  }
}

/** Messages of the Queue that are handed over together. */
export interface Batch {
  messages: Message[];
}

/** Takes a batch of the Queue: events, and visits that may have gone silent. */
export async function queue({ messages }: Batch, settings: Settings): Promise<void> {
  const visits = messages.filter(isVisit);
  const events = messages.filter((message) => !isVisit(message));
  await Promise.all([consume(events, settings), ...visits.map((message) => followUp(message, settings))]);
}
