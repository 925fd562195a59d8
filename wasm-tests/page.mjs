// What the tests in Chromium share: the browser, a visitor's page, the package alone in an empty one, and its engines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { fnv } from "./programs.mjs";
import { root } from "./stage.mjs";

/** By itself Chromium says that it is headless, and an edge shows programs the shop's own pages. */
export const SHOPPER = "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

export function launch() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  args.push("--disable-component-update", "--disable-sync");
  args.push(SHOPPER);
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

/**
 * Puts the two engines and what the tests ask of them into the page, as `globalThis.engines`: `page` and `full` decide
 * for a visit and its events, `lean` leaves out of the full engine's answer what the page engine does not tell.
 */
export async function loadEngines(page, publicKey) {
  await page.evaluate(
    async ({ publicKey, hash }) => {
      const from = (name) => new URL(`/dist/${name}`, location.href);
      const { PageEngine } = await import(from("engine.js").href);
      const { explain } = await import(from("full.js").href);
      const { fetched, manifestAt, named, trusted } = await import(from("sync.js").href);
      const module = await WebAssembly.compileStreaming(fetch(from("engine.wasm")));
      const base = new URL("/_slotwise", location.href).href;
      const { snapshot: id, root } = (await trusted(await manifestAt(base), publicKey)).current;
      const file = async (name) => named(await fetched(`${base}/shard/${name}`, 2 ** 20), name);
      const engine = new PageEngine(new WebAssembly.Instance(module));
      if (!engine.adopt(await file(root), id)) throw new Error("the engine does not take the root");
      const files = [await file(root)];
      /** Fetches what the visit can make use of; whether there was something. */
      const take = async (names) => {
        const shards = await Promise.all(names.map(file));
        for (const shard of shards) if (!engine.extend(shard)) throw new Error("the engine does not take a shard of its snapshot");
        files.push(...shards);
        return names.length > 0;
      };
      const fill = () => take(engine.wanted());
      const sorted = (_, value) =>
        value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
      globalThis.engines = {
        fnv: new Function(`return ${hash}`)(),
        take,
        async page(visit, began, events, now) {
          engine.begin({ ...visit, token: undefined }, began);
          for (const { name, params, time_ms } of events) engine.track(name, params, time_ms ?? began);
          do engine.decideAll(now);
          while (await fill());
          const decisions = engine.decideAll(now).map((decision) => ({ ...decision, snapshot: "" }));
          return { token: engine.token(), decisions, intent: engine.intent() };
        },
        async full(visit, token, now) {
          const [snapshot, ...shards] = files;
          const state = { snapshot, shards, id, visit: { ...visit, token }, preview: undefined, soldOut: [], places: [], now };
          const told = await explain(state, from("full_bg.wasm"));
          return { decisions: told.decisions.map((decision) => ({ ...decision, snapshot: "" })), intent: told.intent };
        },
        lean({ decisions, intent }) {
          const { reasons: _, ...rest } = intent;
          const plain = ({ reasons: _, guards: __, items, ...decision }) => ({
            ...decision,
            items: items.map(({ picture: _, ...item }) => item),
          });
          return { decisions: decisions.map(plain), intent: rest };
        },
        text: (answer) => JSON.stringify(answer, sorted),
      };
    },
    { publicKey, hash: fnv.toString() },
  );
}
