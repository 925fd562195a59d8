// `/_slotwise/decide`: decisions for a caller other than a page: an app, an e-mail, a server-rendered store.
//
// Where the operator has set DECIDE_KEY, the shop's own servers sign what they ask. A signed question may say of a visitor what it
// likes, and no rate limit holds for it. Without a signature only a page of the shop may state a visit, and nobody a segment: an
// offer for a segment is for those whom the shop knows to be in it. A page cannot prove that it is one, but who pretends to be
// learns only what everybody learns who clicks. See the manual's page on the decide API.

import { Asker } from "./edge_asker.js";
import { undecided } from "./edge_engine.js";
import { bodyOf, guest, parsed, problem, refused, text } from "./edge_guard.js";
import { fresh as freshPrices } from "./edge_overlay.js";
import { mistake } from "./edge_question.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { SIGNATURE, wrong } from "./edge_sign.js";
import { fresh } from "./edge_snapshots.js";
import { MAX_QUESTIONS, QUESTION } from "./question.js";
import { bytesOf, hash } from "./sync.js";

const EXAMPLE = '{"slot":"home.recommended"}';
/** Longest `q` of a question that is fetched, in characters. */
const MAX_QUERY = 8000;
/** What only the shop's servers may state, and what its pages may state too. Both only where there is a key. */
const OF_SERVERS = ["segments", "ended"];
const OF_PAGES = ["token", "events", "context"];

type Decide = (question: object) => string | { status: number; error: string };

/** Answers a question or a batch of them: posted, or fetched as `?q=`. */
export async function decide(request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const { headers, method } = request;
  const fetched = method !== "POST";
  const header = settings.decideKey ? headers.get(SIGNATURE) : null;
  // Of signed requests the body is read first, since it is what was signed.
  const early = header === null ? await refused(request, settings) : undefined;
  const body = early ?? (fetched ? queryOf(request) : await bodyOf(request));
  if (typeof body !== "string") return body;
  if (header !== null) {
    const bad = await wrong(header, body, settings.decideKey, "DECIDE_KEY");
    if (bad) return (await refused(request, settings)) ?? problem(401, `${SIGNATURE}: ${bad}`);
  }
  const question = parsed(body, EXAMPLE);
  if (question instanceof Response) return question;
  const unsigned = header === null ? needs(question, request, settings) : undefined;
  if (unsigned) return problem(401, `${unsigned}: needs the header ${SIGNATURE}, with the secret DECIDE_KEY; see the manual`);
  const one = await decider(request, settings, context);
  const answer = "questions" in question ? batch(question, one) : one(question);
  if (typeof answer !== "string") return problem(answer.status, answer.error);
  const etag = `"${(await hash(new TextEncoder().encode(answer))).slice(0, 32)}"`;
  const known = fetched && headers.get("if-none-match") === etag;
  const more = { etag, ...(fetched && { "cache-control": "private, no-cache", vary: "cookie" }) };
  return known ? new Response(null, { status: 304, headers: more }) : text(200, answer, more);
}

/** What answers questions of this request: for the visit of its cookie, where they state none. */
export async function decider(request: Request, settings: Settings, context: Waiting): Promise<Decide> {
  const shop = await fresh(settings, context);
  await freshPrices(settings, context);
  const asker = new Asker(request, settings);
  return (question) => {
    const error = mistake(question, QUESTION, "");
    if (error) return { status: 400, error };
    const answer = shop ? shop.decide(asker, question, Date.now()) : undecided(asker, question, Date.now());
    return answer ?? { status: 404, error: `the plan has no slot "${(question as { slot?: unknown }).slot}"` };
  };
}

/** Answers each question of a batch. One that cannot be answered does not spoil the others. */
function batch(all: object, one: Decide): ReturnType<Decide> {
  const { questions } = all as { questions: unknown };
  // Here only their number counts: what is wrong with one of them is its own affair.
  const counted = Array.isArray(questions) ? questions.map(() => ({})) : questions;
  const error = mistake({ ...all, questions: counted }, { questions: [MAX_QUESTIONS, false] }, "");
  if (error) return { status: 400, error };
  const answers = (questions as object[]).map((question) => {
    const answer = one(question);
    return typeof answer === "string" ? answer : JSON.stringify(answer);
  });
  return `{"answers":[${answers.join(",")}]}`;
}

/** The first field of a question that needs a signature. */
function needs(question: object, request: Request, settings: Settings): string | undefined {
  // A batch makes hundreds of decisions of one request, so it always needs one.
  if ("questions" in question) return "questions";
  if (!settings.decideKey) return undefined;
  const own = request.headers.get("sec-fetch-site") === "same-origin" || guest(request, settings) !== undefined;
  return [...OF_SERVERS, ...(own ? [] : OF_PAGES)].find((name) => name in question);
}

/** The JSON that the address has in `q`, or the error response. */
function queryOf({ url }: Request): string | Response {
  const q = new URL(url).searchParams.get("q") ?? "";
  const bytes = q.length > MAX_QUERY ? undefined : bytesOf(q);
  return bytes
    ? new TextDecoder().decode(bytes)
    : problem(400, `q is not at most ${MAX_QUERY} characters of base64url; expected the question`);
}
