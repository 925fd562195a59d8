// Slots in a living page: found, and changed in place, by the same rules as at the edge.
//
// Everything shown is set as text or as one attribute, never as HTML, so nothing from a catalogue can become
// markup. Where a decision says nothing, or the slot does not hold what the contract asks for, it stays as it is.

import { BECAUSE, CARD, FIELD, FIELD_ATTRIBUTES, FIELDS, PERSONALISED, ITEM, KEY, SHOWS, SLOT, VARIANT } from "./contract.js";
import type { Place } from "./engine.js";
import type { Decision, Exposure } from "./types.js";

/** A slot of the page, or only the words about one that is not below the root. */
export interface Slot extends Place {
  element?: Element;
  /** Whether it holds another slot: the inner one is filled, this one stays the shop's own. */
  outer: boolean;
  /** Elements that say why. */
  because: Element[];
}

/** The values of a card's fields for products, in the order of `FIELDS`. */
export type Cards = (ids: string[], fields: readonly string[]) => string[][];

/** What a decision's exposure says. */
export type Exposed = (decision: Decision) => Exposure;

const value = (element: Element, name: string): string => element.getAttribute(name) ?? "";
const children = (slot: Element, selector: string): Element[] => [...slot.querySelectorAll(`:scope > ${selector}`)];
const isTemplate = (element: Element): element is HTMLTemplateElement => element instanceof HTMLTemplateElement;

/** What a slot shows: keys, else the products of its cards, else the variant. */
function shown(slot: Element): string[] {
  for (const name of [KEY, ITEM, VARIANT]) {
    const named = children(slot, `[${name}]:not(template)`);
    if (named.length > 0) return named.map((element) => value(element, name));
  }
  return [];
}

/** The slots below `root`, in the order in which the document first names them. */
export function slots(root: ParentNode): Slot[] {
  const found = new Map<string, Slot>();
  for (const element of root.querySelectorAll(`[${SLOT}],[${BECAUSE}]`)) {
    const own = element.getAttribute(SLOT);
    const name = own ?? value(element, BECAUSE);
    const anchor = element.getAttribute(ITEM);
    const id = JSON.stringify([name, anchor]);
    let slot = found.get(id);
    if (!slot) {
      slot = { name, ...(anchor !== null && { anchor }), keys: [], personalised: false, outer: false, because: [] };
      found.set(id, slot);
    }
    if (own === null) {
      slot.because.push(element);
    } else {
      slot.element = element;
      slot.outer = element.querySelector(`[${SLOT}]`) !== null;
      slot.keys = shown(element);
      // What is put in order was so, or was not, when the page began: it does not jump under a hand.
      slot.personalised = element.hasAttribute(PERSONALISED) || (element.hasAttribute(SHOWS) && children(element, `[${KEY}]`).length > 0);
    }
  }
  return [...found.values()];
}

/** Changes the page as the decision says, and leaves on the slot what its exposure is to report. */
export function change(slot: Slot, decision: Decision, cards: Cards, exposure: Exposed): void {
  const { element, outer } = slot;
  if (outer || (element && decision.personalised && !fit(element, decision, cards))) return;
  const { because } = decision;
  if (because) for (const words of slot.because) words.textContent = because.text;
  if (decision.personalised) element?.setAttribute(PERSONALISED, "");
  mark(slot, decision, exposure);
}

/**
 * Leaves on the slot what its exposure is to report. What the engine put here before and would not put here now still
 * is what is seen.
 */
export function mark({ element, outer, personalised }: Slot, decision: Decision, exposure: Exposed): void {
  if (!outer && decision.counts && (decision.personalised || !personalised))
    element?.setAttribute(SHOWS, JSON.stringify(exposure(decision)));
}

/** Whether the slot holds what it takes to show the decision. */
function fit(slot: Element, decision: Decision, cards: Cards): boolean {
  if (decision.variant !== null) return show(slot, decision.variant);
  return decision.kind === "order" ? reorder(slot, decision.order) : fill(slot, decision, cards);
}

/** Puts the children with keys in order, behind those without. */
function reorder(slot: Element, order: string[]): boolean {
  const keyed = children(slot, `[${KEY}]`);
  for (const key of order) {
    const child = keyed.find((child) => value(child, KEY) === key);
    if (child) slot.append(child);
  }
  return keyed.length > 0;
}

/** A copy of the one element a template holds. */
const copy = (template?: HTMLTemplateElement): Element | undefined =>
  template?.content.firstElementChild?.cloneNode(true) as Element | undefined;

/** Shows a variant and puts the one shown before into a template of its own. */
function show(slot: Element, variant: string): boolean {
  const all = children(slot, `[${VARIANT}]`);
  const named = (element: Element): boolean => value(element, VARIANT) === variant;
  const visible = all.filter((element) => !isTemplate(element));
  const template = all.filter(isTemplate).find(named);
  const next = copy(template);
  if (visible.some(named)) return true;
  if (!next) return false;
  next.setAttribute(VARIANT, variant);
  for (const old of visible) {
    const keep = document.createElement("template");
    keep.setAttribute(VARIANT, value(old, VARIANT));
    old.before(keep);
    keep.content.append(old);
  }
  template?.replaceWith(next);
  return true;
}

/** Shows products as cards. Cards that already show them in this order stay. */
function fill(slot: Element, { items }: Decision, cards: Cards): boolean {
  const blank = copy(children(slot, `template[${CARD}]`)[0] as HTMLTemplateElement | undefined);
  if (!blank) return false;
  const old = children(slot, `:not([${CARD}])`);
  if (old.length === items.length && old.every((card, at) => card.getAttribute(ITEM) === items[at]?.item_id)) return true;
  for (const element of old) element.remove();
  const ids = items.map((item) => item.item_id);
  const values = cards(ids, FIELDS);
  ids.forEach((id, at) => {
    const card = blank.cloneNode(true) as Element;
    card.setAttribute(ITEM, id);
    write(card, values[at] ?? []);
    for (const part of card.querySelectorAll(`[${FIELD}]`)) write(part, values[at] ?? []);
    slot.append(card);
  });
  return true;
}

function write(element: Element, values: string[]): void {
  for (const field of value(element, FIELD).split(/\s+/)) {
    const at = (FIELDS as readonly string[]).indexOf(field);
    if (at < 0) continue;
    const attribute = FIELD_ATTRIBUTES[at];
    if (attribute) element.setAttribute(attribute, values[at] ?? "");
    else element.textContent = values[at] ?? "";
  }
}
