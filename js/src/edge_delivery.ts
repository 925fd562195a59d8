// The way of accepted events to the origin's log: through a Queue where one is bound, or else directly. If the shop has a sink, which
// is any server that takes JSON, they go there as well, as messages of their own: neither waits for the other.
//
// Events count as taken once they are in the Queue or on the origin's disk. Only then does the sender get a 202; otherwise it
// keeps them and sends them again. A retry may bring the same event twice, so each has an id by which the origin drops
// repetitions.

import { BASE, type EventCounts, type EventsAnswer, MAX_EVENTS } from "./contract.js";
import { complain as report } from "./edge_log.js";
import type { Queue, Settings, Waiting } from "./edge_settings.js";
import { badKey, signature } from "./edge_sign.js";
import { message } from "./sync.js";

/** Longest wait for the origin, in milliseconds. */
const DEADLINE_MS = 3000;
/** Longest post to the origin, in bytes: less than a Queue allows in a message. */
const MAX_POST = 100_000;
/** First and longest pause before a message of the Queue is tried again, in seconds. Each pause is twice the one before. */
const RETRY_SECS = { first: 5, longest: 3600 };
/** Status codes by which the origin says that it will never take a post. */
const NEVER = [400, 413, 415];
const INTAKE_KEY = "SLOTWISE_INTAKE_KEY";
/** The problem of a Worker whose secret is wrong. It is the operator's own, so it is said in full. */
const NO_KEY = badKey(INTAKE_KEY);
/** The status when there was no answer. */
const NONE = 0;

/** Events of this isolate since it started, for `/_slotwise/health`. */
export const counts: EventCounts = { accepted: 0, forwarded: 0, refused: {}, lost: 0, problem: null, sink_forwarded: 0, sink_lost: 0 };

/** A message of the Queue, in the form in which the platform hands it to a consumer. */
export interface Message {
  body: unknown;
  attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}

/** Events in a row, as they stand in a post. */
interface Part {
  text: string;
  count: number;
  bytes: number;
}

/** Where events go. */
type To = "origin" | "sink";

/** What stands around the events of a message, by where they go. In a post it is always that of the origin. */
const FRAME = { origin: '{"events":[', sink: '{"sink":[', after: "]}" };

/** Counts what was refused in a beacon. */
export function countRefused(refused: EventsAnswer["refused"]): void {
  for (const [why, count] of Object.entries(refused) as [keyof typeof refused, number][]) {
    counts.refused[why] = (counts.refused[why] ?? 0) + count;
  }
}

/**
 * Delivers accepted events, each with an id. Returns whether they were taken. What the sink makes of them does not count: without a
 * Queue it gets them once, after the sender has its answer. Never rejects.
 */
export async function deliver(events: { event_id?: string }[], settings: Settings, context: Waiting): Promise<boolean> {
  for (const event of events) event.event_id ||= crypto.randomUUID();
  const posts = pack(events.map((event) => partOf(JSON.stringify(event), 1)));
  const queued = settings.queue !== undefined && (await enqueue(posts, settings.queue, settings.sink !== ""));
  const taken = queued || (await forwardAll(posts, settings));
  if (taken) counts.accepted += events.length;
  if (taken && !queued && settings.sink) context.waitUntil(Promise.all(posts.map((post) => sendOnce(post, settings))));
  return taken;
}

/** Posts events to the sink, and counts those that it does not take as lost to it. */
async function sendOnce(post: Part[], settings: Settings): Promise<void> {
  if (!isTaken(await forward(post, settings, "sink"), "sink")) counts.sink_lost += countOf(post);
}

/**
 * Forwards messages of the Queue. Messages share posts: a beacon has few events, and the origin needs about as long for a post
 * of one event as for one of many, so a Queue that has filled up for minutes would take longer than that to drain one by one.
 * Once the origin is found to be away, the rest of a batch waits without being tried.
 */
export async function consume(messages: Message[], settings: Settings): Promise<void> {
  for (const to of ["origin", "sink"] as const) {
    const mine = messages.filter(({ body }) => String(body).startsWith(FRAME.sink) === (to === "sink"));
    let away = false;
    for (const post of pack(mine.map((message) => queuedOf(message, to)))) away = await settle(post, away, settings, to);
  }
}

/** A message with its events. */
interface Queued extends Part {
  message: Message;
}

/** Forwards messages in one post, and tells the Queue what became of them. Returns whether the origin is away. */
async function settle(post: Queued[], away: boolean, settings: Settings, to: To): Promise<boolean> {
  const status = away ? NONE : await forward(post, settings, to);
  const never = NEVER.includes(status);
  if (never && post.length > 1) {
    // One of them spoils the post, which is no reason to lose the others.
    for (const queued of post) away = await settle([queued], away, settings, to);
    return away;
  }
  if (never) {
    counts[to === "sink" ? "sink_lost" : "lost"] += countOf(post);
    report("events", `${countOf(post)} events are lost to the ${to}: status ${status}`);
  }
  const settled = never || isTaken(status, to);
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

function queuedOf(message: Message, to: To): Queued {
  const body = String(message.body);
  return { message, ...partOf(body.slice(FRAME[to].length, -FRAME.after.length), eventsIn(body, to)) };
}

/** Number of events in a message. */
function eventsIn(body: string, to: To): number {
  try {
    return JSON.parse(body)[to === "sink" ? "sink" : "events"].length;
  } catch {
    return 0;
  }
}

const encoder = new TextEncoder();
const partOf = (text: string, count: number): Part => ({ text, count, bytes: encoder.encode(text).length + 1 });
const countOf = (post: Part[]): number => post.reduce((sum, { count }) => sum + count, 0);
const bodyOf = (post: Part[], to: To = "origin"): string => FRAME[to] + post.map(({ text }) => text).join(",") + FRAME.after;
/** Whether a status says that events were taken. A store that does not know the origin's address may answer it with a page and 200. */
const isTaken = (status: number, to: To): boolean => status === 202 || (to === "sink" && status >= 200 && status < 300);

/** Puts parts together into posts, none of which has more than the Queue and the origin allow. */
function pack<P extends Part>(parts: P[]): P[][] {
  const posts: P[][] = [];
  let [count, bytes] = [0, MAX_POST];
  for (const part of parts) {
    if (bytes + part.bytes > MAX_POST || count + part.count > MAX_EVENTS) {
      posts.push([]);
      [count, bytes] = [0, FRAME.origin.length + FRAME.after.length];
    }
    posts.at(-1)?.push(part);
    count += part.count;
    bytes += part.bytes;
  }
  return posts;
}

async function enqueue(posts: Part[][], queue: Queue, sinks: boolean): Promise<boolean> {
  const messages = (to: To) => posts.map((post) => ({ body: bodyOf(post, to), contentType: "text" as const }));
  try {
    await queue.sendBatch([...messages("origin"), ...(sinks ? messages("sink") : [])]);
    counts.problem = null;
    return true;
  } catch (cause) {
    complain("queue", `the Queue refused events: ${message(cause)}`);
    return false;
  }
}

async function forwardAll(posts: Part[][], settings: Settings): Promise<boolean> {
  for (const post of posts) if (!isTaken(await forward(post, settings, "origin"), "origin")) return false;
  return true;
}

/** Posts events to the origin or to the sink. Returns the status of the answer. */
async function forward(post: Part[], settings: Settings, to: To): Promise<number> {
  const body = bodyOf(post);
  const sinks = to === "sink";
  const url = sinks ? settings.sink : `${settings.origin}${BASE}/events`;
  try {
    const headers = {
      "content-type": "application/json",
      ...(sinks && settings.sinkToken && { authorization: `Bearer ${settings.sinkToken}` }),
      ...(await (sinks ? signature(body, settings.sinkKey, "SINK_KEY") : signature(body, settings.intakeKey, INTAKE_KEY))),
    };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    if (isTaken(response.status, to)) {
      counts[sinks ? "sink_forwarded" : "forwarded"] += countOf(post);
      if (!sinks) counts.problem = null;
    } else {
      complain(`status ${response.status}`, `${url}: status ${response.status}, expected ${sinks ? "one from 200 to 299" : 202}`, to);
    }
    return response.status;
  } catch (cause) {
    const said = message(cause);
    complain(said === NO_KEY ? NO_KEY : "unreachable", `${url}: ${said}`, to);
    return NONE;
  }
}

/** Keeps a word for everybody, and says the rest in the log. Of the sink everybody learns only how many events it has. */
function complain(problem: string, detail: string, to: To = "origin"): void {
  if (to === "origin") counts.problem = problem;
  report("events", detail);
}
