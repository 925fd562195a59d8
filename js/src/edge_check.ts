// Checks the form of settings: what can be known of them without asking anybody. The Worker says at its start what is wrong, and
// `slotwise-worker check` says it before anything is deployed.

import type { Env } from "./edge_settings.js";
import { bytesOf, keysOf } from "./sync.js";

const isKey = (text: string): boolean => text.length === 43 && bytesOf(text)?.length === 32;

function isServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === "/" && !search && !hash;
}

const words = (text: string): string[] => text.split(",").map((word) => word.trim());
const oneOf = (...known: string[]): Rule => [(text) => known.includes(text), known.map((word) => `"${word}"`).join(" or ")];
const whole: Rule = [(text) => /^\d{1,6}$/.test(text), "a whole number of seconds"];
const server: Rule = [isServer, 'the address of a server without a path, such as "https://shop.de"'];
const url: Rule = [(text) => URL.canParse(text) && /^https?:/.test(text), 'an address such as "https://mail.shop.de/hooks"'];
const KEY = "32 bytes as base64url, which is 43 characters";

const secret: Rule = [(text) => isKey(text.trim()), KEY];

/** What a setting may be, and that in words. */
type Rule = [fits: (text: string) => boolean, expected: string];

type Texts = { [Name in keyof Env as Required<Env>[Name] extends string ? Name : never]?: Rule };

const RULES: Texts = {
  STORE_ORIGIN: server,
  SLOTWISE_ORIGIN: server,
  SLOTWISE_PUBLIC_KEY: [(text) => keysOf(text).length <= 2 && keysOf(text).every(isKey), `the line of key.public: ${KEY}`],
  CONSENT: oneOf("required", "implied"),
  SYNC_SECS: whole,
  OVERLAY_SECS: whole,
  SLOTWISE_INTAKE_KEY: [(text) => isKey(text.trim()), `the line of key.intake: ${KEY}`],
  DECIDE_KEY: secret,
  SINK_URL: url,
  SINK_KEY: secret,
  TRIGGERS_URL: url,
  TRIGGERS_KEY: secret,
  TRIGGERS_SECS: [(text) => Number(text) >= 1 && Number(text) <= 43_200, "1 to 43200 seconds"],
  ALLOWED_ORIGINS: [(text) => words(text).every(isServer), 'origins such as "https://m.shop.de", separated by commas'],
  PAGE_CACHE: oneOf("store", "off"),
  OFF: [(text) => words(text).every((path) => /^\/[^?#]*$/.test(path)), 'paths such as "/checkout", separated by commas'],
};

/** Settings whose value is a secret, and is not repeated. */
const SECRET: (keyof Env)[] = ["SLOTWISE_INTAKE_KEY", "DECIDE_KEY", "SINK_KEY", "TRIGGERS_KEY"];

/** What each binding must be able to do. */
const BINDINGS: [name: keyof Env, method: string, kind: string][] = [
  ["SNAPSHOTS", "get", "a KV namespace"],
  ["VISITS", "get", "a KV namespace"],
  ["EVENTS_QUEUE", "sendBatch", "a producer of a Queue"],
  ["RATE_LIMIT", "limit", "a rate limit"],
  ["ANALYTICS", "writeDataPoint", "a dataset of Analytics Engine"],
];

/** What is wrong with settings: their names, each with a sentence that says what was found and what is expected. */
export function wrong(env: Env): [name: string, problem: string][] {
  const found: [string, string][] = [];
  const names = Object.keys(RULES) as (keyof Texts)[];
  for (const name of names) {
    const text = String(env[name] ?? "");
    const [fits, expected] = RULES[name] as Rule;
    if (text && !fits(text)) found.push([name, `${name} is ${SECRET.includes(name) ? "malformed" : `"${text}"`}, expected ${expected}`]);
  }
  if (!env.SLOTWISE_PUBLIC_KEY)
    found.push(["SLOTWISE_PUBLIC_KEY", `SLOTWISE_PUBLIC_KEY is empty, expected the line of key.public: ${KEY}`]);
  if ((env.CONSENT_COOKIE || env.CONSENT_HEADER) && !env.CONSENT_FULL) {
    found.push([
      "CONSENT_FULL",
      "CONSENT_FULL is empty, so every answer of the consent dialogue is a refusal; expected words of an agreement",
    ]);
  }
  const { TRIGGERS_URL, TRIGGERS_KEY, TRIGGERS_COOKIE, VISITS, EVENTS_QUEUE } = env;
  if (TRIGGERS_URL && !(TRIGGERS_KEY && TRIGGERS_COOKIE && VISITS && EVENTS_QUEUE)) {
    found.push([
      "TRIGGERS_URL",
      "TRIGGERS_URL needs TRIGGERS_KEY, TRIGGERS_COOKIE and the bindings VISITS and EVENTS_QUEUE; one is missing",
    ]);
  }
  for (const [name, method, kind] of BINDINGS) {
    const bound = env[name] as Record<string, unknown> | undefined;
    if (bound !== undefined && typeof bound[method] !== "function")
      found.push([name, `the binding ${name} is something else than ${kind}`]);
  }
  return found;
}
