// Exposures: a slot counts as seen when at least half of it is on the screen for a second, on a visible page. This is the
// Media Rating Council's definition of a viewable impression. Prerendered pages and background tabs do not count.
//
// Experiments compare visits that saw a slot, so a slot must count alike whether it was personalised or not: the same rule
// watches both, and the edge and the browser mark both with the same attribute.

import { SHOWS } from "./contract.js";
import type { Exposure } from "./types.js";

/** Share of a slot that must be on the screen. */
const SHARE = 0.5;
/** Time for which it must be there without a break, in milliseconds. */
const MS = 1000;
/** The slots of the page that have an exposure to report. */
const marked = (): NodeListOf<Element> => document.querySelectorAll(`[${SHOWS}]`);

/** Watches slots and reports each exposure once per page. */
export class Exposures {
  /** The exposures reported on this page, as text: new content in a slot is a new exposure. */
  readonly #reported = new Set<string>();
  /** The page they were reported on. */
  #address = "";
  /** Timers of the slots that are on the screen and do not count yet. */
  readonly #timers = new Map<Element, number>();
  readonly #report: (exposure: Exposure) => void;
  #observer: IntersectionObserver | undefined;

  constructor(report: (exposure: Exposure) => void) {
    this.#report = report;
  }

  /** Exposures reported on this page. */
  get count(): number {
    return this.#reported.size;
  }

  /** Watches all slots of the page, including those already watched. `atOnce`: all slots in the page count as seen. */
  watch(atOnce: boolean): void {
    // After single-page navigation this is another page, on which a slot counts again.
    const address = location.pathname + location.search;
    if (address !== this.#address) this.#reported.clear();
    this.#address = address;
    if (atOnce) {
      if (document.visibilityState === "visible") for (const slot of marked()) this.#seen(slot);
      else document.addEventListener("visibilitychange", () => this.watch(true), { once: true });
      return;
    }
    if (typeof IntersectionObserver === "undefined") return;
    this.#observer ??= new IntersectionObserver((entries) => this.#look(entries), { threshold: SHARE });
    for (const slot of marked()) {
      // Observing again triggers a first callback at once: the content may have changed.
      this.#observer.unobserve(slot);
      this.#observer.observe(slot);
    }
  }

  /** Starts and stops timers as slots come and go. */
  #look(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio, boundingClientRect } of entries) {
      // A slot taller than the screen counts when it fills half of the screen.
      const fills = boundingClientRect.height > innerHeight && isIntersecting;
      if (intersectionRatio >= SHARE || fills) this.#wait(target);
      else this.#stop(target);
    }
  }

  #wait(slot: Element): void {
    if (this.#timers.has(slot)) return;
    const timer = window.setTimeout(() => {
      this.#timers.delete(slot);
      if (document.visibilityState === "visible") this.#seen(slot);
      else document.addEventListener("visibilitychange", () => this.#wait(slot), { once: true });
    }, MS);
    this.#timers.set(slot, timer);
  }

  #stop(slot: Element): void {
    clearTimeout(this.#timers.get(slot));
    this.#timers.delete(slot);
  }

  /** Reports an exposure, unless it was reported on this page. */
  add(exposure: Exposure): void {
    const text = JSON.stringify(exposure);
    if (this.#reported.has(text)) return;
    this.#reported.add(text);
    this.#report(exposure);
  }

  #seen(slot: Element): void {
    const shows = slot.getAttribute(SHOWS);
    if (shows) this.add(JSON.parse(shows) as Exposure);
  }
}
