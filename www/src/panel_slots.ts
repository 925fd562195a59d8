// The panel's section about slots: what was decided on this page, in which arm, for which reasons, within which guardrails.
import type { ExplainedDecision } from "slotwise";
import { PERSONALISED, SLOT } from "slotwise/contract";
import { el, list, pairs, percent, plain } from "./panel_parts.js";

/** The arm of a slot that nothing is tried in. */
const PLAIN = "model";

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
  summary.append(el("b", "", nameOf(decision.slot)), el("span", "", outcome(decision, isPersonalised)));
  const facts: [string, string][] = [["What the page says", decision.because?.text ?? "nothing"]];
  // What waits for the visitor to leave counts when it opens.
  if (!decision.counts && !decision.exit) facts.push(["Set by", "the preview"]);
  else if (decision.arm !== PLAIN) {
    facts.push(["Group in the trial", decision.arm.replaceAll("_", " ")], ["Chance of this group", chance(decision.propensity)]);
  }
  details.append(summary, pairs("numbers", facts), ...why(decision), ...rules(decision));
  return details;
}

/** What the page calls a slot: the title of its section. */
function nameOf(slot: string): string {
  const section = document.querySelector(`[${SLOT}="${CSS.escape(slot)}"]`)?.closest("section,aside");
  return section?.querySelector("h2")?.textContent || section?.ariaLabel || slot;
}

/** Whether the engine has put there what the slot shows, though it would not do so now. */
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
  // What kept the shop's content has no weight.
  const lines = reasons.map(({ text, weight }) => {
    const line = el("li");
    line.append(el("span", "", plain(text)));
    if (weight !== 0 && score !== 0) line.append(el("span", "", percent(weight / score)));
    return line;
  });
  const [first] = reasons;
  const alone = reasons.length === 1 && first?.weight === 0;
  return [el("p", "choice-head", alone ? "Reason" : "Reasons, by their share"), list("reasons", lines)];
}

/** The guardrails that applied. They have no weights; their texts state how many products they removed. */
function rules({ guards }: ExplainedDecision): Node[] {
  if (guards.length === 0) return [];
  const lines = guards.map(({ text }) => el("li", "", text));
  return [el("p", "choice-head", "Rules of the shop"), list("reasons", lines)];
}
