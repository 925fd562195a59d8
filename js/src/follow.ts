// Slots that are behind the visit: they change while nobody looks at them. What a visitor is reading does not change under
// the visitor's eyes.

import { SLOT } from "./contract.js";

export class Follow {
  readonly #observer: IntersectionObserver | undefined;

  /** `change` brings slots up to date. */
  constructor(change: (slots: Set<Element>) => void) {
    if (typeof IntersectionObserver === "undefined") return;
    this.#observer = new IntersectionObserver((entries, observer) => {
      const gone = entries.filter(({ isIntersecting }) => !isIntersecting).map(({ target }) => target);
      for (const slot of gone) observer.unobserve(slot);
      if (gone.length > 0) change(new Set(gone));
    });
  }

  /** Changes the slots that are off the screen, and the others once they have left it. */
  begin(): void {
    this.#observer?.disconnect();
    this.watch(document.querySelectorAll(`[${SLOT}]`));
  }

  /** The same with these slots. Others that are still on the screen stay watched. */
  watch(slots: Iterable<Element>): void {
    // The first callback says of each slot whether it is on the screen.
    for (const slot of slots) this.#observer?.observe(slot);
  }
}
