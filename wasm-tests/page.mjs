// What the tests in Chromium share: the browser, a visitor's page, and the package alone in an empty one.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "./stage.mjs";

export function launch() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  args.push("--disable-component-update", "--disable-sync");
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}

/** A visitor of one's own with a page; `noise` is what the console says, which is nothing where all is well. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  return { context, page, noise };
}

/** Serves a page of the test's own, empty unless it says otherwise, and the package's files beside it. */
export async function packageOnly(page, body = "<!doctype html><title>package</title>") {
  await page.route("**/package.html", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.route("**/dist/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop();
    const contentType = name.endsWith("wasm") ? "application/wasm" : "text/javascript";
    return route.fulfill({ contentType, body: readFileSync(join(root, "js/dist", name)) });
  });
}

/** The addresses of the page engine: its file, and the script that stands in for it. */
export const ENGINE = /\/engine(\.wasm|_packed)/;

/** Waits for engine and snapshot. */
export const ready = (page) => page.waitForFunction(() => globalThis.slotwise?.snapshot, null, { timeout: 15000 });

/** What the visit did, newest first. */
export const deeds = (page) =>
  page.evaluate(async () => {
    const { session, problem } = await globalThis.slotwise.explain();
    // An explanation without events does not say why there are none.
    if (session.events.length === 0 && problem) throw new Error(problem);
    return session.events;
  });
