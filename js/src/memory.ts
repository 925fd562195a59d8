// What the browser stores: two first-party cookies, and only if the visitor allows it. One holds the session's token (no
// identifier), the other the visitor's answer to the consent question.

import { CONSENT_COOKIE, CONSENT_SECS, SESSION_COOKIE, SESSION_SECS } from "./contract.js";
import type { Consent } from "./types.js";

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
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is async and not everywhere
  document.cookie = `${name}=${value}; Path=/; Max-Age=${secs}; SameSite=Lax${secure}`;
}

/** The visitor's answer. Global Privacy Control means no. */
export function consentState(): Consent {
  if ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true) return "denied";
  const said = read(CONSENT_COOKIE);
  return said === "granted" || said === "denied" ? said : "unknown";
}

/** Stores the visitor's answer. A refusal also deletes the session's token. */
export function keepConsent(state: "granted" | "denied"): void {
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

/** Deletes the session's token. */
export function dropToken(): void {
  if (token() !== undefined) write(SESSION_COOKIE, "", 0);
}
