// Google Analytics 4 as it is: reads the events that a shop already reports, so that its pages need no other event code.
//
// It reads the `dataLayer`, past and future: objects of Google Tag Manager and the arguments of `gtag`. What an event lacks is
// filled in from the page (described.ts). A product page without GA4 gets its `view_item` from there.
//
// Nothing here may disturb the shop's analytics: pushes do what they did before, and no error gets out.

import { EVENTS } from "./contract.js";
import { complete, described, isObject } from "./described.js";
import { onNavigate } from "./navigate.js";
import type { EventName, EventParams, Slotwise } from "./types.js";

export interface FollowOptions {
  /** The shop's data layer; `window.dataLayer` by default. */
  dataLayer?: unknown[];
}

/** How long a product page has to report its `view_item` after it has loaded, in milliseconds. */
const PATIENCE_MS = 1000;
/** Consent Mode's signals that are read. Both must be granted, as far as the page names them, for visits to count. */
const SIGNALS = ["analytics_storage", "personalization_storage"];
/** Events about the page as a whole: what an earlier push said of products is not about them. */
const WHOLE_PAGE = ["scroll", "user_engagement", "exit_intent"];

type Values = Record<string, unknown>;

const isKnown = (name: unknown): name is EventName => name !== "slot_exposure" && EVENTS.some((known) => known === name);

class Follower {
  readonly #slotwise: Slotwise;
  /** Tag Manager's memory of what was pushed under `ecommerce`. */
  #ecommerce: Values = {};
  #defaults: Values = {};
  #updates: Values = {};
  /** Whether a default that holds only in some regions refuses. Which region this is nobody knows. */
  #refusedSomewhere = false;
  /** Whether the shop reports events of its own. */
  #reports = false;
  #timer = 0;
  #ended = false;
  /** The product whose `view_item` came from the page's own description. */
  #viewed: string | undefined;

  constructor(slotwise: Slotwise) {
    this.#slotwise = slotwise;
  }

  /** Reads an entry of the data layer: consent, or else events. */
  read(entry: unknown, consent: boolean): void {
    if (!isObject(entry)) return;
    const [first, second, third] = [entry[0], entry[1], entry[2]];
    if (typeof first === "string") {
      if (consent && first === "consent") this.#signal(second, third);
      if (!consent && first === "event") this.#event(second, isObject(third) ? third : {});
      return;
    }
    if (consent) return;
    const { event, ecommerce, ...more } = entry;
    if ("ecommerce" in entry) this.#ecommerce = isObject(ecommerce) ? { ...this.#ecommerce, ...ecommerce } : {};
    this.#event(event, WHOLE_PAGE.includes(String(event)) ? more : { ...more, ...this.#ecommerce });
  }

  #event(name: unknown, params: Values): void {
    // What is sent to Google Ads alone repeats an event in other words.
    if (!isKnown(name) || /^(AW|DC)-/.test(String(params.send_to ?? ""))) return;
    this.#reports ||= !WHOLE_PAGE.includes(name);
    const event = complete(name, params as EventParams, described());
    if (name === "view_item" && this.#viewed !== undefined && event.items?.[0]?.item_id === this.#viewed) return;
    this.#slotwise.track(name, event);
  }

  #signal(kind: unknown, signals: unknown): void {
    if (!isObject(signals)) return;
    const named = Object.fromEntries(Object.entries(signals).filter(([name]) => SIGNALS.includes(name)));
    if (kind === "update") this.#updates = { ...this.#updates, ...named };
    else if (signals.region) this.#refusedSomewhere ||= Object.values(named).includes("denied");
    else this.#defaults = { ...this.#defaults, ...named };
  }

  /** Tells the engine what the visitor has answered, if that is new. A default that refuses is no answer. */
  consent(): void {
    const { answer } = this.#slotwise;
    const answered = Object.keys(this.#updates).length > 0;
    const signals: Values = { ...this.#defaults, ...this.#updates };
    const states = Object.values(signals);
    const full = states.every((each) => each === "granted");
    // Measuring is refused, but pages may fit the visit.
    const state = full ? "granted" : signals.personalization_storage === "granted" ? "session" : "denied";
    const granted = state !== "denied" && !this.#refusedSomewhere && answer === "unknown";
    if (states.length > 0 && state !== answer && (answered || granted)) this.#slotwise.consent(state);
  }

  /** Waits for the page's `view_item`, unless the shop reports events. */
  wait(): void {
    this.#stop();
    if (this.#reports || this.#ended) return;
    if (document.readyState === "complete") this.#timer = window.setTimeout(() => this.view(), PATIENCE_MS);
    else addEventListener("load", () => attempt(() => this.wait()), { once: true });
  }

  /** Reports the page's product if nobody has. */
  view(): void {
    const waited = this.#timer > 0;
    this.#stop();
    if (!waited || this.#reports) return;
    const { page } = described();
    if (!page || page.item.item_id === this.#viewed) return;
    this.#viewed = page.item.item_id;
    this.#slotwise.track("view_item", complete("view_item", {}, described()));
  }

  end(): void {
    this.#ended = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}

/** The shop's page goes on whatever happens here. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // An entry or a description that nobody can read is none.
  }
}

/**
 * Passes the shop's GA4 events and its Consent Mode to Slotwise from now on, and those pushed before. Returns how to stop,
 * which also leaves the data layer as it was.
 *
 * @example
 * follow(await load({ publicKey: "…" }));
 */
export function follow(slotwise: Slotwise, { dataLayer }: FollowOptions = {}): () => void {
  const follower = new Follower(slotwise);
  const page = globalThis as { dataLayer?: unknown[] };
  let layer = dataLayer ?? page.dataLayer;
  if (!layer) {
    layer = [];
    page.dataLayer = layer;
  }
  let follows = true;
  const undo: (() => void)[] = [() => follower.end()];
  attempt(() => {
    const past = [...layer];
    for (const entry of past) attempt(() => follower.read(entry, true));
    attempt(() => follower.consent());
    for (const entry of past) attempt(() => follower.read(entry, false));
  });
  attempt(() => {
    const { push } = layer;
    const own = Object.hasOwn(layer, "push");
    const wrapped = (...entries: unknown[]): number => {
      const length = push.apply(layer, entries);
      for (const entry of follows ? entries : []) {
        attempt(() => follower.read(entry, false));
        attempt(() => follower.read(entry, true));
        // Defaults for regions may follow in the same turn.
        if (isObject(entry) && entry[0] === "consent") queueMicrotask(() => attempt(() => follower.consent()));
      }
      return length;
    };
    layer.push = wrapped;
    undo.push(() => {
      // Whoever wrapped it after us still calls us. Then it stays, and passes on what comes.
      if (layer.push !== wrapped) return;
      if (own) layer.push = push;
      else delete (layer as { push?: unknown }).push;
    });
  });
  const left = (): void => {
    if (document.visibilityState === "hidden") attempt(() => follower.view());
  };
  // A page that is left earlier was looked at all the same.
  document.addEventListener("visibilitychange", left);
  undo.push(() => document.removeEventListener("visibilitychange", left));
  undo.push(onNavigate(() => attempt(() => follower.wait())));
  attempt(() => follower.wait());
  return () => {
    follows = false;
    for (const each of undo.splice(0)) attempt(each);
  };
}
