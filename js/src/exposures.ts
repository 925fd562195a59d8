// Which slots were seen: at least half on the screen, for a second, in a page that is in front of somebody.
// A page that is only prerendered or in the background shows nothing to anyone.

import { SHOWS } from "./contract.js";
import type { Exposure } from "./types.js";

const SHARE = 0.5;
const MS = 1000;
const marked = (): NodeListOf<Element> => document.querySelectorAll(`[${SHOWS}]`);

export class Exposures {
  readonly #reported = new Set<string>();
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

  /** Watches every slot of the page, those watched already as they are now. `atOnce`: all in the page count. */
  watch(atOnce: boolean): void {
    if (atOnce) {
      if (document.visibilityState === "visible") for (const slot of marked()) this.#seen(slot);
      else document.addEventListener("visibilitychange", () => this.watch(true), { once: true });
      return;
    }
    if (typeof IntersectionObserver === "undefined") return;
    this.#observer ??= new IntersectionObserver((entries) => this.#look(entries), { threshold: SHARE });
    for (const slot of marked()) {
      // Observing anew brings a first word at once: what is shown may have changed.
      this.#observer.unobserve(slot);
      this.#observer.observe(slot);
    }
  }

  #look(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio, boundingClientRect } of entries) {
      // A slot taller than the screen is seen when it fills half of it.
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
