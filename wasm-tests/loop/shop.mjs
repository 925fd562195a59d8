// A small shop for simulated shoppers: 120 products in 6 categories. Its own shelves are the same for everybody and mix all
// categories, so that there is something to learn.

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const CATEGORIES = ["garden", "kitchen", "books", "tools", "toys", "lamps"];
const EACH = 20;

/** Every product: id, category, price. */
export const products = Array.from({ length: CATEGORIES.length * EACH }, (_, at) => ({
  id: `p${100 + at}`,
  category: CATEGORIES[at % CATEGORIES.length],
  price: 5 + ((at * 37) % 46),
}));

export const PLAN = {
  version: 1,
  holdout: 0.3,
  salt: "loop",
  slots: {
    "home.recommended": { kind: "fill", strategies: ["next_item", "category_bestsellers", "bestsellers"], limit: 8, minimum_evidence: 1 },
    "product.related": { kind: "fill", strategies: ["next_item", "category_bestsellers", "bestsellers"], limit: 8, minimum_evidence: 1 },
  },
};

export const writeCatalogue = (file) =>
  writeFileSync(
    file,
    ["product_id,category,price", ...products.map(({ id, category, price }) => `${id},${category},${price}`), ""].join("\n"),
  );

/** A shelf of eight products; `from` says which. */
function shelf(slot, from, anchor = "") {
  const cards = Array.from({ length: 8 }, (_, at) => products[(from * 7 + at * 13) % products.length]);
  const card = ({ id }) => `<li data-item="${id}"><a href="/product/${id}" data-field="url title">${id}</a></li>`;
  const about = anchor && ` data-item="${anchor}"`;
  return `<ul data-slotwise="${slot}"${about}><template data-card><li data-item=""><a data-field="url title">x</a></li></template>${cards.map(card).join("")}</ul>`;
}

/** Starts the shop's own server. */
export async function open() {
  const server = createServer((request, response) => {
    const [, part, id] = request.url.split("?", 1)[0].split("/");
    const at = products.findIndex((product) => product.id === id);
    const body = part === "product" && at >= 0 ? shelf("product.related", at, id) : shelf("home.recommended", 3);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="en"><title>a shop of tests</title><main>${body}</main></html>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
