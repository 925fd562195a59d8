// The building blocks of the panel: elements, lists, bars, pairs of name and value.
//
// They are apart from the panel so that it reads as what is shown, not how. Text is always set as text, never as HTML:
// titles come from a catalogue.
import type { Reason } from "slotwise";

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

/** A reason with its weight, in thousandths of the score's unit. */
export function reason({ text, weight }: Pick<Reason, "text" | "weight">, signDisplay: "auto" | "exceptZero" = "auto"): HTMLElement {
  const line = el("li");
  line.append(el("span", "", text), el("span", "", weight.toLocaleString(undefined, { signDisplay })));
  return line;
}

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
