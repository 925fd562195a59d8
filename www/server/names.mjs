// Names for people: of categories, brands and products.
//
// The open data set has paths, brands and prices, but no names, and a third of its products have a category that is only
// a number. `data/kinds.json` gives each category a label and, where its last word does not name one product in English,
// another path. The paths of numbers were chosen by hand, after the brands and prices of their products. The engine makes
// titles for products that have none; the same rule here keeps the catalogue's titles out of the snapshot.
//
// Invariant: the same log gives the same names.

import { readFileSync } from "node:fs";

/** Words for the quarters of a category's prices, the lowest first. */
const CLASSES = ["in the lowest quarter", "below the middle", "above the middle", "in the highest quarter"];

const kinds = JSON.parse(readFileSync(new URL("../data/kinds.json", import.meta.url), "utf8"));
const labels = new Map(Object.entries(kinds).map(([key, [label, path = key]]) => [path, label]));
const [, OTHER] = kinds[""];

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const words = (path) => path.slice(path.lastIndexOf(".") + 1).replaceAll("_", " ");

/** The category of a row of the log as a path. Numbers without a name share one category. */
export function pathOf({ category_code, category_id }) {
  const key = category_code || category_id;
  return kinds[key]?.[1] ?? (category_code || OTHER);
}

/** What a category is called: `appliances.kitchen.kettle` is "Kettles". */
export const label = (path) => labels.get(path) ?? capital(words(path));

/** A brand as people write it: a short word without a vowel is an abbreviation. */
export const brandName = (brand) => (/^[^aeiouy]{2,3}$/.test(brand) ? brand.toUpperCase() : capital(brand));

/** A product's title, as the engine makes it: `Samsung smartphone 4856`. */
export const title = ({ id, category, brand }) => capital(`${brandName(brand)} ${words(category)} ${id.slice(-4)}`.trim());

/** Where each product's price stands within its category, in words, by id. */
export function priceClasses(products) {
  const classes = new Map();
  for (const list of Map.groupBy(products, ({ category }) => category).values()) {
    const sorted = list.map(({ cents }) => cents).sort((a, b) => a - b);
    for (const { id, cents } of list) {
      if (sorted.length >= 8) classes.set(id, CLASSES[Math.min(Math.floor((4 * sorted.indexOf(cents)) / sorted.length), 3)]);
    }
  }
  return classes;
}
