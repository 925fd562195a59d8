// A row of small cards, as the replay page and the playground draw it from a decision.
import type { Decision } from "slotwise";
import { el, list } from "./panel_parts.js";

/** Card fields of products, in the order of the package's `FIELDS`. */
export type Cards = (ids: string[]) => string[][];

/** Cards of a row. */
const CARDS = 6;

/** Products that each row showed at the step before. */
const before = new Map<string, Set<string>>();

/** The title of a row, and the page it stands on. */
export function head(title: string, where: string): HTMLElement {
  const head = el("div", "replay-row-head");
  head.append(el("h2", "", title), el("span", "", where));
  return head;
}

/**
 * A row of cards. Those that it did not show before are marked. With `look`, a card is a button that looks at its product;
 * else it leads to the product's page.
 */
export function row(title: string, where: string, decision: Decision | undefined, cards: Cards, look?: (id: string) => void): HTMLElement {
  const holder = el("section", "replay-row");
  const ids = decision?.items.slice(0, CARDS).map(({ item_id }) => item_id) ?? [];
  const known = before.get(title);
  before.set(title, new Set(ids));
  const words =
    ids.length > 0 ? (decision?.because?.text ?? "") : look ? "The log does not tell" : "The shop's own products, as for everyone";
  holder.append(head(title, where), el("p", "", words));
  const shown = cards(ids).map(([name = "", , price = "", , url = "", image = ""], at) => {
    const card = el("li", known && !known.has(ids[at] ?? "") ? "replay-card arrived" : "replay-card");
    const picture = el("img");
    picture.alt = "";
    [picture.width, picture.height, picture.src] = [400, 400, image];
    const link = look ? el("button", "", name) : el("a", "", name);
    if (link instanceof HTMLAnchorElement) link.href = url;
    else link.addEventListener("click", () => look?.(ids[at] ?? ""));
    card.append(picture, link, el("span", "price", price));
    return card;
  });
  holder.append(list("replay-cards", shown));
  return holder;
}
