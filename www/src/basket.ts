// What the visitor put aside: the cart and the saved products.
//
// It lives in sessionStorage, so that it ends with the tab, and in memory where the browser refuses
// storage. It is the shop's own; slotwise neither reads nor needs it.
import type { Product } from "./product.js";

export interface Line extends Product {
  quantity: number;
}

interface Basket {
  cart: Line[];
  saved: Product[];
}

const NAME = "shop.basket";
const LARGEST = 9;
let memory: Basket = { cart: [], saved: [] };

function read(): Basket {
  try {
    const text = sessionStorage.getItem(NAME);
    if (text) memory = JSON.parse(text) as Basket;
  } catch {
    // Storage refused or not ours: what is in memory stands.
  }
  return memory;
}

function write(basket: Basket): void {
  memory = basket;
  try {
    sessionStorage.setItem(NAME, JSON.stringify(basket));
  } catch {
    // Storage refused: the cart lasts as long as the page.
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

/** Saves a product, or takes it back; says whether it is saved now. */
export function toggleSaved(product: Product): boolean {
  const others = saved().filter((other) => other.id !== product.id);
  const now = others.length === saved().length;
  write({ ...read(), saved: now ? [product, ...others].slice(0, 24) : others });
  return now;
}
