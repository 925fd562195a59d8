// The demo as a visitor meets it: store, edge in workerd, Chromium.

import { chromium } from "../../js/tools/setup.mjs";
import { SHOPPER } from "../page.mjs";
import { demoStore, edge, publish, synced } from "../stage.mjs";

const WORDS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
export const FLAGS = [SHOPPER, ...WORDS.split(" ")];

/** One page of every kind. */
export const PAGES = {
  home: "/",
  category: "/category/electronics.smartphone",
  product: "/product/1004856",
  cart: "/cart",
  tour: "/tour",
  search: "/search?q=washing+machines",
  replay: "/replay?session=3&step=4",
  playground: "/playground",
};

/** The demo behind its edge: the address. */
export async function demo(bench) {
  const shop = publish({ tour: true });
  bench.atEnd(() => shop.remove());
  const store = await demoStore(shop);
  bench.atEnd(() => store.stop());
  const worker = await edge(shop, store, { syncSecs: 60 });
  bench.atEnd(() => worker.stop());
  await synced(worker);
  for (const [name, path] of Object.entries(PAGES)) {
    const { status } = await fetch(worker.url + path);
    if (status !== 200) throw new Error(`the demo's ${name} page ${path} answers ${status}, expected 200`);
  }
  return worker.url;
}

export const executable = chromium;
