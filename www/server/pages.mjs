// The shop's pages and pictures: the template of each address, and the data of each template.
//
// The templates are Jinja, rendered by MiniJinja. A page is the same for every visitor, so a CDN can cache it. Slotwise and
// the script in the page add what differs from visit to visit.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Environment } from "minijinja-js";
import { link } from "./catalogue.mjs";
import { speech, tags, translator } from "./languages.mjs";
import { openSearch, isInside } from "./search.mjs";

/** Cards of a long shelf. */
const SHELF = 12;

/** Other cards than those of a page so far, so that no product stands on it twice. */
function picker() {
  const shown = new Set();
  return (cards, count) => {
    const fresh = cards.filter((card) => !shown.has(card)).slice(0, count);
    for (const card of fresh) shown.add(card);
    return fresh;
  };
}

/** Every template of the folders, by its file's name. */
function templates(...folders) {
  const environment = new Environment();
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((name) => !name.endsWith(".json"))) {
      environment.addTemplate(name, readFileSync(join(folder, name), "utf8"));
    }
  }
  return environment;
}

/**
 * The pages of a shop. `folder` holds `templates` and `pictures`; `shared` is what every page shows: the public key and
 * the consent policy that it hands to the script.
 */
export function openPages(folder, catalogue, shared) {
  const environment = templates(join(folder, "templates"), join(folder, "pictures"));
  const shapes = JSON.parse(readFileSync(join(folder, "pictures/shapes.json"), "utf8"));
  const { categories } = catalogue;
  const { bestsellers, trending, fresh } = catalogue;
  const search = openSearch({ bestsellers, category: link });

  const tile = ({ key, label, url, items }, colour) => ({
    key,
    label,
    url,
    image: `/pictures/${key}/${colour % 12}.svg`,
    count: items.length,
  });
  const biggest = categories
    .filter(({ key }) => !key.startsWith("finds"))
    .toSorted((a, b) => b.items.length - a.items.length)
    .map(tile);
  const nav = biggest.slice(0, 10);

  function home() {
    const pick = picker();
    return {
      recommended: pick(bestsellers, 8),
      trending: pick(trending, SHELF),
      fresh: pick(fresh, SHELF),
      categories: biggest.slice(0, SHELF),
    };
  }

  const tour = () => ({
    bestsellers: bestsellers.slice(0, SHELF),
    trending: trending.slice(0, SHELF),
    fresh: fresh.slice(0, SHELF),
    categories: biggest.slice(0, SHELF),
  });

  /** Products by their categories, the category with most of them first. */
  const grouped = (items) =>
    [...Map.groupBy(items, ({ category }) => category.key)]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([key, items]) => ({ ...link(key), key, items, count: categories.find((category) => category.key === key).items.length }));

  /** A category with everything below it. */
  function category(key) {
    const { items, count, filters, asked } = search(new URLSearchParams({ category: key }));
    if (count === 0) return undefined;
    const root = key.split(".")[0];
    const below = categories.filter((other) => other.key !== key && isInside(other.key, key)).map(({ key }) => key);
    const related = categories.map(tile).filter((other) => !isInside(other.key, key) && other.key.split(".")[0] === root);
    const sections = below.length > 1 ? grouped(items) : undefined;
    return { category: { ...link(key), count }, items, sections, related: related.slice(0, 6), filters, asked };
  }

  /** A product with similar ones: those of its category, filled up with bestsellers. */
  function product(id) {
    const item = catalogue.product(id);
    if (!item) return undefined;
    const pick = picker();
    pick([item], 1);
    const { key } = item.category;
    const shelf = categories.find((category) => category.key === key).items;
    return {
      item,
      similar: pick([...shelf, ...bestsellers], 8),
      others: pick(
        bestsellers.filter((card) => card.category.key !== key),
        8,
      ),
    };
  }

  // The first part of the path selects the page. `hasOwn` below keeps `/constructor` and the like from matching.
  const cart = () => ({ bestsellers: bestsellers.slice(0, 8) });
  const find = (_, query) => {
    const found = search(query);
    const aisles = grouped(found.items).map(({ key }) =>
      tile(
        categories.find((category) => category.key === key),
        1,
      ),
    );
    return { ...found, aisles: aisles.slice(0, SHELF) };
  };
  const replay = () => ({ aisles: biggest.slice(0, SHELF).map(({ key, label }) => [key, label]) });
  const rooms = { "": home, tour, cart, category, product, search: find, replay, playground: () => ({}) };
  const files = { "": "home.html" };

  /** The pages in another language: the front page and those of products. */
  function abroad(tag) {
    const translated = translator(tag, bestsellers);
    const front = () => {
      const { recommended, trending } = home();
      return ["abroad.html", { recommended: translated(recommended), trending: translated(trending) }];
    };
    return (room, id, ...rest) => {
      if (rest.length > 0) return undefined;
      if (!room) return front();
      const found = room === "product" ? product(id) : undefined;
      return found && ["abroad_product.html", { item: translated([found.item])[0], similar: translated(found.similar) }];
    };
  }
  const languages = new Map(tags.map((tag) => [tag, abroad(tag)]));

  /** A page by its path: whether there is one, and its HTML. */
  function page(path, query = new URLSearchParams()) {
    const [room, key, ...rest] = path.replace(/^\/+|\/+$/g, "").split("/");
    const [template, data] = languages.get(room)?.(key, ...rest) ?? [];
    if (template) return { found: true, html: environment.renderTemplate(template, { ...data, ...shared, ...speech(room), path, nav }) };
    const needsKey = room === "category" || room === "product";
    const fits = rest.length === 0 && needsKey === Boolean(key) && Object.hasOwn(rooms, room);
    const own = fits ? rooms[room](key, query) : undefined;
    const file = own ? (files[room] ?? `${room}.html`) : "not_found.html";
    return { found: own !== undefined, html: environment.renderTemplate(file, { ...own, ...shared, path, nav }) };
  }

  /**
   * A product's picture: the shape of the longest prefix of its category that has one, in one of twelve colours, and where
   * it stands if the address says so.
   */
  function picture(path) {
    const [, category, number, scene] = /^\/pictures\/([^/]+)\/(\d+)(?:-(outdoors|desk))?\.svg$/.exec(path) ?? [];
    if (!category) return undefined;
    let prefix = category;
    while (prefix && !Object.hasOwn(shapes, prefix)) prefix = prefix.slice(0, Math.max(prefix.lastIndexOf("."), 0));
    const n = Number(number) % 12;
    return environment.renderTemplate(`${shapes[prefix]}.svg`, { n, hue: n * 30, scene });
  }

  return { page, picture };
}
