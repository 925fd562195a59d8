// The demo store's script: reports the visitor's actions to slotwise and keeps the cart.
//
// The page works without it. Cart and hearts need no engine: slotwise queues events until the engine has loaded.
//
// The order below is the order of a page view: load slotwise, yield to the browser, wire up the cart, report the page view, and
// leave what nobody needs at once for idle time.
import { load, type Slotwise } from "slotwise";
import * as basket from "./basket.js";
import { cartPage } from "./cart_page.js";
import { fromPage, toItem } from "./product.js";
import { paintHearts, watchArrivals, watchButtons } from "./shelves.js";
import { watchSignals } from "./signals.js";
import type { Track } from "./track.js";
import { watchWhy } from "./why.js";

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

// One status element for all messages: screen readers announce changes only of an element that was there before.
const toast = document.createElement("div");
toast.className = "toast";
toast.setAttribute("role", "status");
let toastTimer = 0;
function say(text: string): void {
  toast.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => toast.replaceChildren(), 4000);
}

function paintCount(): void {
  const pieces = basket.pieces();
  for (const count of document.querySelectorAll<HTMLElement>("[data-cart-count]")) {
    count.hidden = pieces === 0;
    count.textContent = String(pieces);
  }
}

/** Reports the page view under its GA4 name. `select_item` is not used: the product page reports `view_item` a moment later. */
function trackPage(slotwise: Slotwise): void {
  const product = fromPage();
  const category = document.querySelector<HTMLElement>("[data-category]")?.dataset["category"];
  const search = document.querySelector<HTMLElement>("[data-search]")?.dataset;
  const first = document.querySelector<HTMLElement>(".cards-grid article[data-item]")?.dataset["item"];
  if (product) {
    slotwise.track("view_item", { items: [toItem(product)], currency: "USD", value: product.price_cents / 100 });
  } else if (category && first) {
    slotwise.track("view_item_list", { items: [{ item_id: first, item_category: category }] });
  } else if (search?.["about"]) {
    const item = { item_id: "", item_category: search["about"] };
    slotwise.track("view_search_results", { search_term: search["search"] ?? "", items: [item] });
  } else if (document.querySelector("[data-cart]")) {
    const items = basket.cart().map((line) => toItem(line, line.quantity));
    slotwise.track("view_cart", { items, currency: "USD", value: basket.totalCents() / 100 });
  }
}

/** Asks for consent, in shops that need it before they store anything. The bar lies over the page, so nothing moves. */
function ask(slotwise: Slotwise): void {
  const bar = document.createElement("section");
  bar.className = "ask";
  bar.setAttribute("aria-label", "Consent");
  const text = document.createElement("p");
  text.textContent =
    "May this shop remember what you look at during this visit, to show fitting things? No name, no tracking across sites.";
  const answer = (label: string, state: "granted" | "denied", look: string): HTMLButtonElement => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = look;
    button.textContent = label;
    button.addEventListener("click", () => {
      slotwise.consent(state);
      bar.remove();
    });
    return button;
  };
  bar.append(text, answer("Yes, for this visit", "granted", "button"), answer("No", "denied", "button button-plain"));
  document.body.append(bar);
}

const required = meta("slotwise-consent") === "required";
const slotwise = await load({ publicKey: meta("slotwise-public-key"), consent: required ? "required" : "implied" });
// For the curious: `await slotwise.explain()` in the console.
Object.assign(globalThis, { slotwise });
// The rest is a task of its own: the browser may paint or answer a tap in between. Not where the cart is drawn, which is above all else
// on its page.
if (!document.querySelector("[data-cart]")) {
  await (globalThis.scheduler?.yield?.() ?? new Promise((done) => setTimeout(done)));
}

const track: Track = (name, params) => slotwise.track(name, params);
const drawCart = cartPage(track, say);
document.addEventListener("basket", paintCount);
watchButtons(track, say);
watchWhy(slotwise, !required);
paintCount();
if (basket.saved().length > 0) paintHearts();
watchArrivals();

addEventListener("pageshow", (event) => {
  // The page comes back from the browser's page cache; the cart may have changed on another page since.
  if (!event.persisted) return;
  paintCount();
  drawCart?.();
  slotwise.apply();
  paintHearts();
});

trackPage(slotwise);
if (required && slotwise.answer === "unknown") ask(slotwise);

/** Everything that nobody needs before the page is painted. */
function later(): void {
  document.body.append(toast);
  watchSignals(slotwise);
}
if (typeof requestIdleCallback === "function") requestIdleCallback(later, { timeout: 1000 });
else setTimeout(later, 200);
