// Live prices and stock in the page: fetched when it begins, and again and again while somebody looks at it. It loads with shops
// that publish them.
//
// What a visitor is reading does not change under the visitor's eyes, but for a price, which has to be right: its text is set in
// place. A card whose product is sold out is marked, and its row decided anew once it has left the screen.

import { BUNDLE, FIELD, FIELD_ATTRIBUTES, FIELDS, ITEM, LANG, LIVE, MAX_OVERLAY, OFF, PERSONALISED, SLOT } from "./contract.js";
import type { PageEngine } from "./engine.js";
import { newer } from "./overlay_file.js";
import { type Bytes, fetched } from "./sync.js";

/** Time between two questions for newer prices, in milliseconds. */
const EVERY_MS = 15_000;
/** Longest wait of the page for its first ones, in milliseconds. */
const FIRST_MS = 1000;

/** The page, as far as its prices need it. */
interface Page {
  engine: PageEngine;
  /** Id of the snapshot that may be used. */
  snapshot: string | null;
  /** The key that signs overlays, if there is one. */
  signer: string | null;
  /** The newest overlay. */
  overlay: Bytes | undefined;
}

/** What the eager script provides. */
interface Lent {
  queue: { base: string };
  /** Brings slots up to date once nobody looks at them. */
  behind: (slots: Element[]) => void;
}

/** Lays overlays over the page's catalogue from now on. Resolves with the first one, or soon. */
export async function watch(page: Page, { queue, behind }: Lent): Promise<void> {
  let [last, asked] = [-1, 0];
  const ask = async (): Promise<void> => {
    const { signer } = page;
    if (!signer || document.hidden || Date.now() - asked < EVERY_MS / 2) return;
    asked = Date.now();
    try {
      const found = await newer(await fetched(`${queue.base}/overlay`, MAX_OVERLAY), signer, last);
      if (!found) return;
      [page.overlay, last] = found;
      page.engine.lay(found[0]);
      if (page.snapshot) behind(correct(page.engine));
    } catch {
      // Those before hold, until they are too old for the plan.
    }
  };
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, FIRST_MS))]);
}

/** The text field that an element shows. */
const textField = (element: Element): string | undefined =>
  element
    .getAttribute(FIELD)
    ?.split(/\s+/)
    .find((field) => FIELD_ATTRIBUTES[(FIELDS as readonly string[]).indexOf(field)] === "");

/**
 * What is known of products at the moment: price (undefined: unknown) and usual price as cards show them in a language; 2 if
 * it may not be shown. `asked`: language and id of each.
 */
function liveOf(engine: PageEngine, asked: [lang: string, id: string][]): [price: string | undefined, usual: string, off: number][] {
  const answer = engine.ask(LIVE, [asked.length], asked.flat());
  return asked.map(() => {
    const [flags, price, usual] = [answer.number(), answer.text(), answer.text()];
    return [flags & 1 ? price : undefined, usual, flags & 2];
  });
}

/** Corrects the prices of the cards on the page. Returns the slots that show something sold out. */
function correct(engine: PageEngine): Element[] {
  const behind = new Set<Element>();
  const cards = [...document.querySelectorAll(`[${PERSONALISED}] [${ITEM}]:not([${SLOT}],template)`)];
  const lang = (card: Element): string => card.closest(`[${SLOT}]`)?.getAttribute(LANG) || document.documentElement.lang;
  const live = liveOf(
    engine,
    cards.map((card) => [lang(card), card.getAttribute(ITEM) ?? ""]),
  );
  for (const [at, card] of cards.entries()) {
    const [price, usual = "", off] = live[at] ?? [];
    const slot = card.closest(`[${SLOT}]`);
    if (off && slot) behind.add(slot);
    if (card.hasAttribute(OFF) !== !!off) card.toggleAttribute(OFF);
    if (price === undefined) continue;
    for (const element of [card, ...card.querySelectorAll(`[${FIELD}]`)]) {
      // A card in a card has an id of its own.
      if (element.closest(`[${ITEM}],[${BUNDLE}]`) !== card) continue;
      const field = textField(element);
      const text = field === "price" ? price : field === "usual_price" ? usual : undefined;
      if (text !== undefined && element.textContent !== text) element.textContent = text;
    }
  }
  return [...behind];
}
