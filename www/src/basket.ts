// The cart and the saved products.
//
// They are kept in sessionStorage, so that they end with the tab, and in memory if the browser refuses storage. They belong
// to the shop; slotwise neither reads nor needs them.
import type { Product } from "./product.js";

export interface Line extends Product {
  quantity: number;
}

interface Basket {
  cart: Line[];
  saved: Product[];
}

const NAME = "shop.basket";
/** Largest quantity of a line: the options of the cart page's select element. */
const LARGEST = 9;
/** The basket of this page, for browsers that refuse storage. */
let memory: Basket = { cart: [], saved: [] };

function read(): Basket {
  try {
    const text = sessionStorage.getItem(NAME);
    if (text) memory = JSON.parse(text) as Basket;
  } catch {
    // Storage is refused or holds something else: the copy in memory stays in use.
  }
  return memory;
}

function write(basket: Basket): void {
  memory = basket;
  try {
    sessionStorage.setItem(NAME, JSON.stringify(basket));
  } catch {
    // Storage is refused: the cart lasts as long as the page.
  }
}

export const cart = (): Line[] => read().cart;
export const saved = (): Product[] => read().saved;
export const isSaved = (id: string): boolean => saved().some((product) => product.id === id);
export const pieces = (): number => cart().reduce((sum, line) => sum + line.quantity, 0);
export const totalCents = (): number => cart().reduce((sum, line) => sum + line.quantity * line.price_cents, 0);

export function add(product: Product): void {
  const held = cart().find((line) => line.id === product.id);
  if (held) setQuantity(product.id, held.quantity + 1);
  else write({ ...read(), cart: [...cart(), { ...product, quantity: 1 }] });
}

export function setQuantity(id: string, quantity: number): void {
  const capped = Math.min(quantity, LARGEST);
  const lines = cart().map((line) => (line.id === id ? { ...line, quantity: capped } : line));
  write({ ...read(), cart: lines });
}

export function remove(id: string): void {
  write({ ...read(), cart: cart().filter((line) => line.id !== id) });
}

export function empty(): void {
  write({ ...read(), cart: [] });
}

/** Saves a product, or removes it from the saved ones. Returns whether it is saved now. */
export function toggleSaved(product: Product): boolean {
  const others = saved().filter((other) => other.id !== product.id);
  const now = others.length === saved().length;
  // The newest two dozen: more would not be looked at again, and storage is limited.
  write({ ...read(), saved: now ? [product, ...others].slice(0, 24) : others });
  return now;
}
