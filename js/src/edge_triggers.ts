// Visits that left something behind: the shop's own server is told once such a visit has been silent for a while.
//
// A delayed message of the Queue asks later what became of a visit, and a KV namespace says it: it has the token of each visit that
// may be told of, under an HMAC of the shop's reference, so that nobody finds a visitor in it. A message that comes too early waits
// again. One message follows a visit at a time, so a shop pays one write to KV a beacon, and few messages a visit.
//
// At most once a visit: the entry is marked before the post, and nothing is posted twice. KV may be a minute behind, and a Queue may
// hand a message over twice, so a post can still come twice in rare cases: both then have the same `id`, by which the receiver drops
// the second. It is the other way round with losses: what fails is not tried again.
//
// Only accepted events lead here, and those exist only with the visitor's consent.

import { SESSION_COOKIE, SESSION_SECS } from "./contract.js";
import type { Abandonment } from "./decide.js";
import type { Message } from "./edge_delivery.js";
import { abandoned } from "./edge_engine.js";
import { cookieOf } from "./edge_headers.js";
import { complain } from "./edge_log.js";
import type { Settings, Triggers } from "./edge_settings.js";
import { hmac, signature } from "./edge_sign.js";
import { hex, message as said } from "./sync.js";

/** What a message begins with. The rest is the key of its visit. */
const PREFIX = "visit ";
const KEY_NAME = "TRIGGERS_KEY";
/** Longest reference, in characters. */
const MAX_REFERENCE = 200;
/** Longest wait for the receiver, in milliseconds. */
const DEADLINE_MS = 5000;
/** Pause before a write to KV is tried again: it takes one a second for each key. */
const PAUSE_MS = 1100;
/** How long an entry is kept after the last moment at which it is of use, in seconds. */
const MARGIN_SECS = 3600;
/** What was left behind, by the engine's number. */
const KINDS = [undefined, "browse", "exit", "cart"] as const;

/** What KV has of a visit. */
interface Entry {
  reference: string;
  token: string;
  /** The second in which the visit began. */
  started: number;
  /** Whether a message is under way. */
  due: boolean;
}

export const isVisit = ({ body }: Message): boolean => String(body).startsWith(PREFIX);

async function keep(key: string, entry: Entry, { visits, secs }: Triggers): Promise<void> {
  const put = () => visits.put(key, JSON.stringify(entry), { expirationTtl: secs + SESSION_SECS + MARGIN_SECS });
  try {
    await put();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await put();
  }
}

const entryOf = async (key: string, { visits }: Triggers): Promise<Entry | undefined> =>
  JSON.parse((await visits.get(key, "text")) ?? "null") ?? undefined;

const wait = ({ queue }: Triggers, key: string, secs: number): Promise<unknown> =>
  queue.send(PREFIX + key, { contentType: "text", delaySeconds: secs });

/** Remembers a visit whose events were taken. `cookie`: the one that the answer sets. Never rejects. */
export async function follow(request: Request, cookie: string | null, triggers: Triggers): Promise<void> {
  try {
    const header = request.headers.get("cookie");
    const reference = cookieOf(header, triggers.cookie);
    const token = cookieOf(cookie?.split(";")[0] ?? header, SESSION_COOKIE);
    const [started] = abandoned(token);
    if (!reference || reference.length > MAX_REFERENCE || started === undefined) return;
    const key = hex(new Uint8Array(await hmac(`visit ${reference}`, triggers.key, KEY_NAME)));
    const before = await entryOf(key, triggers);
    // A visit that was told of, or that has bought, stays so.
    const due = before?.started !== started || before.due;
    await keep(key, { reference, token, started, due }, triggers);
    if (due && !before?.due) await wait(triggers, key, triggers.secs);
  } catch (cause) {
    complain("trigger", said(cause), { effect: "a visit is not followed" });
  }
}

/** Tells of a visit, if it has gone silent and left something behind. Never rejects. */
export async function followUp(message: Message, { triggers }: Settings): Promise<void> {
  // What fails is not tried again: the visitor gets no mail, which is better than two.
  message.ack();
  if (!triggers) return;
  try {
    const key = String(message.body).slice(PREFIX.length);
    const entry = await entryOf(key, triggers);
    if (!entry?.due) return;
    const { reference, token, started } = entry;
    const [, last = 0, left = 0] = abandoned(token);
    const silent = Math.floor(Date.now() / 1000) - last;
    if (silent < triggers.secs) {
      await wait(triggers, key, triggers.secs - silent);
      return;
    }
    await keep(key, { ...entry, due: false }, triggers);
    const kind = KINDS[left];
    if (!kind) return;
    const id = hex(new Uint8Array(await hmac(`id ${key} ${started}`, triggers.key, KEY_NAME)));
    const body = JSON.stringify({ id, kind, reference, token, last_ms: last * 1000 } satisfies Abandonment);
    const headers = { "content-type": "application/json", ...(await signature(body, triggers.key, KEY_NAME)) };
    const response = await fetch(triggers.url, { method: "POST", headers, body, signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${triggers.url}: status ${response.status}, expected one from 200 to 299`);
  } catch (cause) {
    complain("trigger", said(cause), { effect: "a visit that was left is not told of" });
  }
}
