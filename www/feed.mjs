// Writes the shop's product feed, which `slotwise train --catalogue` reads: `node www/feed.mjs FILE`.
//
// The categories of the click log are no words for people. With the feed the engine knows products by the categories and
// brands that the shop's own pages show.

import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readCatalogue, readLog } from "./server/catalogue.mjs";

const LOG = fileURLToPath(new URL("data/rees46-2019-oct.csv.gz", import.meta.url));
/** Brands that are written otherwise than with a capital letter. All others the log says well enough. */
const isAbbreviation = (brand) => brand.length > 1 && brand === brand.toUpperCase() && /[A-Z]/.test(brand);

/** Writes the feed as CSV. No category or brand of this shop holds a comma or a quotation mark. */
export function writeFeed(file) {
  const lines = readCatalogue(readLog(LOG)).all.map(
    ({ id, category, brand }) => `${id},${category.key},${isAbbreviation(brand) ? brand : ""}`,
  );
  writeFileSync(file, ["product_id,category,brand", ...lines, ""].join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFeed(process.argv[2] ?? "products.csv");
