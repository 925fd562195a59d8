// A product as the page shows it, read from the page.
//
// Cards come from the shop's templates or from a decision, with the same markup. So the page is the only source of product
// data, for the cart too, and what the visitor puts into the cart is what they saw.
import type { Item } from "slotwise";

/** A product as a card or a product page shows it. */
export interface Product {
  id: string;
  title: string;
  brand: string;
  price_cents: number;
  image: string;
  url: string;
  /** Dotted path; empty for cards, whose markup does not state it. */
  category: string;
}

let amount: Intl.NumberFormat | undefined;

/** A price in the shop's only currency. The formatter takes milliseconds to create, and most pages format no price. */
export function money(cents: number): string {
  amount ??= new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  return amount.format(cents / 100);
}

/** The id of the product that a button belongs to. */
export function idOf(button: Element): string | undefined {
  const { item, pageItem } = button.closest<HTMLElement>("article[data-item], [data-page-item]")?.dataset ?? {};
  return item ?? pageItem;
}

/** The product of a card; `null` if the element lacks an id or a link. */
export function fromCard(card: HTMLElement): Product | null {
  const id = card.dataset["item"];
  const link = card.querySelector<HTMLAnchorElement>("[data-field~=url]");
  if (!id || !link) return null;
  const text = (field: string): string => card.querySelector(`[data-field~=${field}]`)?.textContent?.trim() ?? "";
  return {
    id,
    title: text("title"),
    brand: text("brand"),
    // The price as displayed ("$12.90"): digits and point are all that matters of it.
    price_cents: Math.round(Number(text("price").replace(/[^0-9.]/g, "")) * 100) || 0,
    image: card.querySelector("[data-field~=image]")?.getAttribute("src") ?? "",
    url: link.getAttribute("href") ?? "",
    category: "",
  };
}

/** The product this page is about; `null` on other pages. */
export function fromPage(): Product | null {
  const text = document.getElementById("page-item")?.textContent;
  return text ? (JSON.parse(text) as Product) : null;
}

/** The product that a button belongs to: that of its card, or that of the page. */
export function ofButton(button: Element): Product | null {
  const card = button.closest<HTMLElement>("article[data-item]");
  return card ? fromCard(card) : button.closest("[data-page-item]") ? fromPage() : null;
}

/** The product as a GA4 item. */
export function toItem(product: Product, quantity = 1): Item {
  return {
    item_id: product.id,
    price: product.price_cents / 100,
    quantity,
    ...(product.brand && { item_brand: product.brand }),
    ...(product.category && { item_category: product.category }),
  };
}
