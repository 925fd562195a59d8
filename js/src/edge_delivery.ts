// The way of accepted events to the origin's log: through a Queue where one is bound, or else directly.
//
// Events count as taken once they are in the Queue or on the origin's disk. Only then does the sender get a 202; otherwise it
// keeps them and sends them again. A retry may bring the same event twice, so each has an id by which the origin drops
// repetitions.

import { BASE, type EventCounts, type EventsAnswer, MAX_EVENTS } from "./contract.js";
import { complain as report } from "./edge_log.js";
import type { Queue, Settings } from "./edge_settings.js";
import { bytesOf, message } from "./sync.js";

/** Longest wait for the origin, in milliseconds. */
const DEADLINE_MS = 3000;
/** Longest post to the origin, in bytes: less than a Queue allows in a message. */
const MAX_POST = 100_000;
/** First and longest pause before a message of the Queue is tried again, in seconds. Each pause is twice the one before. */
const RETRY_SECS = { first: 5, longest: 3600 };
/** Status codes by which the origin says that it will never take a post. */
const NEVER = [400, 413, 415];
/** The problem of a Worker whose secret is wrong. It is the operator's own, so it is said in full. */
const NO_KEY = "SLOTWISE_INTAKE_KEY is not 32 bytes as base64url";
/** The status when there was no answer. */
const NONE = 0;

/** Events of this isolate since it started, for `/_slotwise/health`. */
export const counts: EventCounts = { accepted: 0, forwarded: 0, refused: {}, lost: 0, problem: null };

/** A message of the Queue, in the form in which the platform hands it to a consumer. */
interface Message {
  body: unknown;
  attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}

/** Messages that are handed over together. */
export interface Batch {
  messages: Message[];
}

/** Events in a row, as they stand in a post. */
interface Part {
  text: string;
  count: number;
  bytes: number;
}

/** What stands around the events of a post. */
const FRAME = { before: '{"events":[', after: "]}" };

/** Counts what was refused in a beacon. */
export function countRefused(refused: EventsAnswer["refused"]): void {
  for (const [why, count] of Object.entries(refused) as [keyof typeof refused, number][]) {
    counts.refused[why] = (counts.refused[why] ?? 0) + count;
  }
}

/** Delivers accepted events, each with an id. Returns whether they were taken. Never rejects. */
export async function deliver(events: { event_id?: string }[], settings: Settings): Promise<boolean> {
  for (const event of events) event.event_id ||= crypto.randomUUID();
  const posts = pack(events.map((event) => partOf(JSON.stringify(event), 1)));
  const taken = (settings.queue && (await enqueue(posts, settings.queue))) || (await forwardAll(posts, settings));
  if (taken) counts.accepted += events.length;
  return taken;
}

/**
 * Forwards messages of the Queue. Messages share posts: a beacon has few events, and the origin needs about as long for a post
 * of one event as for one of many, so a Queue that has filled up for minutes would take longer than that to drain one by one.
 * Once the origin is found to be away, the rest of a batch waits without being tried.
 */
export async function consume({ messages }: Batch, settings: Settings): Promise<void> {
  let away = false;
  for (const post of pack(messages.map(queuedOf))) away = await settle(post, away, settings);
}

/** A message with its events. */
interface Queued extends Part {
  message: Message;
}

/** Forwards messages in one post, and tells the Queue what became of them. Returns whether the origin is away. */
async function settle(post: Queued[], away: boolean, settings: Settings): Promise<boolean> {
  const status = away ? NONE : await forward(post, settings);
  const never = NEVER.includes(status);
  if (never && post.length > 1) {
    // One of them spoils the post, which is no reason to lose the others.
    for (const queued of post) away = await settle([queued], away, settings);
    return away;
  }
  if (never) {
    counts.lost += countOf(post);
    report("events", `${countOf(post)} events are lost: ${counts.problem}`);
  }
  const settled = never || status === 202;
  for (const { message } of post) {
    if (settled) {
      message.ack();
    } else {
      const pause = RETRY_SECS.first * 2 ** Math.min(message.attempts - 1, 20);
      message.retry({ delaySeconds: Math.min(pause, RETRY_SECS.longest) });
    }
  }
  return !settled;
}

function queuedOf(message: Message): Queued {
  const body = String(message.body);
  return { message, ...partOf(body.slice(FRAME.before.length, -FRAME.after.length), eventsIn(body)) };
}

/** Number of events in a message. */
function eventsIn(body: string): number {
  try {
    return JSON.parse(body).events.length;
  } catch {
    return 0;
  }
}

const encoder = new TextEncoder();
const partOf = (text: string, count: number): Part => ({ text, count, bytes: encoder.encode(text).length + 1 });
const countOf = (post: Part[]): number => post.reduce((sum, { count }) => sum + count, 0);
const bodyOf = (post: Part[]): string => FRAME.before + post.map(({ text }) => text).join(",") + FRAME.after;

/** Puts parts together into posts, none of which has more than the Queue and the origin allow. */
function pack<P extends Part>(parts: P[]): P[][] {
  const posts: P[][] = [];
  let [count, bytes] = [0, MAX_POST];
  for (const part of parts) {
    if (bytes + part.bytes > MAX_POST || count + part.count > MAX_EVENTS) {
      posts.push([]);
      [count, bytes] = [0, FRAME.before.length + FRAME.after.length];
    }
    posts.at(-1)?.push(part);
    count += part.count;
    bytes += part.bytes;
  }
  return posts;
}

async function enqueue(posts: Part[][], queue: Queue): Promise<boolean> {
  try {
    await queue.sendBatch(posts.map((post) => ({ body: bodyOf(post), contentType: "text" })));
    counts.problem = null;
    return true;
  } catch (cause) {
    complain("queue", `the Queue refused events: ${message(cause)}`);
    return false;
  }
}

async function forwardAll(posts: Part[][], settings: Settings): Promise<boolean> {
  for (const post of posts) if ((await forward(post, settings)) !== 202) return false;
  return true;
}

/** Posts events to the origin. Returns the status of the answer. */
async function forward(post: Part[], settings: Settings): Promise<number> {
  const body = bodyOf(post);
  const url = `${settings.origin}${BASE}/events`;
  try {
    const headers = { "content-type": "application/json", ...(await signature(body, settings.intakeKey)) };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    if (response.status === 202) {
      counts.forwarded += countOf(post);
      counts.problem = null;
    } else {
      complain(`status ${response.status}`, `${url}: status ${response.status}, expected 202`);
    }
    return response.status;
  } catch (cause) {
    const said = message(cause);
    complain(said.startsWith(NO_KEY) ? NO_KEY : "unreachable", `${url}: ${said}`);
    return NONE;
  }
}

/** Keeps a word for everybody, and says the rest in the log. */
function complain(problem: string, detail: string): void {
  counts.problem = problem;
  report("events", detail);
}

let imported: Promise<CryptoKey> | undefined;

/** The header that proves to the origin that a post comes from this Worker; none without a key. */
async function signature(body: string, key: string): Promise<Record<string, string>> {
  if (!key) return {};
  imported ??= importKey(key);
  const time = Date.now();
  const mac = await crypto.subtle.sign("HMAC", await imported, new TextEncoder().encode(`${time}.${body}`));
  const hex = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { "slotwise-signature": `t=${time},v1=${hex}` };
}

async function importKey(key: string): Promise<CryptoKey> {
  const bytes = bytesOf(key);
  // The key is a secret, so the message does not repeat it.
  if (bytes?.length !== 32) throw new Error(`${NO_KEY}; copy the .intake file of \`slotwise keygen\``);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
