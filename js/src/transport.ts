// How a beacon leaves the page: by `fetch` with `keepalive`, which outlives the page and brings an answer. A browser without it
// gets `sendBeacon` where the page is being left. `fetchLater`, where there is one, is the safety net under what is still
// collected: if the tab crashes or is killed, the browser sends it.
//
// Nothing here listens to `unload` or keeps a connection open: the page may go into the back/forward cache.

import { size } from "./memory.js";

const TYPE = "application/json";

/** Longest beacon in bytes: a browser lets 64 kB outlive a page, and the edge takes as much. */
export const MAX_BYTES = 60_000;

/** Longest wait for an answer, in milliseconds. */
const DEADLINE_MS = 30_000;

type FetchLater = (url: string, options: RequestInit) => unknown;

/** Posts a beacon. Returns the answer; undefined if the browser has taken it and will not say. */
export async function post(url: string, body: string, left: boolean): Promise<Response | undefined> {
  const fits = size(body) <= MAX_BYTES;
  if (left && !("keepalive" in Request.prototype) && navigator.sendBeacon?.(url, new Blob([body], { type: TYPE }))) return undefined;
  return fetch(url, {
    method: "POST",
    body,
    keepalive: fits,
    headers: { "content-type": TYPE },
    // Older browsers wait for as long as the network does.
    signal: AbortSignal.timeout?.(DEADLINE_MS) ?? null,
  });
}

/** Beacons that the browser sends if the page ends without doing so. */
export class Net {
  #armed: AbortController | undefined;

  /** Lays these beacons under the page instead of the last ones. */
  lay(url: string, bodies: () => string[]): void {
    const { fetchLater } = globalThis as { fetchLater?: FetchLater };
    if (!fetchLater) return;
    this.#armed?.abort();
    this.#armed = new AbortController();
    const { signal } = this.#armed;
    for (const body of bodies()) {
      try {
        if (size(body) <= MAX_BYTES) fetchLater(url, { method: "POST", body, headers: { "content-type": TYPE }, signal });
      } catch {
        // The quota is used up, or a policy of the page forbids it. The page still sends what it has when it is left.
      }
    }
  }
}
