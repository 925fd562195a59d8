// The shop's catalogue: its products and categories, and which products are most in demand.
//
// A shop knows its products before it has heard of Slotwise, so nothing here reads a snapshot. The open data set behind
// this shop has no product file; the catalogue is therefore read from the click log, the newest word on a product first.
// The lists rank products as the trainer does, so a shelf shows the same products with and without Slotwise.
//
// Invariants: products are in the order in which the log first names them, and every sort is stable. Equal products
// keep that order, and the same log always gives the same pages.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";

/** How much each event counts for a product's demand; the trainer's lists use the same weights. */
const WEIGHT = { view: 1, cart: 4, purchase: 10 };
/** Events in the newest quarter of the log from which on a product can be trending. */
const TREND_EVENTS = 5;

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The last part of a category path as a label: `appliances.kitchen.air_heater` becomes "Air heater". */
function label(path) {
  const leaf = path.slice(path.lastIndexOf(".") + 1);
  return /^\d*$/.test(leaf) ? "Article" : capital(leaf.replaceAll("_", " "));
}

/** A category by its path, as pages link to it. */
export const link = (key) => ({ key, label: label(key), url: `/category/${key}` });

/** A product as pages show it. The data set has no names: brand, kind and the end of the number make one. */
function card({ id, category, brand, cents }) {
  const kind = brand ? label(category).toLowerCase() : label(category);
  return {
    id,
    title: [capital(brand), kind, id.slice(-4)].filter(Boolean).join(" "),
    brand: capital(brand),
    price: cents ? dollars.format(cents / 100) : "",
    price_cents: cents,
    // Twelve colours, so that the products of a category differ.
    image: `/pictures/${category}/${Number(id) % 12}.svg`,
    url: `/product/${id}`,
    category: link(category),
  };
}

/** The products of the log, with counts of their events before and in its newest quarter. */
function productsOf(rows) {
  const times = rows.map(({ event_time }) => Date.parse(event_time));
  const newest = times.at(-1);
  const recently = newest - Math.floor((newest - times[0]) / 4);
  const products = new Map();
  for (const [at, row] of rows.entries()) {
    const id = row.product_id;
    if (!products.has(id)) products.set(id, { id, category: "", brand: "", cents: 0, first: times[at], wanted: 0, recent: 0, earlier: 0 });
    const product = products.get(id);
    product.category = row.category_code || row.category_id || product.category;
    product.brand = row.brand || product.brand;
    product.cents = Math.round(Number(row.price) * 100) || product.cents;
    product.wanted += WEIGHT[row.event_type] ?? 0;
    product[times[at] >= recently ? "recent" : "earlier"] += 1;
  }
  return [...products.values()];
}

/**
 * Products whose share of all events grew most. One event is added on both sides (Laplace smoothing): a product without
 * earlier events would otherwise have grown infinitely.
 */
function trendingOf(products) {
  const sum = (count) => products.reduce((all, product) => all + product[count], 0);
  const [now, before] = [sum("recent"), sum("earlier")];
  const growth = ({ recent, earlier }) => (recent + 1) / now / ((earlier + 1) / before);
  return products.filter(({ recent }) => recent >= TREND_EVENTS).sort((a, b) => growth(b) - growth(a));
}

/** Reads a gzipped click log. Every list holds cards. */
export function readCatalogue(file) {
  // The sample ends in the middle of a row.
  const rows = parse(gunzipSync(readFileSync(file)), { columns: true, skip_records_with_error: true });
  const products = productsOf(rows);
  const cards = new Map(products.map((product) => [product.id, card(product)]));
  const show = (list) => list.map(({ id }) => cards.get(id));
  const wanted = products.toSorted((a, b) => b.wanted - a.wanted);
  const shelves = Map.groupBy(show(wanted), ({ category }) => category.key);
  return {
    /** A product by its number. */
    product: (id) => cards.get(id),
    bestsellers: show(wanted),
    trending: show(trendingOf(products)),
    fresh: show(products.toSorted((a, b) => b.first - a.first)),
    /** Categories by their paths in alphabetical order, each with its products, the most wanted first. */
    categories: [...shelves.keys()].sort().map((key) => ({ ...link(key), items: shelves.get(key) })),
  };
}
