// What a page says about its products by itself: schema.org's `Product` in JSON-LD, and attributes of `html`, `body` or `main`.
//
// Events often name only a product's id. What is read here fills in what they lack. Attributes win over JSON-LD, because a
// shop writes them for Slotwise. A page that describes exactly one product at its top level is that product's page; products
// in lists, variants and related products are only looked up by their ids.

import type { EventParams, Item } from "./types.js";

/** A product as the page describes it. */
interface Product {
  item: Item;
  currency?: string | undefined;
}

/** The products that a page describes. */
export interface Described {
  /** The product that the page is about. */
  page: Product | undefined;
  all: Product[];
}

type Node = Record<string, unknown>;

const LEVELS = (["", 2, 3, 4, 5] as const).map((level) => `item_category${level}` as const);
/** Events that are about the page's product if they name none. */
const ABOUT_PAGE = ["view_item", "add_to_cart", "add_to_wishlist"];
/** Properties that lead from one description to others of the same rank. */
const SAME = ["@graph", "mainEntity"];
/** Properties that lead to products which the page is not about. */
const OTHER = ["itemListElement", "item", "hasVariant"];

export const isObject = (value: unknown): value is Node => typeof value === "object" && value !== null;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const first = (value: unknown): unknown => list(value)[0];

/** A text or a number as text; the name of a thing that has one. */
function text(value: unknown): string {
  const found = first(value);
  const named = isObject(found) ? found.name : found;
  return typeof named === "string" || typeof named === "number" ? String(named).trim() : "";
}

function product(id: string, name: string, brand: string, category: string, price: string, currency: string): Product {
  const item: Item = { item_id: id };
  if (name) item.item_name = name;
  if (brand) item.item_brand = brand;
  // A path as Google's taxonomy writes it: "Apparel > Shoes".
  const levels = category.split(">", LEVELS.length).map((level) => level.trim());
  LEVELS.forEach((name, at) => {
    if (levels[at]) item[name] = levels[at];
  });
  if (price && Number.isFinite(Number(price))) item.price = Number(price);
  return { item, currency: currency || undefined };
}

/** A price and its currency: of an offer, the lowest of several, or of its price specification. */
function offer(node: unknown): [price: string, currency: string] {
  const found = list(node).filter(isObject);
  const prices = found.map(({ price, lowPrice, priceCurrency, priceSpecification, offers }): [string, string] => {
    const own = text(price) || text(lowPrice);
    return own ? [own, text(priceCurrency)] : offer(priceSpecification ?? offers);
  });
  return prices.filter(([price]) => price).sort(([a], [b]) => Number(a) - Number(b))[0] ?? ["", ""];
}

/** Collects the products of a JSON-LD node; `top`: those that the page may be about. */
function collect(node: unknown, all: Product[], top: Product[] | undefined): void {
  for (const found of list(node)) {
    if (!isObject(found)) continue;
    if (list(found["@type"]).some((type) => /(^|[/:])Product(Group|Model)?$/.test(String(type)))) {
      const id = text(found.sku) || text(found.productID) || text(found.productGroupID);
      const [price, currency] = offer(found.offers);
      if (id) {
        const read = product(id, text(found.name), text(found.brand), text(found.category), price, currency);
        all.push(read);
        top?.push(read);
      }
    }
    for (const name of SAME) collect(found[name], all, top);
    for (const name of OTHER) collect(found[name], all, undefined);
  }
}

/** The value of a page attribute, for example `data-slotwise-item-id`. */
function attribute(name: string): string {
  const marked = `data-slotwise-${name}`;
  return document.querySelector(`:is(html,body,main)[${marked}]`)?.getAttribute(marked)?.trim() ?? "";
}

/** Reads what the page says now. */
export function described(): Described {
  const [all, top]: [Product[], Product[]] = [[], []];
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      collect(JSON.parse(script.textContent ?? ""), all, top);
    } catch {
      // Many shops have a script that is no JSON. It describes nothing.
    }
  }
  const ids = new Set(top.map(({ item }) => item.item_id));
  let page = ids.size === 1 ? top[0] : undefined;
  const own = ["item-id", "item-name", "item-brand", "item-category", "price", "currency"].map(attribute) as Parameters<typeof product>;
  const [id] = own;
  const known = page && (!id || id === page.item.item_id) ? page : undefined;
  if (id || (known && own.some(Boolean))) {
    const said = product(...own);
    page = { item: { ...known?.item, ...filled(said.item) }, currency: said.currency ?? known?.currency };
    all.unshift(page);
  }
  return { page, all };
}

/** Without parameters that hold nothing. */
function filled<T extends object>(params: T): T {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined)) as T;
}

/** An event with what it lacks, from the page. The event's own words win. */
export function complete(name: string, params: EventParams, { page, all }: Described): EventParams {
  const about = ABOUT_PAGE.includes(name);
  const named = list(params.items).filter(isObject) as unknown as Item[];
  const items = named.length === 0 && about && page ? [page.item] : named;
  let currency: string | undefined;
  const completed = items.map((given) => {
    const item = filled(given);
    const id = String(item.item_id ?? "");
    const same = (known: Product): boolean => (id ? known.item.item_id === id : known.item.item_name === item.item_name);
    const anonymous = !id && !item.item_name && about && items.length === 1;
    const found = anonymous ? page : all.find(same);
    if (!found) return item;
    currency ??= found.currency;
    const known = { ...found.item };
    if (item.item_category) for (const level of LEVELS) delete known[level];
    return { ...known, ...item };
  });
  const result: EventParams = { ...filled(params) };
  if (completed.length > 0) result.items = completed;
  else delete result.items;
  currency ??= attribute("currency") || page?.currency;
  if (!result.currency && currency && completed.length > 0) result.currency = currency;
  return result;
}
