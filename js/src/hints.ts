// Hints for developers, in development builds only. Each says what was found, what was expected and what to do, and is
// given once. A hint never changes what the package does.

import { CARD, CLOSE, EVENTS, FIELD, ITEM, KEY, SLOT, VARIANT } from "./contract.js";
import type { Decision, LoadOptions, Slotwise } from "./types.js";

const given = new Set<string>();

function hint(text: string, element?: Element): void {
  if (given.has(text)) return;
  given.add(text);
  if (element) console.warn(`slotwise: ${text}`, element);
  else console.warn(`slotwise: ${text}`);
}

/** Loads the package and says what will not work. */
export async function watched(load: (options: LoadOptions) => Promise<Slotwise>, options: LoadOptions): Promise<Slotwise> {
  reviewOptions(options);
  const slotwise = await load(options);
  advise(slotwise);
  return slotwise;
}

/** Checks what `load` was called with. */
function reviewOptions({ publicKey }: LoadOptions): void {
  if (!publicKey) {
    hint("load() has no publicKey, so no snapshot can be trusted; give it the text of the .public file of `slotwise keygen`");
  } else if (!/^[\w-]{43}$/.test(publicKey.trim())) {
    hint(`publicKey is "${publicKey}", expected the 43 characters of the .public file of \`slotwise keygen\``);
  }
}

/** Watches a visit and says what will not work. */
function advise(slotwise: Slotwise): void {
  const { track } = slotwise;
  let recorded = 0;
  slotwise.track = (name, params, options) => {
    if (!(EVENTS as readonly string[]).includes(name)) {
      hint(`track("${name}") has no effect: the engine does not use this event${nearest(name, EVENTS)}`);
    }
    recorded += params?.items?.length ?? 0;
    for (const item of params?.items ?? []) {
      if (!item.item_id) hint(`track("${name}") has an item without item_id; the engine knows products by this id`);
    }
    track.call(slotwise, name, params, options);
  };
  slotwise.on("problem", () => explainProblem(slotwise.problem ?? ""));
  void slotwise.ready.then(({ ok, error }) => {
    if (!ok) explainProblem(error?.message ?? "");
    if (!slotwise.snapshot) return;
    reviewSlots(slotwise);
    // Explaining loads the full engine, so it waits until the page has nothing else to do.
    setTimeout(() => recorded > 0 && void reviewItems(slotwise), 1000);
  });
}

/** What usually is behind a problem. */
function explainProblem(problem: string): void {
  if (problem.startsWith("engine:")) {
    hint(
      `${problem}. The engine is a Wasm file that a bundler has to copy with the package's scripts, and load({ wasm }) says where else it is. ` +
        'Where a bundler loses it, import { load } from "slotwise/inline", which has the engine in its scripts. With a ' +
        "Content-Security-Policy, script-src needs 'wasm-unsafe-eval'",
    );
  } else if (problem.includes("no signature of the manifest fits")) {
    hint(`${problem}. Snapshots are signed with another key than publicKey; use the .public file of the key that trained them`);
  } else if (problem.startsWith("sync:")) {
    hint(`${problem}. Manifest and snapshots come from ${"`base`"}; without an edge, proxy /_slotwise to \`slotwise serve\``);
  } else if (problem) hint(problem);
}

/** Compares the page's slots with those of the plan, and their markup with what the plan wants to do there. */
function reviewSlots(slotwise: Slotwise): void {
  const plan = new Map(slotwise.decide().map((decision) => [decision.slot, decision]));
  for (const slot of document.querySelectorAll(`[${SLOT}]`)) {
    const name = slot.getAttribute(SLOT) ?? "";
    const decision = plan.get(name);
    if (!decision) hint(`the plan has no slot "${name}"${nearest(name, [...plan.keys()])}`, slot);
    else if (slot.querySelector(`[${SLOT}]`)) hint(`slot "${name}" contains another slot; only the inner one is filled`, slot);
    else reviewMarkup(slot, name, decision);
    if (decision?.exit) reviewPanel(slot, name);
    const props = Object.entries(slot).find(([key]) => key.startsWith("__reactProps$"))?.[1];
    if (props && !props.dangerouslySetInnerHTML) {
      hint(`React owns slot "${name}" and will undo changes; use <Slot> from slotwise/react`, slot);
    }
  }
}

/** A slot that opens when the visitor is about to leave needs a panel around it. */
function reviewPanel(slot: Element, name: string): void {
  const panel = slot.closest("[hidden]");
  if (!panel) {
    hint(`slot "${name}" is shown on exit and is in sight already; it or an element around it needs the attribute hidden`, slot);
  } else if (!panel.querySelector(`[${CLOSE}]`)) {
    hint(`the panel of slot "${name}" never opens: it has no element with ${CLOSE}, such as a button, that closes it`, panel);
  } else if (!panel.matches("[aria-label],[aria-labelledby]") && !panel.querySelector("h1,h2,h3,h4,h5,h6")) {
    hint(`the panel of slot "${name}" has no name for screen readers; give it an aria-label or a heading`, panel);
  }
}

function reviewMarkup(slot: Element, name: string, { kind }: Decision): void {
  const cards = slot.querySelectorAll(`:scope > template[${CARD}]`);
  const variants = slot.querySelectorAll(`:scope > [${VARIANT}]`);
  const rows = kind === "fill" || kind === "bundle";
  if (rows && cards.length !== 1) {
    const what = kind === "fill" ? "a product" : "a bundle";
    hint(`slot "${name}" has ${cards.length} elements <template ${CARD}>, expected one that shows how ${what} looks`, slot);
  } else if (kind === "order" && !slot.querySelector(`:scope > [${KEY}]`)) {
    hint(`slot "${name}" is to be ordered, and no child has ${KEY}`, slot);
  } else if (kind === "choose" && variants.length === 0) {
    hint(`slot "${name}" chooses a variant, and no child has ${VARIANT}`, slot);
  }
  for (const template of [...cards, ...variants]) {
    if (!(template instanceof HTMLTemplateElement)) continue;
    const { content } = template;
    if (kind === "bundle" && !content.querySelector(`template[${CARD}]`)) {
      hint(`the card of slot "${name}" holds no <template ${CARD}> for its products`, template);
    } else if (content.childElementCount !== 1) {
      hint(`a template of slot "${name}" holds ${content.childElementCount} elements, expected exactly one`, template);
    } else if (template.hasAttribute(CARD) && !content.querySelector(`[${FIELD}]`)) {
      hint(`the card of slot "${name}" has no ${FIELD}, so every product looks the same`, template);
    }
  }
  const product = document.querySelector('meta[property="og:type"][content="product"],[itemtype$="schema.org/Product"]');
  if (product && rows && !slot.hasAttribute(ITEM)) {
    hint(`slot "${name}" is on a product page and has no ${ITEM}; with the product's id there it is about this product`, slot);
  }
}

/** Says which of the visit's products the snapshot does not know. */
async function reviewItems(slotwise: Slotwise): Promise<void> {
  const { session, problem } = await slotwise.explain();
  if (problem) return explainProblem(problem);
  const about = (name: string): boolean => /^(view_item|add_to_cart|add_to_wishlist|purchase|select_item)$/.test(name);
  const unknown = session.events.filter(({ name, item_id }) => item_id === null && about(name)).length;
  if (unknown > 0) {
    hint(
      `${unknown} of the visit's events name a product that the snapshot does not know; are the ids of page, log and catalogue the same?`,
    );
  }
}

/** `; did you mean …?` for the name that shares most with it. */
function nearest(name: string, known: readonly string[]): string {
  const pairs = (text: string): Set<string> => new Set([...text].slice(1).map((char, at) => `${text[at]}${char}`));
  const own = pairs(name.toLowerCase());
  let best = "";
  let most = 0.4;
  for (const other of known) {
    const theirs = pairs(other);
    const share = (2 * [...own].filter((pair) => theirs.has(pair)).length) / Math.max(own.size + theirs.size, 1);
    if (share > most) [best, most] = [other, share];
  }
  return best ? `; did you mean "${best}"?` : "";
}
