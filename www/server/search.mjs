// The shop's search: words, category, brand and price in, products out.
//
// A word matches the beginning of a word of a product's title, brand or category. Every word must match. Results keep the
// catalogue's order, the most wanted first, unless the visitor asks for another.

/** Results of one page, and the most choices that a filter offers. */
const [SHOWN, CHOICES] = [48, 60];
/** Longest text that is searched for. */
const LONGEST = 80;

const PRICES = [
  { value: "0-50", label: "Up to $50", least: 0, below: 50_00 },
  { value: "50-200", label: "$50 to $200", least: 50_00, below: 200_00 },
  { value: "200-500", label: "$200 to $500", least: 200_00, below: 500_00 },
  { value: "500", label: "$500 and more", least: 500_00, below: Number.POSITIVE_INFINITY },
];
const SORTS = [
  { value: "", label: "Most wanted" },
  { value: "cheap", label: "Cheapest first", compare: (a, b) => a.price_cents - b.price_cents },
  { value: "dear", label: "Dearest first", compare: (a, b) => b.price_cents - a.price_cents },
];

/** Lower-case words; a plural is searched for as its singular. */
const wordsOf = (text) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
const stem = (word) => (word.length > 3 ? word.replace(/s$/, "") : word);

export const isInside = (key, category) => key === category || key.startsWith(`${category}.`);

/** Opens the search of a catalogue: returns what answers a query. */
export function openSearch({ bestsellers, category }) {
  const texts = new Map(
    bestsellers.map((card) => [card, wordsOf(`${card.title} ${card.brand} ${card.category.label} ${card.category.key}`)]),
  );

  /** What the search page shows for a query's parameters. */
  return (params) => {
    const text = (name) => (params.get(name) ?? "").trim().slice(0, LONGEST);
    const asked = { q: text("q"), category: text("category"), brand: text("brand"), price: text("price"), sort: text("sort") };
    const price = PRICES.find(({ value }) => value === asked.price);
    const { compare } = SORTS.find(({ value }) => value === asked.sort) ?? SORTS[0];
    const words = wordsOf(asked.q).map(stem);
    const tests = {
      q: (card) => words.every((word) => texts.get(card).some((own) => own.startsWith(word))),
      category: (card) => !asked.category || isInside(card.category.key, asked.category),
      brand: (card) => !asked.brand || card.brand === asked.brand,
      price: ({ price_cents: cents }) => !price || (cents >= price.least && cents < price.below),
    };
    /** The products that pass all tests but one, whose filter is to offer what it could let through. */
    const without = (name) => bestsellers.filter((card) => Object.entries(tests).every(([test, passes]) => test === name || passes(card)));
    const found = without("");
    const items = compare ? found.toSorted(compare) : found;
    const choices = (name, keyOf, labelOf) => {
      const groups = Map.groupBy(without(name).filter(keyOf), keyOf);
      const all = [...groups].map(([value, list]) => ({ value, label: labelOf(value), count: list.length }));
      const most = all.sort((a, b) => b.count - a.count).slice(0, CHOICES);
      if (asked[name] && !most.some(({ value }) => value === asked[name]))
        most.push({ value: asked[name], label: labelOf(asked[name]), count: 0 });
      return most.sort((a, b) => (a.label < b.label ? -1 : 1));
    };
    const [main] = [...Map.groupBy(found, (card) => card.category.key)].sort(([, a], [, b]) => b.length - a.length);
    return {
      asked,
      /** The same words without filters. */
      unfiltered: `/search?${new URLSearchParams({ q: asked.q })}`,
      items: items.slice(0, SHOWN),
      count: items.length,
      /** The category that the search is mostly about. */
      about: asked.category || (main?.[0] ?? ""),
      filters: {
        categories: choices(
          "category",
          (card) => card.category.key,
          (key) => category(key).label,
        ),
        brands: choices(
          "brand",
          (card) => card.brand,
          (brand) => brand,
        ),
        prices: PRICES,
        sorts: SORTS,
      },
    };
  };
}
