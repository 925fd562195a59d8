// What an edge says in its log. A line is a JSON object, so that the platform's log can be searched by its fields: `slotwise` is what
// failed, in a word of a fixed list, and `message` says how.
//
// The same line is not repeated for a while: a Queue that refuses every event must not fill the log.

import { message } from "./sync.js";

/** What failed: the engine's start, a page, the page cache, syncing, KV, live prices, delivering events, an own address, a setting, a trigger. */
export type Failing = "engine" | "page" | "cache" | "sync" | "store" | "overlay" | "events" | "address" | "setting" | "trigger";

/** For how long the same line is not repeated, in milliseconds. */
const QUIET_MS = 10_000;
/** Number of different lines that are remembered. */
const MAX_LINES = 100;

/** When each line may be repeated. */
const said = new Map<string, number>();

/** Writes a line. */
export function complain(slotwise: Failing, cause: unknown, more: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ slotwise, message: message(cause), ...more });
  const now = Date.now();
  if (now < (said.get(line) ?? 0)) return;
  if (said.size >= MAX_LINES) said.clear();
  said.set(line, now + QUIET_MS);
  console.error(line);
}
