// The panel's section about slots: what was decided on this page, in which arm, for which reasons, within which guardrails.
import type { ExplainedDecision } from "slotwise";
import { PERSONALISED, SLOT } from "slotwise/contract";
import { el, list, pairs, reason } from "./panel_parts.js";

/** A propensity (ten-thousandths) as a percentage. */
export const chance = (share: number): string => `${(share / 100).toLocaleString(undefined, { maximumFractionDigits: 1 })} %`;

/** The slots of this page. The details of those named in `open` are unfolded. */
export function decisions(decided: ExplainedDecision[], open: Set<string | undefined>): Node[] {
  const title = el("h3", "", "What was decided here");
  if (decided.length === 0) return [title, el("p", "panel-note", "Nothing: the shop shows its own content.")];
  return [title, ...decided.map((decision) => choice(decision, open.has(decision.slot)))];
}

/** One slot, with its details folded. */
function choice(decision: ExplainedDecision, isOpen: boolean): HTMLElement {
  const isPersonalised = decision.personalised || stands(decision.slot);
  const details = el("details", "choice");
  details.open = isOpen;
  details.dataset["slot"] = decision.slot;
  details.dataset["personalised"] = String(isPersonalised);
  const summary = el("summary");
  summary.append(el("b", "", decision.slot), el("span", "", outcome(decision, isPersonalised)));
  const facts = pairs("numbers", [
    ["Arm", decision.arm],
    ["Its chance", decision.counts ? chance(decision.propensity) : "set by the preview"],
    ["Words for the shopper", decision.because?.text ?? "none"],
  ]);
  details.append(summary, facts, ...why(decision), ...rules(decision));
  return details;
}

/**
 * Whether the slot shows personalised content from an earlier decision. The newest decision may leave it alone, for example
 * because an order slot is not reordered under the visitor's hand.
 */
function stands(slot: string): boolean {
  return document.querySelector(`[${SLOT}="${CSS.escape(slot)}"][${PERSONALISED}]`) !== null;
}

function outcome({ personalised, variant, kind, items }: ExplainedDecision, isPersonalised: boolean): string {
  if (!personalised) return isPersonalised ? "stays personalised" : "as it was";
  if (variant !== null) return variant.replaceAll("_", " ");
  if (kind === "order") return "in a new order";
  return items.length === 1 ? "1 product" : `${items.length} products`;
}

/** The reasons of a decision with their sum, which is its score. */
function why({ reasons, score }: ExplainedDecision): Node[] {
  if (reasons.length === 0) return [el("p", "choice-head", "No reason was given.")];
  // A reason for keeping the shop's own content is a condition and has no weight.
  if (reasons.every(({ weight }) => weight === 0)) {
    const lines = reasons.map(({ text }) => el("li", "", text));
    return [el("p", "choice-head", "Reason"), list("reasons", lines)];
  }
  const lines = reasons.map((it) => reason(it));
  if (score !== 0) {
    const sum = reason({ text: "Together", weight: score });
    sum.className = "sum";
    lines.push(sum);
  }
  return [el("p", "choice-head", "Reasons, in thousandths"), list("reasons", lines)];
}

/** The guardrails that applied. They have no weights; their texts state how many products they removed. */
function rules({ guards }: ExplainedDecision): Node[] {
  if (guards.length === 0) return [];
  const lines = guards.map(({ text }) => el("li", "", text));
  return [el("p", "choice-head", "Guardrails"), list("reasons", lines)];
}
