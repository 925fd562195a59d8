// `ledger()`: what this page stored and sent, in words, on request.
//
// What was stored and posted was noted when it happened (memory.ts). Files that the page fetched are read from the browser's
// resource timing: it is the browser's own record of them, and costs nothing while nobody asks.

import { CONSENT_COOKIE, SESSION_COOKIE } from "./contract.js";
import { engineFiles } from "./engine_file.js";
import { FILES, HOW, type Note, NOTED, UNSENT } from "./memory.js";
import type { LedgerEntry } from "./types.js";

/** What a note is about: the thing, where it is, and why it is stored. */
const STORED: readonly [LedgerEntry["what"], string, string][] = [
  ["visit", SESSION_COOKIE, "the visit so far, so that the next page fits it"],
  ["answer", CONSENT_COOKIE, "the visitor's answer to the consent question"],
  ["unsent events", UNSENT, "events that have not been delivered yet"],
  ["snapshot", FILES, "what the shop's products are, so that the next page need not fetch it; the same for every visitor"],
];

/** How it came to be stored, if not by this page. */
const BY = { [HOW.here]: "", [HOW.found]: "; it was there before this page", [HOW.answer]: "; set by the answer to a beacon" };

function said([time_ms, what, how, bytes, consent, events]: Note, base: string): LedgerEntry {
  if (what === NOTED.beacon) {
    const why = `what the visitor did, for the model and the shop's reports: ${events}`;
    return { time_ms, did: "sent", what: "events", where: `${base}/events`, bytes, why, consent };
  }
  if (what === NOTED.question) {
    const why = "the visit so far, for what fits it, which the shop's rows tell at the edge only; it is answered and not stored";
    return { time_ms, did: "sent", what: "question", where: `${base}/decide`, bytes, why, consent };
  }
  const [name, where, why] = STORED[what] as (typeof STORED)[number];
  const did = how === HOW.found ? "found" : bytes > 0 ? "stored" : "deleted";
  const reason = did === "deleted" ? "no longer needed, or no longer allowed" : `${why}${BY[how as keyof typeof BY]}`;
  return { time_ms, did, what: name, where, bytes, why: reason, consent };
}

/** The files that were fetched, by the address of each. */
function fetched(base: string, wasm?: string | URL): LedgerEntry[] {
  const [engine, full] = engineFiles(wasm);
  const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  return files.flatMap(({ name, startTime }): LedgerEntry[] => {
    const file = (what: LedgerEntry["what"], why: string): LedgerEntry[] => {
      const time_ms = Math.round(performance.timeOrigin + startTime);
      return [{ time_ms, did: "fetched", what, where: name, bytes: 0, why, consent: null }];
    };
    if (name === `${base}/manifest`) return file("manifest", "which snapshot is current; the same for every visitor");
    if (name.startsWith(`${base}/shard/`)) return file("snapshot", "what the shop's products are; the same for every visitor");
    if (name === engine) return file("engine", "decides in the page, so that no decision is asked of a server");
    return name === full ? file("engine", "explains decisions, and makes them on a preview; somebody asked for it") : [];
  });
}

/** Notes and files in the order of time. */
export function ledger(notes: readonly Note[], base: string, wasm?: string | URL): LedgerEntry[] {
  return [...notes.map((note) => said(note, base)), ...fetched(base, wasm)].sort((a, b) => a.time_ms - b.time_ms);
}
