// What the browser remembers: two first-party cookies, and only what the visitor allows.
// `slotwise` holds the session's token (no identifier), `slotwise_consent` the visitor's answer.

type State = "granted" | "denied" | "unknown";

const SESSION = "slotwise";
const CONSENT = "slotwise_consent";
const SESSION_SECS = 1800;
const CONSENT_SECS = 15_552_000;

function read(name: string): string | undefined {
  for (const pair of document.cookie.split("; ")) {
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return undefined;
}

function write(name: string, value: string, secs: number): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is async and not everywhere
  document.cookie = `${name}=${value}; Path=/; Max-Age=${secs}; SameSite=Lax${secure}`;
}

/** The visitor's answer. Global Privacy Control is a no. */
export function consentState(): State {
  if ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true) return "denied";
  const said = read(CONSENT);
  return said === "granted" || said === "denied" ? said : "unknown";
}

/** Keeps the visitor's answer; a no also takes the session's token away. */
export function keepConsent(state: "granted" | "denied"): void {
  write(CONSENT, state, CONSENT_SECS);
  if (state === "denied") dropToken();
}

/** The session's token, if one is kept. */
export function token(): string | undefined {
  return read(SESSION);
}

/** Keeps the session's token as long as a session lasts. */
export function keepToken(value: string): void {
  write(SESSION, value, SESSION_SECS);
}

/** Takes the session's token away. */
export function dropToken(): void {
  if (read(SESSION) !== undefined) write(SESSION, "", 0);
}
