// A small shop as it is before Slotwise: five static pages, twenty products, GA4's e-commerce events and a consent question.

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const WORDS = {
  lamps: ["Desk lamp", "Floor lamp", "Clip lamp", "Pendant lamp", "Reading lamp"],
  chairs: ["Oak chair", "Swivel chair", "Folding chair", "Rocking chair", "Bar stool"],
  tables: ["Dining table", "Side table", "Desk", "Coffee table", "Workbench"],
  rugs: ["Wool rug", "Jute rug", "Runner", "Kilim", "Door mat"],
};

/** The products: id, name, category, price. */
export const products = Object.entries(WORDS).flatMap(([category, names], shelf) =>
  names.map((name, place) => ({
    item_id: `${category}-${place + 1}`,
    item_name: name,
    item_category: category,
    price: 20 + 35 * shelf + 15 * place,
  })),
);

/** What stands around the shop's own row on the home page: the place for a slot. */
const ROW = ["<!-- row -->", "<!-- /row -->"];

const card = ({ item_id, item_name, item_category, price }) =>
  `<article><a href="/${item_category}.html#${item_id}">${item_name}</a> <b>€${price}.00</b></article>`;

const product = (item) => `<section id="${item.item_id}"><h2>${item.item_name}</h2><b>€${item.price}.00</b>
<button onclick='look(${JSON.stringify(item)})'>Look</button></section>`;

const page = (title, body) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,">
<script>
  window.dataLayer = [];
  function gtag() { dataLayer.push(arguments); }
  gtag("consent", "default", { analytics_storage: "denied", personalization_storage: "denied" });
  const agree = () => gtag("consent", "update", { analytics_storage: "granted", personalization_storage: "granted" });
  const look = (item) => gtag("event", "view_item", { currency: "EUR", value: item.price, items: [item] });
</script>
</head>
<body>
<nav><a href="/">Home</a> ${Object.keys(WORDS)
  .map((name) => `<a href="/${name}.html">${name}</a>`)
  .join(" ")}</nav>
<h1>${title}</h1>
${body}
<aside><button onclick="agree()">I agree to cookies</button></aside>
</body>
</html>
`;

/** Writes the shop's pages; how many there are. */
export function writeShop(folder) {
  mkdirSync(folder, { recursive: true });
  const row = products.filter((_, at) => at % 5 === 0).map(card);
  const pages = { index: page("Four walls", `<h2>Our favourites</h2>\n${[ROW[0], ...row, ROW[1]].join("\n")}`) };
  for (const category of Object.keys(WORDS)) {
    pages[category] = page(
      category,
      products
        .filter(({ item_category }) => item_category === category)
        .map(product)
        .join("\n"),
    );
  }
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), text);
  return Object.keys(pages).length;
}

/** Puts a slot around the row of the home page, as README says. */
export function markSlot(text, slot) {
  const [before, after] = slot.split("…the shop's own cards…");
  if (after === undefined) throw new Error("README's slot does not say where the shop's own cards stand");
  return text.replace(ROW[0], () => before).replace(ROW[1], () => after);
}

/** Puts scripts into a page's head. */
export const addScripts = (text, ...scripts) => text.replace("</head>", () => `${scripts.join("\n")}\n</head>`);

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };

/** The server of a folder of static files. */
export async function serveShop(folder) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://shop").pathname);
    const file = join(folder, path === "/" ? "index.html" : path);
    const bytes = await readFile(file).catch(() => undefined);
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(bytes ? 200 : 404, { "content-type": type }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.closeAllConnections() ?? server.close() };
}
