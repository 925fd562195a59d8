// The load of the soak, in a process of its own: sends requests of the mix over connections that stay open, and judges each answer.
//
// It is told `{url, from, to, judge}`, sends the requests with these numbers, and answers
// `{wrong, ms, acknowledged, silent, other}`: sentences about wrong answers, milliseconds of each request, ids of events that were
// accepted, ids of those of visitors who have refused to be counted, and how many other events were accepted.

import { Agent, request as send } from "node:http";
import { requestOf } from "./soak_mix.mjs";

const CONNECTIONS = 16;
/** A page that takes longer than this never comes. */
const PATIENCE_MS = 30_000;
/** Tokens that are kept: enough that visits differ. */
const TOKENS = 200;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const tokens = [];

function learn(token) {
  if (!token) return;
  if (tokens.length < TOKENS) tokens.push(token);
  else tokens[Math.floor(Math.random() * TOKENS)] = token;
}

/** Sends a request; its answer, or why there is none. */
function answered(url, { method, path, headers, body }) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { hostname, port, agent, method, path, headers: { ...headers, ...length }, timeout: PATIENCE_MS };
    const asked = send(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", (error) =>
        resolve({ error: error.code ?? error.message, status: response.statusCode, headers: response.headers }),
      );
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    asked.on("timeout", () => asked.destroy(new Error("nothing came")));
    asked.on("error", (error) => resolve({ error: error.code ?? error.message }));
    asked.end(body);
  });
}

/** What is wrong with an answer; undefined if it is as it has to be. */
function wrong(request, { error, status, headers, body }) {
  const { expect, method } = request;
  if (expect === "broken") return headers && headers["x-store"] !== "yes" ? "another page instead of the store's" : undefined;
  if (error) return `no answer: ${error}`;
  if (Array.isArray(expect)) {
    if (headers["x-store"]) return "the store answered for the Worker";
    return expect.includes(status) ? undefined : `status ${status}: ${body.toString().slice(0, 200)}`;
  }
  if (headers["x-store"] !== "yes") return `a page that is not the store's, status ${status}: ${body.toString().slice(0, 200)}`;
  if (String(status) !== headers["x-status"]) return `status ${status}, and the store said ${headers["x-status"]}`;
  const whole = headers["x-whole"] === "yes" && method !== "HEAD" && !headers["content-encoding"];
  if (whole && !/^<!doctype html>[\s\S]*<!--end-->/.test(body.toString())) return `a page of ${body.length} bytes, not whole`;
  return undefined;
}

async function run({ url, from, to, judge }) {
  const found = { wrong: [], ms: [], acknowledged: [], silent: [], other: 0 };
  let next = from;
  const connection = async () => {
    while (next < to) {
      const number = next++;
      const request = requestOf(number, tokens);
      const begun = performance.now();
      const answer = await answered(url, request.accepts ? { ...request, expect: [202] } : request);
      found.ms.push(performance.now() - begun);
      if (!judge) continue;
      const said = wrong(request.accepts ? { ...request, expect: [202] } : request, answer);
      if (said) {
        found.wrong.push(`request ${number}, ${request.method} ${request.path.slice(0, 100)}: ${said}`);
        continue;
      }
      for (const cookie of answer.headers?.["set-cookie"] ?? []) learn(/^slotwise=([^;]+)/.exec(cookie)?.[1]);
      if (request.learns && answer.status === 200) learn(JSON.parse(answer.body).token);
      if (answer.status !== 202) continue;
      const { accepted } = JSON.parse(answer.body);
      // Whoever has refused gets the same answer, and leaves nothing.
      const silent = /slotwise_consent=denied/.test(request.headers.cookie);
      if (!request.accepts) {
        found.other += accepted;
        continue;
      }
      const ids = JSON.parse(request.body).events.flatMap(({ event_id: id }) => id ?? []);
      if (accepted < ids.length) found.wrong.push(`request ${number}: ${accepted} events were accepted, expected ${ids.length}`);
      if (silent) {
        found.silent.push(...ids);
        continue;
      }
      // The engine is lenient: an event that names no product is one all the same.
      found.other += accepted - ids.length;
      found.acknowledged.push(...ids);
      // A page whose answer was lost sends the same events again.
      if (request.again) await answered(url, request);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return found;
}

process.on("message", async (task) => process.send(await run(task)));
process.on("disconnect", () => process.exit());
