// What a visit seems to be after, in words and percent: for the panel and for the replay page.
import type { Explanation, PriceBand, Reason } from "slotwise";
import { STAGES } from "slotwise/contract";
import { bar, el, list, pairs, percent } from "./panel_parts.js";

const REASONS_SHOWN = 3;
const CATEGORIES_SHOWN = 4;

const BANDS: Record<PriceBand, string> = { low: "below the usual price", middle: "about the usual price", high: "above the usual price" };

/** How much a reason moves the odds of a purchase: the least change of the logarithm, in thousandths, and the words. */
const EFFECTS: [number, string][] = [
  [700, "much"],
  [250, "clearly"],
  [0, "a little"],
];

/** Purchase and other chances, stage, prices and categories. */
export function intent({ intent }: Pick<Explanation, "intent">): Node[] {
  const title = el("h3", "", "What the visit seems to be after");
  if (!intent) return [title, el("p", "panel-note", "Unknown without a model.")];
  const reached = STAGES.indexOf(intent.stage);
  const steps = STAGES.slice(1).map((stage, at) => {
    const step = el("li", at + 1 < reached ? "reached" : "", stage);
    if (at + 1 === reached) step.setAttribute("aria-current", "step");
    return step;
  });
  const stage = list("panel-stage", steps);
  stage.setAttribute("aria-label", "Stage of the visit");
  const chances = (
    [
      ["Likely to buy in this visit", intent.purchase_permille],
      ["Likely to fill the cart", intent.cart_permille],
      ["Likely to leave now", intent.exit_permille],
    ] as const
  ).flatMap(([label, permille]) => (permille === null ? [] : [bar(label, permille / 1000, percent(permille / 1000))]));
  if (intent.purchase_permille === null) {
    chances.unshift(el("p", "panel-note", "The log has too few orders to tell how likely a purchase is."));
  }
  const price = intent.price_sensitivity;
  const rest = pairs("numbers", [
    ["Prices looked at", intent.price_band ? BANDS[intent.price_band] : "not yet known"],
    ["Price matters", price === null ? "not yet known" : percent(price / 1000)],
    ["An offer would help", helps(intent.incentive_permille)],
  ]);
  const shares = intent.categories
    .slice(0, CATEGORIES_SHOWN)
    .map(({ category, permille }) => bar(readable(category), permille / 1000, percent(permille / 1000)));
  const interest = shares.length > 0 ? shares : [el("p", "panel-note", "Nothing yet: look at a product or save one.")];
  return [title, stage, ...chances, ...strongest(intent.reasons), el("h3", "", "Prices"), rest, el("h3", "", "Interest"), ...interest];
}

/** Only a trial can tell; without one nobody knows, and nothing is guessed. */
function helps(permille: number | null): string {
  if (permille === null) return "unknown, no trial yet";
  return `${(permille / 10).toLocaleString(undefined, { signDisplay: "exceptZero" })} orders in 100 visits`;
}

/** What moves the chance of a purchase most away from that of the average visit, in words. */
function strongest(reasons: Reason[]): Node[] {
  const shown = reasons.filter(({ code, weight }) => code !== "base" && weight !== 0);
  const sorted = shown.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, REASONS_SHOWN);
  if (sorted.length === 0) return [];
  const lines = sorted.map(({ text, weight }) => {
    const [, words] = EFFECTS.find(([least]) => Math.abs(weight) >= least) ?? ["", ""];
    const line = el("li");
    line.append(el("span", "", text), el("span", "", `${words} ${weight > 0 ? "more" : "less"} likely`));
    return line;
  });
  return [el("h3", "", "Why likely to buy or not"), list("reasons", lines)];
}

/** The last word of a category's path, for people. */
export const readable = (path: string): string => (path.split(".").pop() ?? path).replaceAll("_", " ");
