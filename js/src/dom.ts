// Slots in the browser's DOM: finds them and changes them in place. src/page/mod.rs defines the contract, and the
// fixtures in wasm-tests/slots hold both hosts to it.
//
// All values are set as text or as attributes, never as HTML, so nothing from a catalogue can become markup. A value that
// is already there is not set again: a page that the edge has changed does not change twice.

import {
  ABOUT,
  BECAUSE,
  BUNDLE,
  CARD,
  FIELD,
  FIELD_ATTRIBUTES,
  FIELDS,
  ITEM,
  KEY,
  LANG,
  PERSONALISED,
  SHOWS,
  SLOT,
  VARIANT,
} from "./contract.js";
import type { Place } from "./engine.js";
import type { Decision, Exposure } from "./types.js";

/** A slot of the page, or only the explanation of a slot outside of the root. */
export interface Slot extends Place {
  /** Name, product and subject in one text. */
  id: string;
  /** Its elements. There are several if the page repeats the slot. */
  elements: Element[];
}

/** The values of a card's fields for products, in the order of `FIELDS`. */
export type Cards = (ids: string[]) => string[][];

/** Elements without content or without markup in it. They cannot be slots and cannot hold explanations. */
const BARE =
  "area,base,br,col,embed,hr,iframe,img,input,link,meta,noembed,noframes,noscript,plaintext,script,source,style,template,textarea,title,track,wbr,xmp";
const SLOTS = `[${SLOT}]:not(${BARE})`;
const REASONS = `[${BECAUSE}]:not([${SLOT}],${BARE})`;
const KEYED = `[${KEY}]:not(template)`;

// Of children only, `:scope >`: what a nested slot contains belongs to that slot.
const value = (element: Element, name: string): string => element.getAttribute(name) ?? "";
const children = (slot: Element, selector: string): Element[] => [...slot.querySelectorAll(`:scope > ${selector}`)];
/** Whether the slot contains no other slot: of nested slots only the inner one changes. */
const isInner = (element: Element): boolean => !element.querySelector(SLOTS);
/** A slot and an explanation belong together if they state the same name, product and subject. */
const identity = (element: Element, name: string): string => JSON.stringify([name, ITEM, ABOUT].map((each) => value(element, each)));

/** The keys of a slot's content, or else the products of its cards, or else its variant. */
function shown(slot: Element): string[] {
  const named = [KEY, ITEM, VARIANT].map((name) => children(slot, `[${name}]:not(template)`).map((element) => value(element, name)));
  return named.find((values) => values.length > 0) ?? [];
}

/** The slots below `root`, in document order of their first elements. */
export function slots(root: ParentNode): Slot[] {
  const found = new Map<string, Slot>();
  for (const element of root.querySelectorAll(`${SLOTS},${REASONS}`)) {
    const own = element.hasAttribute(SLOT);
    const attribute = own ? SLOT : BECAUSE;
    const id = identity(element, attribute);
    let slot = found.get(id);
    if (!slot) {
      const [name, anchor, about] = JSON.parse(id);
      const lang = value(element, LANG) || document.documentElement.lang;
      slot = { id, name, anchor, about, lang, keys: [], personalised: false, ahead: true, elements: [] };
      found.set(id, slot);
    }
    if (own && slot.elements.push(element) === 1) {
      slot.keys = shown(element);
      // An order slot is ordered when the page begins or not at all: its children must not jump under the visitor's hand.
      slot.personalised = element.hasAttribute(PERSONALISED) || (element.hasAttribute(SHOWS) && children(element, KEYED).length > 0);
    }
  }
  return [...found.values()];
}

/**
 * Applies a decision to a slot, and stores the exposure to report on the slot. Returns false if the slot lacks what the
 * decision needs.
 */
export function change(slot: Slot, decision: Decision, cards: Cards, exposure: Exposure): boolean {
  const inner = slot.elements.filter(isInner);
  const elements = decision.personalised ? inner.filter((element) => fit(element, decision, cards)) : inner;
  if (decision.personalised) for (const element of elements) element.toggleAttribute(PERSONALISED, true);
  mark({ ...slot, elements }, decision, exposure);
  return elements.length > 0 || slot.elements.length === 0;
}

/**
 * Stores the exposure to report on the slot. If the engine personalised the slot before and would not do so now, the
 * visitor still sees the earlier content, so its exposure stays.
 */
export function mark({ elements, personalised }: Slot, decision: Decision, exposure: Exposure): void {
  if (!decision.counts || (personalised && !decision.personalised)) return;
  const shows = JSON.stringify(exposure);
  // Setting it again would wake the shop's own observers.
  for (const element of elements) if (isInner(element) && value(element, SHOWS) !== shows) element.setAttribute(SHOWS, shows);
}

/** Writes the explanations of decisions for shoppers. */
export function say(root: ParentNode, decided: [Slot, Decision][]): void {
  const texts = new Map(decided.map(([{ id }, { because }]) => [id, because?.text]));
  for (const element of root.querySelectorAll(REASONS)) {
    const text = texts.get(identity(element, BECAUSE));
    if (text === undefined || !isInner(element)) continue;
    if (element.childElementCount > 0 || element.textContent !== text) element.textContent = text;
  }
}

/** Whether the slot has what the decision needs. */
function fit(slot: Element, decision: Decision, cards: Cards): boolean {
  if (decision.variant !== null && !decision.bundle) return show(slot, decision.variant);
  return decision.kind === "order" ? reorder(slot, decision.order) : fill(slot, decision, cards);
}

/**
 * Orders the children with keys. They swap places, so that the white space between them stays. If a child without a key
 * follows one with a key, they move to the end instead.
 */
function reorder(slot: Element, order: string[]): boolean {
  const keyed = children(slot, KEYED);
  const left = [...keyed];
  // Keys may repeat: each takes the next child with it. Children that the decision does not name stay behind, in order.
  const ordered = order.flatMap((key) => {
    const at = left.findIndex((child) => value(child, KEY) === key);
    return at < 0 ? [] : left.splice(at, 1);
  });
  ordered.push(...left);
  if (children(slot, `${KEYED} ~ :not(${KEYED})`).length > 0) slot.append(...ordered);
  else if (ordered.some((child, at) => child !== keyed[at])) {
    const places = keyed.map((child) => {
      const place = new Text();
      child.replaceWith(place);
      return place;
    });
    for (const [at, child] of ordered.entries()) places[at]?.replaceWith(child);
  }
  return keyed.length > 0;
}

/** Copies the single element of a template. */
function single(template: Element | null | undefined): Element | undefined {
  const content = (template as HTMLTemplateElement | undefined)?.content;
  if (content?.childElementCount !== 1 || content.querySelector(`[${SLOT}]`)) return undefined;
  return content.firstElementChild?.cloneNode(true) as Element;
}

/** Shows a variant, and puts the previous one into a template. */
function show(slot: Element, variant: string): boolean {
  const all = children(slot, `[${VARIANT}]`);
  const named = (element: Element): boolean => value(element, VARIANT) === variant;
  const visible = all.filter((element) => !element.matches("template"));
  if (visible.some(named)) return true;
  const template = all.find(named);
  const next = single(template);
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

/**
 * Shows products as cards, or as one card of a bundle with their cards in it. Cards that already show them in this order
 * stay.
 */
function fill(slot: Element, { items, bundle, variant }: Decision, cards: Cards): boolean {
  const blank = single(children(slot, `template[${CARD}]`)[0]);
  const part = bundle ? single(blank?.querySelector(`template[${CARD}]`)) : blank;
  if (!blank || !part) return false;
  const own = children(slot, `:not([${CARD}])`);
  const old = bundle ? children(slot, `[${BUNDLE}="${CSS.escape(variant ?? "")}"] template ~ [${ITEM}]`) : own;
  const ids = items.map((item) => item.item_id);
  if (JSON.stringify(old.map((card) => value(card, ITEM))) === JSON.stringify(ids)) return true;
  for (const element of own) element.remove();
  const values = cards(ids);
  const made = ids.map((id, at) => cardOf(part, ITEM, id, values[at] ?? []));
  if (bundle) {
    const words: Record<string, string> = { ...bundle };
    const whole = cardOf(
      blank,
      BUNDLE,
      variant ?? "",
      FIELDS.map((field) => words[field] ?? ""),
    );
    whole.querySelector(`template[${CARD}]`)?.after(...made);
    slot.append(whole);
  } else slot.append(...made);
  return true;
}

/** A card of a product or a bundle, whose id is in the attribute `name`. */
function cardOf(blank: Element, name: string, id: string, values: string[]): Element {
  const card = blank.cloneNode(true) as Element;
  card.setAttribute(name, id);
  for (const part of [card, ...card.querySelectorAll(`:is([${FIELD}],[${name}]):not(script,style)`)]) write(part, name, id, values);
  return card;
}

/** Writes fields into an element of a card. Of several text fields, the first one counts. */
function write(element: Element, name: string, id: string, values: string[]): void {
  if (element.hasAttribute(name)) element.setAttribute(name, id);
  let text: string | undefined;
  for (const field of value(element, FIELD).split(/\s+/)) {
    const at = (FIELDS as readonly string[]).indexOf(field);
    const [attribute, shown] = [FIELD_ATTRIBUTES[at], values[at]];
    if (shown === undefined) continue;
    if (attribute) element.setAttribute(attribute, shown);
    else text ??= shown;
  }
  if (text !== undefined) element.textContent = text;
}
