// The cards on the page: hearts, buttons, and a smooth change when a slot is filled again.
//
// One listener on the document serves all cards, because a decision may add cards at any time.
import type { EventName } from "slotwise";
import * as basket from "./basket.js";
import type { Track } from "./track.js";
import { idOf, ofButton, toItem, type Product } from "./product.js";

const SLOTS = ".cards[data-slotwise],.bundle[data-slotwise]";

/** Handles every heart and "add" button of the page, including those of cards that are added later. */
export function watchButtons(track: Track, say: (text: string) => void): void {
  const trackProduct = (name: EventName, product: Product): void => {
    track(name, { items: [toItem(product)], currency: "USD", value: product.price_cents / 100 });
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-act]") : null;
    const product = button && ofButton(button);
    if (!button || !product) return;
    keepFocus(button, () => {
      if (button.dataset["act"] === "cart") {
        basket.add(product);
        say(`In the cart: ${product.title}`);
        trackProduct("add_to_cart", product);
      } else if (basket.toggleSaved(product)) {
        say(`Saved: ${product.title}`);
        trackProduct("add_to_wishlist", product);
      } else {
        say(`No longer saved: ${product.title}`);
      }
    });
    paintHearts();
    document.dispatchEvent(new Event("basket"));
  });
}

/** Shows on every heart below `root` whether its product is saved. */
export function paintHearts(root: ParentNode = document): void {
  const saved = new Set(basket.saved().map((product) => product.id));
  for (const heart of root.querySelectorAll<HTMLElement>("[data-act=save]")) {
    const pressed = String(saved.has(idOf(heart) ?? ""));
    if (heart.getAttribute("aria-pressed") !== pressed) heart.setAttribute("aria-pressed", pressed);
  }
}

/** Paints the hearts of cards that are added to a slot, and fades in the products that it did not show before. */
export function watchArrivals(): void {
  const cards = (nodes: NodeList): HTMLElement[] =>
    [...nodes].filter((node): node is HTMLElement => node instanceof HTMLElement && node.matches("article[data-item]"));
  const arrived = (records: MutationRecord[]): void => {
    for (const slot of new Set(records.map(({ target }) => target as Element))) {
      if (!slot.matches(SLOTS)) continue;
      const mine = records.filter(({ target }) => target === slot);
      const gone = new Set(mine.flatMap(({ removedNodes }) => cards(removedNodes).map((card) => card.dataset["item"])));
      const come = mine.flatMap(({ addedNodes }) => cards(addedNodes));
      for (const card of come) if (!gone.has(card.dataset["item"])) card.classList.add("arrived");
      paintHearts(slot);
    }
  };
  const main = document.querySelector("main");
  if (main) new MutationObserver(arrived).observe(main, { childList: true, subtree: true });
}

/**
 * Keeps the keyboard focus where it was while `act` changes a slot. Filling a slot replaces its cards, so the button at the
 * same place gets the focus. Ordering a slot moves its cards, and a moved element loses the focus.
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
