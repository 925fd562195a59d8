// What the browser stores, and only if the visitor allows it. Two first-party cookies: one holds the session's token (no
// identifier), the other the visitor's answer to the consent question. While events cannot be delivered, the tab's session
// storage holds them, so that they survive a change of the page. Cache Storage holds files of the snapshot (shards.ts), which are
// the same for every visitor.
//
// Cookies rather than localStorage, because the edge needs both with the request for a page. Nothing is cached here: another
// tab, or the answer to a beacon, may change them at any time.
//
// Whatever is stored or sent is noted, for `ledger()`. Notes are numbers, and words come with ledger.ts when somebody asks.

import { type ConsentWords, said } from "./consent_source.js";
import {
  ALLOWED_IF_IMPLIED,
  ALLOWED_IF_REQUIRED,
  ANSWERS,
  CONSENT_COOKIE,
  CONSENT_SECS,
  COOKIE_AGE,
  COOKIE_SECURE,
  COOKIE_SITE,
  type Consent,
  SESSION_COOKIE,
  SESSION_SECS,
} from "./contract.js";

/** What a note is about: the cookies of visit and answer, the tab's storage, Cache Storage, a beacon, a question to the edge. */
export const NOTED = { visit: 0, answer: 1, unsent: 2, files: 3, beacon: 4, question: 5 } as const;

/** How it came about. */
export const HOW = { here: 0, found: 1, answer: 2 } as const;

/** Time, what, how, bytes (0 where something was deleted), the visitor's answer to the consent question at that time, and events. */
export type Note = [number, number, number, number, Consent, string];

/** Number of notes that are kept; beyond it the oldest are dropped. */
const MAX_NOTES = 500;

/** What this page has stored and sent, oldest first. In memory only. */
export const notes: Note[] = [];

export function note(what: number, bytes: number, how: number = HOW.here, events = ""): void {
  notes.push([Date.now(), what, how, bytes, consentState(), events]);
  if (notes.length > MAX_NOTES) notes.shift();
}

/** Number of bytes of a text. */
export const size = (text: string): number => new TextEncoder().encode(text).length;

/** Notes what earlier pages or the edge have stored. */
export function noteFound(): void {
  const found = [token(), read(CONSENT_COOKIE), unsent()];
  for (const [what, value] of found.entries()) if (value !== undefined) note(what, size(value), HOW.found);
}

function read(name: string): string | undefined {
  try {
    return document.cookie
      .split("; ")
      .find((pair) => pair.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  } catch {
    // Sandboxed frames have no cookies.
    return undefined;
  }
}

function write(name: string, value: string, secs: number): void {
  const secure = location.protocol === "https:" ? COOKIE_SECURE : "";
  try {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is async and not everywhere
    document.cookie = `${name}=${value}${COOKIE_AGE}${secs}${COOKIE_SITE}${secure}`;
  } catch {
    // Sandboxed frames have no cookies: the visit lasts as long as the page.
    return;
  }
  note(name === SESSION_COOKIE ? NOTED.visit : NOTED.answer, value.length);
}

/** Where the shop's own consent dialogue leaves the answer. */
let dialogue: (ConsentWords & { cookie: string }) | undefined;

/** From now on an answer in this cookie comes before the package's own. */
export function readConsentFrom(source: typeof dialogue): void {
  dialogue = source;
}

/** Whether Global Privacy Control is set, which means no. */
const isPrivate = (): boolean => (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;

/** The visitor's answer. */
export function consentState(): Consent {
  if (isPrivate()) return "denied";
  const word = (dialogue && said(read(dialogue.cookie), dialogue)) ?? read(CONSENT_COOKIE);
  return ANSWERS.find((answer) => answer === word) ?? ANSWERS[0];
}

/** Whether the visitor's answer allows to keep the visit; `implied`: what the shop assumes of silence. */
export function allows(implied: boolean): boolean {
  const answers: readonly Consent[] = implied ? ALLOWED_IF_IMPLIED : ALLOWED_IF_REQUIRED;
  return answers.includes(consentState());
}

/** Stores the visitor's answer. A refusal also deletes the session's token. Agreement counts for nothing against a setting. */
export function keepConsent(state: "granted" | "session" | "denied"): void {
  if (state !== "denied" && isPrivate()) return;
  write(CONSENT_COOKIE, state, CONSENT_SECS);
  if (state === "denied") dropToken();
}

/** The session's token, if one is stored. */
export function token(): string | undefined {
  return read(SESSION_COOKIE);
}

/** Stores the session's token for as long as a session lasts. */
export function keepToken(value: string): void {
  write(SESSION_COOKIE, value, SESSION_SECS);
}

/** Deletes the session's token, by a cookie that expires at once: there is no other way to delete one. */
export function dropToken(): void {
  if (token() !== undefined) write(SESSION_COOKIE, "", 0);
}

/** Name of the cache in Cache Storage that holds the files of the snapshot. */
export const FILES = "slotwise_files";

/** Deletes the stored files of the snapshot, if there are any. */
export function dropFiles(): void {
  // Where storage is forbidden it throws or rejects.
  void (async () => (await globalThis.caches?.delete(FILES)) && note(NOTED.files, 0))().catch(() => {});
}

/** Key of the tab's session storage under which undelivered events are stored. */
export const UNSENT = "slotwise_unsent";

/** Stores undelivered events as text; undefined removes them. */
export function keepUnsent(text: string | undefined): void {
  if (unsent() === text) return;
  try {
    if (text === undefined) sessionStorage.removeItem(UNSENT);
    else sessionStorage.setItem(UNSENT, text);
    note(NOTED.unsent, size(text ?? ""));
  } catch {
    // The storage is full or forbidden: the events stay in memory.
  }
}

/** Undelivered events of an earlier page, if any are stored. */
export function unsent(): string | undefined {
  try {
    return sessionStorage.getItem(UNSENT) ?? undefined;
  } catch {
    return undefined;
  }
}
