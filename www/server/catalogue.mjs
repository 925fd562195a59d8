// The shop's catalogue: its products and categories, and which products are most in demand.
//
// A shop knows its products before it has heard of Slotwise, so nothing here reads a snapshot. The open data set behind
// this shop has no product file; the catalogue is therefore read from the click log, the newest word on a product first,
// and names.mjs gives it names.
// The lists rank products as the trainer does, so a shelf shows the same products with and without Slotwise.
//
// Invariants: products are in the order in which the log first names them, and every sort is stable. Equal products
// keep that order, and the same log always gives the same pages.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { brandName, label, pathOf, priceClasses, title } from "./names.mjs";

/** How much each event counts for a product's demand; the trainer's lists use the same weights. */
const WEIGHT = { view: 1, cart: 4, purchase: 10 };
/** Events in the newest quarter of the log from which on a product can be trending. */
const TREND_EVENTS = 5;

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** A category by its path, as pages link to it. */
export const link = (key) => ({ key, label: label(key), url: `/category/${key}` });

/** Gives a card a price. */
export function reprice(card, cents) {
  card.price = cents ? dollars.format(cents / 100) : "";
  card.price_cents = cents;
}

/** A product as pages show it. */
function card(product, price_class = "") {
  const { id, category, brand, cents } = product;
  const shown = {
    id,
    title: title(product),
    brand: brandName(brand),
    price: "",
    price_cents: 0,
    price_class,
    // Twelve colours, so that the products of a category differ.
    image: `/pictures/${category}/${Number(id) % 12}.svg`,
    url: `/product/${id}`,
    category: link(category),
  };
  reprice(shown, cents);
  return shown;
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
    product.category = pathOf(row);
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

/** The rows of a gzipped click log. The sample ends in the middle of a row, which is left out. */
export const readLog = (file) => parse(gunzipSync(readFileSync(file)), { columns: true, skip_records_with_error: true });

/** The catalogue of a click log's rows. Every list holds cards. */
export function readCatalogue(rows) {
  const products = productsOf(rows);
  const classes = priceClasses(products);
  const cards = new Map(products.map((product) => [product.id, card(product, classes.get(product.id))]));
  const show = (list) => list.map(({ id }) => cards.get(id));
  const wanted = products.toSorted((a, b) => b.wanted - a.wanted);
  const shelves = Map.groupBy(show(wanted), ({ category }) => category.key);
  return {
    /** A product by its number. */
    product: (id) => cards.get(id),
    all: [...cards.values()],
    bestsellers: show(wanted),
    trending: show(trendingOf(products)),
    fresh: show(products.toSorted((a, b) => b.first - a.first)),
    /** Categories by their paths in alphabetical order, each with its products, the most wanted first. */
    categories: [...shelves.keys()].sort().map((key) => ({ ...link(key), items: shelves.get(key) })),
  };
}
