// A flash sale that visitors start themselves: the most wanted products sell out or cost less, as far as the shop's pages and the
// overlay are concerned. Nothing is sold here, so nothing of it is real.
//
// The shop's backend tells the origin what has changed, as any backend would: by a signed post. Edge and pages follow on their own.

import { createHmac } from "node:crypto";
import { reprice } from "./catalogue.mjs";

/** Products of a sale: every other one is sold out, the rest cost less. */
const PRODUCTS = 80;
const SHARE = 0.7;

/** The sale of a shop. `origin` is where facts are posted, `key` the intake key that signs them. */
export function openSale(catalogue, origin, key) {
  const chosen = catalogue.bestsellers.filter(({ price_cents }) => price_cents > 0).slice(0, PRODUCTS);
  const usual = chosen.map(({ price_cents }) => price_cents);
  const [gone, cheaper] = [0, 1].map((rest) => chosen.filter((_, at) => at % 2 === rest).length);
  let isOn = false;

  async function post(products) {
    const body = JSON.stringify({ products });
    const time = Date.now();
    const digest = createHmac("sha256", Buffer.from(key, "base64url")).update(`${time}.${body}`).digest("hex");
    const headers = { "content-type": "application/json", "slotwise-signature": `t=${time},v1=${digest}` };
    const { ok, status } = await fetch(`${origin}/_slotwise/overlay`, { method: "POST", headers, body });
    if (!ok) throw new Error(`the origin answers ${status} to the sale`);
  }

  return {
    state: () => ({ on: isOn, sold_out: gone, cheaper }),
    /** Starts the sale, or ends it. What was said of a product is taken back by naming it alone. */
    async turn(on) {
      const cents = (at) => (on && at % 2 === 1 ? Math.round(usual[at] * SHARE) : usual[at]);
      const fact = ({ id }, at) =>
        at % 2 ? { product: id, price: cents(at) / 100, usual_price: usual[at] / 100 } : { product: id, stock: "out" };
      await post(chosen.map((card, at) => (on ? fact(card, at) : { product: card.id })));
      for (const [at, card] of chosen.entries()) reprice(card, cents(at));
      isOn = on;
    },
  };
}
