// The cart page: lines, saved products and the sum, drawn from the basket into the page's own markup.
//
// The markup of a line is a template in cart.html, so that all markup of the shop is in its templates. A changed quantity
// is reported as the pieces added or removed, which is how GA4 defines these events.
import type { Track } from "./track.js";
import * as basket from "./basket.js";
import { money, toItem, type Product } from "./product.js";

interface Row {
  product: Product;
  button: string;
  press: () => void;
  quantity?: number;
}

/** Sets up the page. Returns a function that draws it again; `null` on other pages. */
export function cartPage(track: Track, say: (text: string) => void): (() => void) | null {
  const page = document.querySelector<HTMLElement>("[data-cart]");
  if (!page) return null;
  const part = <E extends HTMLElement>(selector: string): E => {
    const found = page.querySelector<E>(selector);
    if (!found) throw new Error(`the cart page has no ${selector}; expected the markup of cart.html`);
    return found;
  };
  const pattern = document.querySelector<HTMLTemplateElement>("#cart-line");
  const empty = part("[data-cart-empty]");
  const lines = part("[data-cart-lines]");
  const saved = part("[data-saved]");
  const sum = part("[data-cart-sum]");

  const row = ({ product, button, press, quantity }: Row): Node => {
    const line = pattern?.content.firstElementChild?.cloneNode(true) as HTMLElement;
    line.querySelector("img")?.setAttribute("src", product.image);
    const link = line.querySelector("a");
    if (link) [link.href, link.textContent] = [product.url, product.title];
    const price = line.querySelector(".price");
    if (price) price.textContent = money(product.price_cents * (quantity ?? 1));
    const label = line.querySelector("label");
    const select = line.querySelector("select");
    if (quantity === undefined) label?.remove();
    else if (select) {
      select.value = String(quantity);
      select.setAttribute("aria-label", `Quantity of ${product.title}`);
      select.addEventListener("change", () => {
        setQuantity(product, quantity, Number(select.value));
        // Drawing replaced the line and its select element: the new one gets the keyboard focus.
        lines.querySelector<HTMLElement>(`[aria-label="${CSS.escape(`Quantity of ${product.title}`)}"]`)?.focus();
      });
    }
    const control = line.querySelector("button");
    if (control) {
      control.textContent = button;
      control.setAttribute("aria-label", `${button}: ${product.title}`);
      control.addEventListener("click", press);
    }
    return line;
  };

  const setQuantity = (product: Product, from: number, to: number): void => {
    basket.setQuantity(product.id, to);
    const name = to > from ? "add_to_cart" : "remove_from_cart";
    const changed = toItem(product, Math.abs(to - from));
    track(name, { items: [changed], currency: "USD", value: (product.price_cents * Math.abs(to - from)) / 100 });
    draw();
  };

  const remove = (line: basket.Line): void => {
    basket.remove(line.id);
    track("remove_from_cart", { items: [toItem(line, line.quantity)], currency: "USD", value: (line.price_cents * line.quantity) / 100 });
    say(`Removed: ${line.title}`);
    draw();
    // The focused button is gone with its line. Without a new place, the next key press would start at the top of the page.
    page.querySelector<HTMLElement>(".line a, .button")?.focus();
  };

  const draw = (): void => {
    const held = basket.cart();
    // A saved product that is in the cart would be offered twice.
    const kept = basket.saved().filter((product) => !held.some((line) => line.id === product.id));
    empty.hidden = held.length > 0;
    lines.hidden = sum.hidden = held.length === 0;
    lines.replaceChildren(
      ...held.map((line) => row({ product: line, quantity: line.quantity, button: "Remove", press: () => remove(line) })),
    );
    saved.hidden = kept.length === 0;
    part("[data-saved-lines]").replaceChildren(
      ...kept.map((product) =>
        row({
          product,
          button: "Add to cart",
          press: () => {
            basket.add(product);
            track("add_to_cart", { items: [toItem(product)], currency: "USD", value: product.price_cents / 100 });
            draw();
          },
        }),
      ),
    );
    part("[data-sum-count]").textContent = String(basket.pieces());
    part("[data-sum-total]").textContent = money(basket.totalCents());
    document.dispatchEvent(new Event("basket"));
  };

  part("[data-act=order]").addEventListener("click", () => {
    const items = basket.cart().map((line) => toItem(line, line.quantity));
    track("purchase", { items, currency: "USD", value: basket.totalCents() / 100 });
    basket.empty();
    part("[data-cart-message]").textContent = "Thank you. In a real shop this would now be on its way.";
    part("[data-cart-hint]").textContent = "This was a demonstration: nothing was ordered or charged.";
    draw();
    say("Order placed. This is a demo: nothing was sent or charged.");
    empty.querySelector<HTMLElement>("a")?.focus();
  });
  draw();
  return draw;
}
