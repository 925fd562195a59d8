// Writes the shop's product feed, which `slotwise train --catalogue` reads: `node www/feed.mjs FILE`.
//
// The categories of the click log are no words for people. With the feed the engine knows products by the categories and
// brands that the shop's own pages show. A few products have two more pictures: one outdoors and one at a desk.
// The most wanted have names in German and Arabic.

import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readCatalogue, readLog } from "./server/catalogue.mjs";
import { names, tags } from "./server/languages.mjs";

const LOG = fileURLToPath(new URL("data/rees46-2019-oct.csv.gz", import.meta.url));
/** Brands that are written otherwise than with a capital letter. All others the log says well enough. */
const isAbbreviation = (brand) => brand.length > 1 && brand === brand.toUpperCase() && /[A-Z]/.test(brand);

/** Categories of which the most wanted products have a picture of each scene. */
const PICTURED = ["electronics.audio.headphone", "electronics.audio.loudspeaker", "electronics.watch", "electronics.smartphone"];
const OF_EACH = 3;
const SCENES = ["outdoors", "desk"];

/** Writes the feed as CSV. No category or brand of this shop holds a comma or a quotation mark. */
export function writeFeed(file) {
  const { all, categories, bestsellers } = readCatalogue(readLog(LOG));
  const pictured = new Set(categories.filter(({ key }) => PICTURED.includes(key)).flatMap(({ items }) => items.slice(0, OF_EACH)));
  const named = tags.map((tag) => names(tag, bestsellers));
  const lines = all.map((card) => {
    const { id, category, brand, image } = card;
    const scenes = SCENES.map((scene) => (pictured.has(card) ? image.replace(".svg", `-${scene}.svg`) : ""));
    return [id, category.key, isAbbreviation(brand) ? brand : "", ...scenes, ...named.map((names) => names.get(id) ?? "")].join(",");
  });
  const pictures = SCENES.map((scene) => `image[${scene}]`);
  writeFileSync(
    file,
    [["product_id,category,brand", ...pictures, ...tags.map((tag) => `title:${tag}`)].join(","), ...lines, ""].join("\n"),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFeed(process.argv[2] ?? "products.csv");
