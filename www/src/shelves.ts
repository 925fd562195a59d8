// The cards on the page: hearts, buttons, and a calm change when a slot is filled anew.
//
// One listener on the document serves all cards: a filled slot brings new ones at any time.
import type { EventName } from "slotwise";
import * as basket from "./basket.js";
import type { Tell } from "./main.js";
import { ofButton, toItem, type Product } from "./product.js";

const SLOTS = ".cards[data-slotwise]";

/** Handles every heart and "add" button of the page, those of cards yet to come included. */
export function watchButtons(tell: Tell, say: (text: string) => void): void {
  const tellOf = (name: EventName, product: Product): void => {
    tell(name, { items: [toItem(product)], currency: "USD", value: product.price_cents / 100 });
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-act]") : null;
    const product = button && ofButton(button);
    if (!button || !product) return;
    keepFocus(button, () => {
      if (button.dataset["act"] === "cart") {
        basket.add(product);
        say(`In the cart: ${product.title}`);
        tellOf("add_to_cart", product);
      } else if (basket.toggleSaved(product)) {
        say(`Saved: ${product.title}`);
        tellOf("add_to_wishlist", product);
      } else {
        say(`No longer saved: ${product.title}`);
      }
    });
    paintHearts();
    document.dispatchEvent(new Event("basket"));
  });
}

/** Shows on every heart whether its product is saved. */
export function paintHearts(): void {
  for (const heart of document.querySelectorAll<HTMLElement>("[data-act=save]")) {
    const product = ofButton(heart);
    heart.setAttribute("aria-pressed", String(product !== null && basket.isSaved(product.id)));
  }
}

/** Remembers which products each slot shows; the function it returns lets newcomers fade in. */
export function watchArrivals(): () => void {
  const shown = new Map<Element, Set<string>>();
  const look = (fade: boolean): void => {
    for (const slot of document.querySelectorAll(SLOTS)) {
      const before = shown.get(slot);
      const cards = [...slot.querySelectorAll<HTMLElement>("article[data-item]")];
      for (const card of cards) {
        const isNew = before !== undefined && !before.has(card.dataset["item"] ?? "");
        if (fade && isNew) card.classList.add("arrived");
      }
      shown.set(slot, new Set(cards.map((card) => card.dataset["item"] ?? "")));
    }
  };
  look(false);
  return () => look(true);
}

/** The tour's stand-in for a search box. */
export function watchSearches(tell: Tell): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-search]") : null;
    const category = button?.dataset["search"];
    if (!category) return;
    tell("view_search_results", { search_term: button.textContent ?? "", items: [{ item_id: "", item_category: category }] });
  });
}

/**
 * Filling a slot replaces its cards, the focused one included: the same place gets the focus back. Putting
 * one in order moves its cards, which takes the focus from them.
 */
function keepFocus(button: HTMLElement, act: () => void): void {
  const slot = button.closest(SLOTS);
  const kind = button.dataset["act"] ?? "";
  const sameKind = (): HTMLElement[] => [...(slot?.querySelectorAll<HTMLElement>(`[data-act=${kind}]`) ?? [])];
  const place = sameKind().indexOf(button);
  const left = slot?.scrollLeft ?? 0;
  const isFocused = document.activeElement === button;
  act();
  if (isFocused && button.isConnected) button.focus({ preventScroll: true });
  if (slot && !button.isConnected) {
    slot.scrollLeft = left;
    sameKind()[place]?.focus({ preventScroll: true });
  }
}
