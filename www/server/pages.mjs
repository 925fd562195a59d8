// The shop's pages and pictures: the template of each address, and the data of each template.
//
// The templates are Jinja, rendered by MiniJinja. A page is the same for every visitor, so a CDN can cache it. Slotwise and
// the script in the page add what differs from visit to visit.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Environment } from "minijinja-js";
import { link } from "./catalogue.mjs";

/** Number of cards on a shelf, and on a category's page. */
const [SHELF, GRID] = [12, 48];

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
  const bestsellers = catalogue.bestsellers.slice(0, SHELF);

  const tile = ({ key, label, url, items }, colour) => ({
    key,
    label,
    url,
    image: `/pictures/${key}/${colour % 12}.svg`,
    count: items.length,
  });
  // Categories that are only a number have no name to show.
  const named = categories.filter(({ key }) => /[a-z]/i.test(key));
  const biggest = named.toSorted((a, b) => b.items.length - a.items.length).map(tile);
  const nav = biggest.slice(0, 10);

  const home = () => ({
    bestsellers,
    trending: catalogue.trending.slice(0, SHELF),
    fresh: catalogue.fresh.slice(0, SHELF),
    categories: biggest.slice(0, SHELF),
  });

  /** A category with everything below it. */
  function category(key) {
    const isInside = (category) => category.key === key || category.key.startsWith(`${key}.`);
    const items = catalogue.bestsellers.filter((card) => isInside(card.category));
    if (items.length === 0) return undefined;
    const tiles = categories.map(tile);
    const root = key.split(".")[0];
    const related = tiles.filter((other) => !isInside(other) && other.key.split(".")[0] === root).slice(0, 6);
    return { category: { ...link(key), count: items.length }, items: items.slice(0, GRID), related };
  }

  /** A product with similar ones: those of its category, filled up with bestsellers. */
  function product(id) {
    const item = catalogue.product(id);
    if (!item) return undefined;
    const shelf = categories.find(({ key }) => key === item.category.key).items;
    const similar = new Set([...shelf, ...bestsellers]);
    similar.delete(item);
    return { item, similar: [...similar].slice(0, SHELF), bestsellers };
  }

  // The first part of the path selects the page. `hasOwn` below keeps `/constructor` and the like from matching.
  const rooms = { "": home, tour: home, cart: () => ({ bestsellers }), category, product };
  const files = { "": "home.html" };

  /** A page by its path: whether there is one, and its HTML. */
  function page(path) {
    const [room, key, ...rest] = path.replace(/^\/+|\/+$/g, "").split("/");
    const needsKey = room === "category" || room === "product";
    const fits = rest.length === 0 && needsKey === Boolean(key) && Object.hasOwn(rooms, room);
    const own = fits ? rooms[room](key) : undefined;
    const file = own ? (files[room] ?? `${room}.html`) : "not_found.html";
    return { found: own !== undefined, html: environment.renderTemplate(file, { ...own, ...shared, path, nav }) };
  }

  /** A product's picture: the shape of the longest prefix of its category that has one, in one of twelve colours. */
  function picture(path) {
    const [, category, number] = /^\/pictures\/([^/]+)\/(\d+)\.svg$/.exec(path) ?? [];
    if (!category) return undefined;
    let prefix = category;
    while (prefix && !Object.hasOwn(shapes, prefix)) prefix = prefix.slice(0, Math.max(prefix.lastIndexOf("."), 0));
    const n = Number(number) % 12;
    return environment.renderTemplate(`${shapes[prefix]}.svg`, { n, hue: n * 30 });
  }

  return { page, picture };
}
