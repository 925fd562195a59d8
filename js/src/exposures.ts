// Exposures: a slot counts as seen when at least half of it is on the screen for a second, on a visible page. Prerendered
// pages and background tabs do not count.

import { SHOWS } from "./contract.js";
import type { Exposure } from "./types.js";

const SHARE = 0.5;
const MS = 1000;
const marked = (): NodeListOf<Element> => document.querySelectorAll(`[${SHOWS}]`);

export class Exposures {
  readonly #reported = new Set<string>();
  #address = "";
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

  #seen(slot: Element): void {
    const shows = slot.getAttribute(SHOWS);
    if (!shows || this.#reported.has(shows)) return;
    this.#reported.add(shows);
    this.#report(JSON.parse(shows) as Exposure);
  }
}
