// The element `<slotwise-slot name="home.hero">`: a slot for pages built in the browser, with or without a framework.
//
// It has no shadow tree. It marks itself with `data-slotwise`, so what holds for any other slot holds for it, and whatever
// happens its own content stays. The edge reads HTML and knows only `data-slotwise`; write both where it is in front.

import { ITEM, SLOT } from "./contract.js";
import { attend, refresh } from "./navigate.js";
import { mend } from "./templates.js";
import type { Slotwise } from "./types.js";

const TAG = "slotwise-slot";

let client: Slotwise | undefined;
let stop: (() => void) | undefined;

/** Calls back once the parser has read what the element holds. */
function whole(act: () => void): void {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", act, { once: true });
  else act();
}

/** Makes the element. On a server there is nothing to extend, so the class is made when it is needed. */
function make(): CustomElementConstructor {
  return class extends HTMLElement {
    static observedAttributes = ["name", "item-id"];

    connectedCallback(): void {
      whole(() => {
        mend(this);
        this.attributeChangedCallback();
        if (client) refresh(client);
      });
    }

    attributeChangedCallback(): void {
      if (!this.isConnected) return;
      for (const [own, marked] of [
        ["name", SLOT],
        ["item-id", ITEM],
      ] as const) {
        const value = this.getAttribute(own);
        if (value === null || value === this.getAttribute(marked)) continue;
        this.setAttribute(marked, value);
        if (client) refresh(client);
      }
    }
  };
}

/**
 * Defines `<slotwise-slot>` and has its slots decided by this visit, also after single-page navigation. Elements that are in
 * the page already count as well. On a server it does nothing.
 *
 * @example
 * define(load({ publicKey: "…" }));
 */
export async function define(slotwise: Slotwise | Promise<Slotwise>): Promise<void> {
  if (typeof customElements === "undefined") return;
  if (!customElements.get(TAG)) {
    customElements.define(TAG, make());
    // A slot without a box would never count as seen. The shop's own rules win.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:where(${TAG}){display:block}`);
    document.adoptedStyleSheets.push(sheet);
  }
  const loaded = await slotwise;
  if (loaded === client) return;
  stop?.();
  client = loaded;
  stop = attend(loaded);
  whole(() => {
    const undecided = document.querySelector(`${TAG}:not([data-slotwise-shows])`);
    if (undecided) refresh(loaded);
  });
}
