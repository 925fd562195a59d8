// The shop in other languages: a few pages in German and in Arabic, below `/de` and `/ar`.
//
// The names of products are made of their categories' words, as the English ones are. The product feed hands the same names to
// the trainer, so a card that the engine fills reads like one of the shop's own. Prices are written by examples, which stand in
// the plan too.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (path) => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8"));
const languages = read("../data/languages.json");
const { locales } = read("../plan.json");

/** Most wanted products that have a name in other languages. A feed with names of all would make the demo's download larger. */
const NAMED = 300;

/** The languages by their tags. */
export const tags = Object.keys(languages);

/** What pages say in a language: its direction and words. */
export const speech = (tag) => ({ lang: tag, dir: languages[tag].dir, words: languages[tag].words });

/** Names of the most wanted products in a language, by id; those without a word for their kind are left out. */
export function names(tag, bestsellers) {
  const { kinds, dir } = languages[tag];
  const name = ({ id, brand, category }) => {
    const kind = kinds[category.key];
    if (!kind) return [];
    const parts = dir === "rtl" ? [kind, brand] : [brand, kind];
    return [[id, [...parts, id.slice(-4)].filter(Boolean).join(" ")]];
  };
  return new Map(bestsellers.slice(0, NAMED).flatMap(name));
}

/** A price as the plan's example shows it. Every format of this shop has a separator of thousands and two decimals. */
function price(tag, cents) {
  if (!cents) return "";
  const example = locales[tag].price;
  const [digits] = /\p{Nd}.*\p{Nd}/u.exec(example);
  const [, group, decimal] = /\p{Nd}+(\P{Nd})\p{Nd}{3}(\P{Nd})/u.exec(digits);
  // Every example of this shop ends in zeros.
  const zero = digits.codePointAt(digits.length - 1);
  const written = (cents / 100)
    .toFixed(2)
    .replace(/\B(?=(\d{3})+\.)/g, "G")
    .replace(".", "D");
  const own = { G: group, D: decimal };
  return example.replace(digits, [...written].map((c) => own[c] ?? String.fromCodePoint(zero + Number(c))).join(""));
}

/** Cards of products in a language; `cards` may hold any. */
export function translator(tag, bestsellers) {
  const named = names(tag, bestsellers);
  const { url_pattern } = locales[tag];
  return (cards) =>
    cards.map((card) => ({
      ...card,
      title: named.get(card.id) ?? card.title,
      price: price(tag, card.price_cents),
      url: url_pattern.replace("{id}", card.id),
    }));
}
