// What the replay page shows of a step: the steps so far, the intent, and the places of the shop's pages.
import type { Recorded, Step } from "./recorded.js";
import type { Told } from "./replay_engine.js";
import { intent } from "./panel_intent.js";
import { el, list } from "./panel_parts.js";
import { head, row, type Cards } from "./row_view.js";

export interface Shown extends Told {
  steps: Step[];
  /** The step, from 1. */
  at: number;
  products: Record<string, Recorded>;
  /** Keys and names of the categories on the front page. */
  aisles: [string, string][];
  cards: Cards;
}

/** Categories of the front page that are shown. */
const AISLES = 6;

const DEEDS: Record<string, string> = { view_item: "Looked at", add_to_cart: "Put into the cart", purchase: "Ordered" };

/** The places that are drawn, by slot, and where they stand. */
const ROWS: [slot: string, title: string, where: string][] = [
  ["home.recommended", "You might like", "Front page"],
  ["product.related", "Others also looked at", "Page of this product"],
  ["product.complements", "From other aisles", "Page of this product"],
  ["cart.recommended", "Before you order", "Cart"],
];

const deed = (name: string): string => DEEDS[name] ?? name;
const clock = (secs: number): string => `${Math.floor(secs / 60)}:${String(Math.floor(secs) % 60).padStart(2, "0")}`;

/** Draws a step into the page's parts. */
export function show(part: (name: string) => HTMLElement, shown: Shown): void {
  const { steps, at, products, explained, decisions } = shown;
  const [, name = "", id = ""] = steps[at - 1] ?? [];
  part("now").textContent = `${deed(name)}: ${products[id]?.title ?? id}`;
  const lines = steps.map(([secs, name, id], place) => {
    const line = el("li", place >= at ? "to-come" : "");
    if (place === at - 1) line.setAttribute("aria-current", "step");
    const picture = el("img");
    picture.alt = "";
    [picture.width, picture.height, picture.src] = [40, 40, products[id]?.image ?? ""];
    const words = el("span");
    words.append(el("b", "", products[id]?.title ?? id), el("span", "", deed(name)));
    line.append(picture, words, el("span", "", clock(secs)));
    return line;
  });
  const timeline = part("steps");
  timeline.replaceChildren(...lines);
  // Only the list scrolls, not the page.
  const current = lines[at - 1];
  if (current) timeline.scrollTop = current.offsetTop - timeline.clientHeight / 2;
  // The section has a title of its own.
  part("intent").replaceChildren(...intent(explained).slice(1));
  part("rows").replaceChildren(front(shown), ...ROWS.map(([slot, title, where]) => row(title, where, decisions.get(slot), shown.cards)));
}

/** The front page's banner and categories. */
function front({ aisles, decisions }: Shown): HTMLElement {
  const names = new Map(aisles);
  const hero = decisions.get("home.hero")?.variant?.replaceAll("_", " ") ?? "the same for everyone";
  const order = decisions.get("home.aisles")?.order ?? [];
  const keys = order.length > 0 ? order : aisles.map(([key]) => key);
  const holder = el("section", "replay-row replay-front");
  const line = el("p");
  line.append("Banner: ", el("b", "", hero));
  holder.append(
    head("Banner and categories", "Front page"),
    line,
    list(
      "replay-aisles",
      keys.slice(0, AISLES).map((key) => el("li", "", names.get(key) ?? key)),
    ),
  );
  return holder;
}
