// The building blocks of the panel: elements, lists, bars, pairs of name and value.
//
// Kept apart from the panel so that it reads as what is shown, not how.
import type { EventName } from "slotwise";

/** What events are called. */
export const EVENT_WORDS: Partial<Record<EventName, string>> = {
  view_item: "Looked at",
  view_item_list: "Category",
  select_item: "Clicked",
  add_to_cart: "Into the cart",
  remove_from_cart: "Out of the cart",
  add_to_wishlist: "Saved",
  view_cart: "Cart opened",
  begin_checkout: "Checkout",
  purchase: "Ordered",
  view_search_results: "Searched",
  scroll: "Read on",
  user_engagement: "Stayed",
  exit_intent: "About to leave",
  declare_preference: "Asked for",
};

/** A reason in words: it may begin with the name of an event and end with the path of a category. */
export const plain = (text: string): string =>
  text
    .replace(/^[a-z]+(_[a-z]+)+(?= )/, (name) => EVENT_WORDS[name as EventName] ?? name)
    .replace(/(in )?([a-z_-]+\.)+([a-z_-]+)/g, (_all, _in, _parents, last: string) => last.replaceAll("_", " "));

/** An element with a class and a text. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, look = "", text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (look) element.className = look;
  if (text) element.textContent = text;
  return element;
}

export function list(look: string, items: HTMLElement[]): HTMLElement {
  const holder = el("ul", look);
  holder.append(...items);
  return holder;
}

/** A labelled bar; `share` is 0 to 1. */
export function bar(label: string, share: number, value: string): HTMLElement {
  const holder = el("div", "bar");
  const track = el("span", "bar-track");
  const fill = el("span", "bar-fill");
  fill.style.setProperty("--share", `${Math.round(Math.min(Math.max(share, 0), 1) * 100)}%`);
  track.append(fill);
  track.setAttribute("aria-hidden", "true");
  holder.append(el("span", "bar-label", label), el("span", "bar-value", value), track);
  return holder;
}

export function pairs(look: string, rows: [string, string][]): HTMLElement {
  const holder = el("dl", look);
  for (const [name, value] of rows) {
    const row = el("div");
    row.append(el("dt", "", name), el("dd", "", value));
    holder.append(row);
  }
  return holder;
}

/** A share of 0 to 1, or below 0, as a percentage. */
export const percent = (share: number): string => `${(share * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
