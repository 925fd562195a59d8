// The page engine: the Rust crate behind a flat buffer. The other side is src/browser.
//
// A question and its answer are two lists: 32-bit integers, and texts that end with a NUL. Both sides read both lists in the
// same order; see `Asked` in src/host/asked.rs for what each question holds. This replaces generated bindings, which would
// be larger than the code they bind.
//
// Numbers stand for names, either of the contract or of the plan. Here they become names again.

import {
  BANDS,
  type Because,
  type BecauseKey,
  BEGIN,
  CANARY,
  CARDS,
  DECIDE,
  DEVICES,
  FIELDS,
  FLAG_BECAUSE,
  FLAG_CHOICE,
  FLAG_COUNTS,
  FLAG_EXIT,
  FLAG_PARTIAL,
  FLAG_PERSONALISED,
  FORGET,
  HASHED,
  HOLDOUT,
  INTENT,
  KINDS,
  NAMES,
  PINNED,
  RANK,
  REGIONS,
  SOLD_OUT,
  SOURCES,
  STAGES,
  STRATEGIES,
  TOKEN,
  TRACK,
  UNKNOWN,
  WANTED,
} from "./contract.js";
import { base64, bytesOf, hex } from "./sync.js";
import type { Decision, EventParams, Exposure, Intent, Item } from "./types.js";

/** The start of a visit: its token, or the context of its first page. */
export interface Visit {
  token: string | undefined;
  agent: string;
  referrer: string;
  url: string;
  /** Name of the time zone. Only the region of the world is read. */
  zone: string;
  /** Minutes ahead of UTC. */
  offset: number;
}

/** A slot of the page and its current content. */
export interface Place {
  name: string;
  /** Product of the page. */
  anchor?: string | undefined;
  /** What the page is about besides: a category's path, or the words of a search. */
  about?: string | undefined;
  /** Its language, as a BCP 47 tag. */
  lang?: string | undefined;
  keys: string[];
  personalised: boolean;
  /** Whether the visitor has not done anything yet that opens a slot which waits for it. */
  ahead?: boolean;
}

/** An event that is already in the token. */
export interface Tracked {
  token: string;
  /** The event to send, with the digests that link it to the visit. */
  event: { name: string; params: object; time_ms: number; chain: [string | null, string]; context: object | null };
}

/** What both engines export; src/browser/entry.rs documents it. */
interface Exports {
  memory: WebAssembly.Memory;
  room(bytes: number): number;
  ask(asked: number, numbers: number, now: number): void;
  adopt(): number;
  extend(): number;
  lay(): number;
  numbers(): number;
  numbers_len(): number;
  texts(): number;
  texts_len(): number;
}

/**
 * A running engine: an instance of the page engine, or the full engine, which may have a preview link. `force` applies it to the
 * visit from now on, and gives its verified body; undefined if it has expired.
 */
export interface Running extends Pick<WebAssembly.Instance, "exports"> {
  force?(): Uint8Array | undefined;
}

/** An arm of a slot: its name, and the names of its variants, of all offers or of all bundles. */
type Arm = [name: string, choices: string[]];

/** Times and keys have more than 32 bits and travel as two numbers, the lower half first. */
const TWO_32 = 2 ** 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A value of a GA4 text field: a text, or an integer. Shops send ids as either, and both must give the same key. */
const text = (value: unknown): string => (typeof value === "number" && value >= 0 ? String(Math.trunc(value)) : String(value ?? ""));
const number = (value: unknown): number => {
  const found = typeof value === "string" ? Number.parseFloat(value) : Number(value);
  return Number.isFinite(found) ? found : 0;
};

/** The category of an item as one dotted path, from the five levels of GA4 (`item_category`, `item_category2`, ...). */
const path = (item: Item): string =>
  (["", 2, 3, 4, 5] as const)
    .map((level) => text(item[`item_category${level}`]))
    .filter(Boolean)
    .join(".");

/** A reader of an answer. Past the end it reads 0 and empty texts, as the other side does. */
class Answer {
  #at = 0;
  #textAt = 0;
  readonly #numbers: Int32Array;
  readonly #texts: string[];

  constructor(numbers: Int32Array, texts: string[]) {
    this.#numbers = numbers;
    this.#texts = texts;
  }

  get more(): boolean {
    return this.#at < this.#numbers.length;
  }

  number(): number {
    return this.#numbers[this.#at++] ?? 0;
  }

  known(): number | null {
    const found = this.number();
    return found === UNKNOWN ? null : found;
  }

  text(): string {
    return this.#texts[this.#textAt++] ?? "";
  }

  /** A list, whose length is the next number. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.number() }, read);
  }

  /** A list to the end of the numbers. */
  rest<T>(read: () => T): T[] {
    const all: T[] = [];
    while (this.more) all.push(read());
    return all;
  }

  /** A list of bytes. */
  bytes(): number[] {
    return this.list(() => this.number());
  }
}

/** One engine instance, for one visit and one snapshot. */
export class PageEngine {
  /** Whether the plan counts a slot as seen once it is in the page. */
  seenInPage = false;
  /** Whether the plan keeps next-item rows at the edge. */
  rowsAtEdge = false;
  readonly #wasm: Exports;
  #snapshot = "";
  /** Bucketing key of the visit that was decided for last. */
  #seed = 0;
  /** The plan's slots by number: name and arms. */
  #slots: [string, Arm[]][] = [];
  /** The plan's texts by tag of the language, the default (an empty tag) first: key and text of each. */
  #texts: [tag: string, texts: [key: string, text: string][]][] = [];

  constructor({ exports }: Running) {
    this.#wasm = exports as unknown as Exports;
  }

  /** Continues the visit of the token, or starts a new one. */
  begin({ token, agent, referrer, url, zone, offset }: Visit, now?: number): void {
    const kept = bytesOf(token ?? "") ?? [];
    this.ask(BEGIN, [offset, kept.length, ...kept], [agent, referrer, url, zone], now);
  }

  /** Adopts the root of a snapshot whose hash a signed manifest names. False if it has another format version. */
  adopt(root: Uint8Array, id: string): boolean {
    this.#write(root);
    if (!this.#wasm.adopt()) return false;
    this.#snapshot = id;
    const answer = this.ask(NAMES);
    const flags = answer.number();
    this.seenInPage = (flags & 1) > 0;
    this.rowsAtEdge = flags > 1;
    const text = (): string => answer.text();
    const named = <T>(read: () => T): [string, T[]] => [text(), answer.list(read)];
    this.#slots = answer.list(() => named(() => named(text)));
    this.#texts = answer.list(() => named(() => [text(), text()]));
    return true;
  }

  /** Takes a shard or a pack of the adopted snapshot. False if it is refused; then nothing has changed. */
  extend(pack: Uint8Array): boolean {
    this.#write(pack);
    return this.#wasm.extend() > 0;
  }

  /** Names of the shards that could change what the visit is shown, the most useful first: at most eight, none of which is here. */
  wanted(): string[] {
    const answer = this.ask(WANTED);
    return answer.rest(() => hex(answer.bytes()));
  }

  /** Lays verified live prices and stock over the catalogue. */
  lay(overlay: Uint8Array): void {
    this.#write(overlay);
    this.#wasm.lay();
  }

  /** Whether the visit gets the snapshot of this id, which is being tried out on a share of visits, in ten-thousandths. */
  isCanary(id: string, share: number): boolean {
    return this.ask(CANARY, [share], [id]).number() > 0;
  }

  token(): string {
    return base64(this.ask(TOKEN).bytes());
  }

  /** Adds an event to the visit. Undefined for a name that the engine does not use. */
  track(name: string, params: EventParams, now?: number, time = 0): Tracked | undefined {
    const { items, exposure } = params;
    const list = Array.isArray(items) ? items.filter((item) => item && typeof item === "object") : [];
    const seen = exposure ? (exposure.personalised ? (exposure.exit ? 3 : 2) : 1) : 0;
    const secs = Math.min(number(params.engagement_time_msec) / 1000, 65_535);
    const numbers = [time % TWO_32, time / TWO_32, number(params.percent_scrolled), secs, seen, list.length];
    const texts = exposure ? [name, text(exposure.slot), text(exposure.choice)] : [name];
    for (const item of list) {
      numbers.push(number(item.discount) > 0 ? 1 : 0);
      texts.push(text(item.item_id), path(item));
    }
    const answer = this.ask(TRACK, numbers, texts, now);
    if (!answer.number()) return undefined;
    const low = answer.number() >>> 0;
    const time_ms = answer.number() * TWO_32 + low;
    const token = base64(answer.bytes());
    const [before, after] = [hex(answer.bytes()), hex(answer.bytes())];
    return { token, event: { name, params, time_ms, chain: [before || null, after], context: context(answer) } };
  }

  /** Decides slots as one page, in order. Those that the plan does not know are left out. */
  decide<P extends Place>(places: P[], now?: number): [P, Decision][] {
    const numbers = [places.length, places.length];
    const texts = places.map(({ lang }) => lang ?? "");
    for (const [at, { name, anchor, about, keys, personalised, ahead }] of places.entries()) {
      numbers.push((personalised ? 1 : 0) | (ahead ? 2 : 0) | (at << 2), keys.length);
      texts.push(name, anchor ?? "", about ?? "", ...keys);
    }
    const answer = this.ask(DECIDE, numbers, texts, now);
    return places.flatMap((place) => {
      const decision = this.#decision(answer, place.keys, place.lang);
      return decision ? [[place, decision]] : [];
    });
  }

  /** Decides every slot of the plan, in a language. Slots are on one page if their names begin with the same word. */
  decideAll(now?: number, lang = ""): Decision[] {
    const pages = new Map<string | undefined, Place[]>();
    for (const [name] of this.#slots) {
      const [page] = name.split(".");
      pages.set(page, [...(pages.get(page) ?? []), { name, lang, keys: [], personalised: false }]);
    }
    return [...pages.values()].flatMap((places) => this.decide(places, now).map(([, decision]) => decision));
  }

  /** The intent of the visit. */
  intent(): Intent | null {
    const answer = this.ask(INTENT);
    if (!answer.more) return null;
    return {
      score: answer.number(),
      stage: STAGES[answer.number()] as Intent["stage"],
      purchase_permille: answer.known(),
      cart_permille: answer.known(),
      exit_permille: answer.known(),
      price_sensitivity: answer.known(),
      price_band: BANDS[answer.number()] ?? null,
      incentive_permille: answer.known(),
      categories: answer.rest(() => ({ category: answer.text(), permille: answer.number() })),
    };
  }

  /** Relevance of products to the visit, in thousandths. */
  rank(ids: string[]): number[] {
    const answer = this.ask(RANK, [ids.length], ids);
    return ids.map(() => answer.number());
  }

  /** Excludes products from all rows from now on. */
  soldOut(ids: string[]): void {
    this.ask(SOLD_OUT, [ids.length], ids);
  }

  /** Forgets the visit. */
  forget(now?: number): void {
    this.ask(FORGET, [], [], now);
  }

  /** The parameters of a decision's exposure event. */
  exposure({ slot, arm, variant, personalised, snapshot, exit, bundle, items }: Decision): Exposure {
    // In the order of the edge, whose attribute is to be the same text.
    const seen: Exposure = { slot, arm, choice: variant ?? "", snapshot, personalised, seed: this.#seed };
    if (exit) seen.exit = exit;
    if (bundle) seen.items = items.map(({ item_id }) => item_id);
    return seen;
  }

  /** The values of the fields of cards (`FIELDS`) in a language, product by product. */
  cards(ids: string[], lang = ""): string[][] {
    const answer = this.ask(CARDS, [ids.length], [lang, ...ids]);
    return ids.map(() => FIELDS.map(() => answer.text()));
  }

  /** Asks the engine. Read the answer at once, because the next question overwrites it. */
  ask(asked: number, numbers: number[] = [], texts: string[] = [], now = Date.now()): Answer {
    const wasm = this.#wasm;
    // A NUL in a text would end it early and shift all texts after it.
    this.#write(new Uint8Array(Int32Array.from(numbers).buffer), texts.map((text) => `${text.replaceAll("\0", "")}\0`).join(""));
    wasm.ask(asked, numbers.length, now);
    // Read only now: answering may have grown the memory, which detaches earlier buffers.
    const { buffer } = wasm.memory;
    const words = decoder.decode(new Uint8Array(buffer, wasm.texts(), wasm.texts_len())).split("\0");
    return new Answer(new Int32Array(buffer, wasm.numbers(), wasm.numbers_len()), words);
  }

  /** Writes a question, or other bytes, to the engine's buffer. */
  #write(bytes: Uint8Array, texts = ""): void {
    const encoded = encoder.encode(texts);
    const at = this.#wasm.room(bytes.length + encoded.length);
    const memory = new Uint8Array(this.#wasm.memory.buffer);
    memory.set(bytes, at);
    memory.set(encoded, at + bytes.length);
  }

  /** Reads a decision; undefined for a slot that the plan does not know. `keys`: those that the question listed. */
  #decision(from: Answer, keys: string[], lang = ""): Decision | undefined {
    const flags = from.number();
    if (!flags) return undefined;
    const [slot = "", arms = []] = this.#slots[from.number()] ?? [];
    const arm = arms[from.number()]?.[0] ?? HOLDOUT;
    const drawn = from.number();
    this.#seed = drawn >>> 16;
    const score = from.number();
    const variant = flags & FLAG_CHOICE ? (arms[from.number()]?.[1][from.number()] ?? null) : null;
    const because = flags & FLAG_BECAUSE ? this.#because(flags >> 16, from.text(), lang) : null;
    const kind = KINDS[(flags >> 8) & 255] as Decision["kind"];
    const words = (field: string): string => this.#text(lang, `bundle.${variant}.${field}`);
    const decision: Decision = {
      slot,
      kind,
      personalised: (flags & FLAG_PERSONALISED) > 0,
      arm,
      propensity: drawn & 65_535,
      counts: (flags & FLAG_COUNTS) > 0,
      variant,
      items: from.list(() => pick(from)),
      bundle:
        variant !== null && kind === "bundle"
          ? { title: words("title") || (because?.text ?? ""), price: words("price"), url: words("url"), image: words("image") }
          : null,
      // Without keys in the question, the answer has texts besides.
      order: from.list(() => keys[from.number()] ?? from.text()),
      score,
      because,
      snapshot: this.#snapshot,
    };
    if (flags & FLAG_EXIT) decision.exit = true;
    if (flags & FLAG_PARTIAL) decision.partial = true;
    return decision;
  }

  /** The explanation for shoppers. The texts of the default language begin with those that explain, in the order of their numbers. */
  #because(phrase: number, name: string, lang: string): Because {
    const key = this.#texts[0]?.[1][phrase]?.[0] as BecauseKey;
    return { key, name, text: this.#text(lang, key).replaceAll("{name}", () => name) };
  }

  /** The plan's text in a language, or else in the nearest wider one: `de-AT`, `de`, the default. */
  #text(lang: string, key: string): string {
    for (let tag = lang.toLowerCase(); ; tag = tag.replace(/-?[^-]*$/, "")) {
      const texts = this.#texts.find(([own]) => own === tag)?.[1];
      const found = texts?.find(([own]) => own === key);
      if (found || !tag) return found?.[1] ?? "";
    }
  }
}

/** Reads a product of a row. Its strategy is in the top byte of the key's upper half; -1 stands for a pinned product. */
function pick(from: Answer): Decision["items"][number] {
  const low = from.number();
  const high = from.number();
  const score = from.number();
  // A numeric id is its own key. The key of any other id is a hash with this bit set.
  const item_id = high & HASHED ? from.text() : String((high & (HASHED - 1)) * TWO_32 + (low >>> 0));
  return { item_id, score, strategy: STRATEGIES[high >> 24] ?? PINNED };
}

/** The context of a visit, which its first event carries. */
function context(answer: Answer): object | null {
  if (!answer.more) return null;
  return {
    source: SOURCES[answer.number()],
    device: DEVICES[answer.number()],
    region: REGIONS[answer.number()],
    campaign: answer.number(),
    landing: answer.number(),
    time: { hour: answer.number(), weekday: answer.number() },
  };
}
