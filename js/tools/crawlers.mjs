// Writes src/origin/proxy/crawlers.txt: the patterns of `isbot`, by which the Worker knows crawlers, for the native proxy. Part of
// `npm run contract`; a test compares.
//
// The proxy's regular expressions know no look-around. What a pattern's look-around excepts is taken out of a user agent before
// (`EXCEPTED` in src/origin/proxy/crawler.rs), so the patterns here go without.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { list } from "isbot";
import { root } from "./setup.mjs";

export const FILE = join(root, "src/origin/proxy/crawlers.txt");

/** A hyphen that stands for itself behind a class, which stricter engines want to be told. */
const HYPHEN = /(\\[dsw])-/g;
const AROUND = /\(\?<?[!=](?:[^()]|\([^()]*\))*\)/g;

/** The patterns that look around. Whoever takes in a newer `isbot` compares them with `EXCEPTED`. */
export const LOOKING = list.filter((pattern) => pattern.search(AROUND) >= 0);

/** The file's text: a pattern a line. */
export const text = () => `${list.map((pattern) => pattern.replaceAll(AROUND, "").replaceAll(HYPHEN, "$1\\-")).join("\n")}\n`;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(FILE, text());
