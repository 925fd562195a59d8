// The way of accepted events to the origin's log: through a Queue where one is bound, or else directly.
//
// Events count as taken once they are in the Queue or on the origin's disk. Only then does the sender get a 202; otherwise it
// keeps them and sends them again. A retry may bring the same event twice, so each has an id by which the origin drops
// repetitions.

import { BASE, type EventCounts, type EventsAnswer } from "./contract.js";
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
/** The status when there was no answer. */
const NONE = 0;

/** Events of this isolate since it started, for `/_slotwise/health`. */
export const counts: EventCounts = { accepted: 0, forwarded: 0, refused: {}, lost: 0, problem: null };

/** Messages of the Queue, in the form in which the platform hands them to a consumer. */
export interface Batch {
  messages: { body: unknown; attempts: number; ack(): void; retry(options: { delaySeconds: number }): void }[];
}

interface Post {
  body: string;
  count: number;
}

/** Counts what was refused in a beacon. */
export function countRefused(refused: EventsAnswer["refused"]): void {
  for (const [why, count] of Object.entries(refused) as [keyof typeof refused, number][]) {
    counts.refused[why] = (counts.refused[why] ?? 0) + count;
  }
}

/** Delivers accepted events, each with an id. Returns whether they were taken. Never rejects. */
export async function deliver(events: { event_id?: string }[], settings: Settings): Promise<boolean> {
  const posts = split(events);
  const taken = (settings.queue && (await enqueue(posts, settings.queue))) || (await forwardAll(posts, settings));
  if (taken) counts.accepted += events.length;
  return taken;
}

/** Forwards messages of the Queue. Once the origin is found to be away, the rest of a batch waits without being tried. */
export async function consume({ messages }: Batch, settings: Settings): Promise<void> {
  let away = false;
  for (const queued of messages) {
    const post = { body: String(queued.body), count: countOf(queued.body) };
    const status = away ? NONE : await forward(post, settings);
    if (status === 202) {
      queued.ack();
    } else if (NEVER.includes(status)) {
      counts.lost += post.count;
      console.error(`slotwise: ${post.count} events are lost: ${counts.problem}`);
      queued.ack();
    } else {
      away = true;
      const pause = RETRY_SECS.first * 2 ** Math.min(queued.attempts - 1, 20);
      queued.retry({ delaySeconds: Math.min(pause, RETRY_SECS.longest) });
    }
  }
}

/** Number of events in a message. */
function countOf(body: unknown): number {
  try {
    return JSON.parse(String(body)).events.length;
  } catch {
    return 0;
  }
}

/** Events as bodies of posts, none of which is longer than the Queue and the origin allow. */
function split(events: { event_id?: string }[]): Post[] {
  const encoder = new TextEncoder();
  const posts: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const event of events) {
    event.event_id ||= crypto.randomUUID();
    const line = JSON.stringify(event);
    const bytes = encoder.encode(line).length + 1;
    if (length + bytes > MAX_POST) {
      posts.push([]);
      length = '{"events":[]}'.length;
    }
    posts.at(-1)?.push(line);
    length += bytes;
  }
  return posts.map((lines) => ({ body: `{"events":[${lines}]}`, count: lines.length }));
}

async function enqueue(posts: Post[], queue: Queue): Promise<boolean> {
  try {
    await queue.sendBatch(posts.map(({ body }) => ({ body, contentType: "text" })));
    counts.problem = null;
    return true;
  } catch (cause) {
    complain(`the Queue refused events: ${message(cause)}`);
    return false;
  }
}

async function forwardAll(posts: Post[], settings: Settings): Promise<boolean> {
  for (const post of posts) if ((await forward(post, settings)) !== 202) return false;
  return true;
}

/** Posts events to the origin. Returns the status of the answer. */
async function forward({ body, count }: Post, settings: Settings): Promise<number> {
  const url = `${settings.origin}${BASE}/events`;
  try {
    const headers = { "content-type": "application/json", ...(await signature(body, settings.intakeKey)) };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    if (response.status === 202) {
      counts.forwarded += count;
      counts.problem = null;
    } else {
      complain(`${url}: status ${response.status}, expected 202`);
    }
    return response.status;
  } catch (cause) {
    complain(`${url}: ${message(cause)}`);
    return NONE;
  }
}

function complain(problem: string): void {
  counts.problem = problem;
  console.error(`slotwise: ${problem}`);
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
  if (bytes?.length !== 32) throw new Error("SLOTWISE_INTAKE_KEY is not 32 bytes as base64url; copy the .intake file of `slotwise keygen`");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
