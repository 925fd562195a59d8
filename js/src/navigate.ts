// Single-page navigation: notices that the page has become another one without being loaded, and decides its slots anew.
//
// The bindings share this, so that none of them has a way of its own. Where the browser has no Navigation API, the functions
// of `history` are wrapped; they do what they did before.

import type { Slotwise } from "./types.js";

const address = (): string => location.pathname + location.search;

const listeners = new Set<() => void>();
let current = "";
let stop: (() => void) | undefined;

function look(): void {
  const now = address();
  if (now === current) return;
  current = now;
  for (const listener of listeners) {
    try {
      listener();
    } catch (cause) {
      reportError(cause);
    }
  }
}

/** Watches the address. Returns how to stop. */
function watch(): () => void {
  current = address();
  const { navigation } = globalThis as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener("currententrychange", look);
    return () => navigation.removeEventListener("currententrychange", look);
  }
  const undo = (["pushState", "replaceState"] as const).map((name) => {
    const original = history[name];
    const wrapped: History["pushState"] = function (this: History, ...words) {
      original.apply(this, words);
      look();
    };
    history[name] = wrapped;
    return () => {
      if (history[name] === wrapped) history[name] = original;
    };
  });
  addEventListener("popstate", look);
  return () => {
    for (const each of undo) each();
    removeEventListener("popstate", look);
  };
}

/**
 * Calls `listener` whenever the address has changed without a new page being loaded. A change of the fragment alone does not
 * count. Returns how to stop.
 */
export function onNavigate(listener: () => void): () => void {
  stop ??= watch();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

const due = new WeakSet<Slotwise>();

/** Decides the slots of the page anew: once for all calls of one turn, and before the browser paints. */
export function refresh(slotwise: Slotwise): void {
  if (due.has(slotwise)) return;
  due.add(slotwise);
  queueMicrotask(() => {
    due.delete(slotwise);
    slotwise.apply();
  });
}

const attended = new WeakMap<Slotwise, { users: number; stop: () => void }>();

/** Decides slots anew after each navigation, however many bindings ask for it. Returns how to stop. */
export function attend(slotwise: Slotwise): () => void {
  // A turn later: the framework shows the new page after it has changed the address.
  const begin = (): (() => void) => onNavigate(() => setTimeout(() => refresh(slotwise)));
  const known = attended.get(slotwise) ?? { users: 0, stop: begin() };
  attended.set(slotwise, known);
  known.users += 1;
  let left = false;
  return () => {
    if (left) return;
    left = true;
    known.users -= 1;
    if (known.users > 0) return;
    known.stop();
    attended.delete(slotwise);
  };
}
