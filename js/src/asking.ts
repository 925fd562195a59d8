// Questions to the edge, for shops whose plan keeps next-item rows there (`"rows": "edge"`). It loads with such plans only.
//
// The page decides what needs no rows itself. For the other slots it asks the edge's decide API with the visit's token. The answer
// takes the place of the page's own decisions and is shown in the same way. The page waits for it, so that no slot changes twice: with
// no answer in time it shows what it has decided without rows.
//
// Invariants: a question goes out only where consent allows to keep the visit. One is under way at a time, and an answer counts
// only for the state of the visit that it was asked about. Nothing of an answer is used that was not bounded and checked.

import type { Decision, Explained, Reason } from "./contract.js";
import type { Answer, Question, QuestionSlot } from "./decide.js";
import type { PageEngine, Place } from "./engine.js";
import { size } from "./memory.js";
import { type Bytes, bytesOf, fetched } from "./sync.js";

/** Longest wait for an answer, in milliseconds. */
const DEADLINE_MS = 1000;
/** First and longest time without questions after a failure, in milliseconds. Each is twice the one before. */
const PAUSE_MS = { first: 2000, longest: 60_000 };
/** Longest question and longest answer in bytes. The edge takes no longer question. */
const MAX_BYTES = { question: 60_000, answer: 262_144 };
/** Most products or keys that are read of a decision. */
const MOST = 1000;
/** Number of answers that are kept: one for each part of the page that is decided by itself. */
const MOST_KEPT = 16;
/** Kinds of slots that rows have a say in. */
const KINDS = new Set<Decision["kind"]>(["fill", "bundle", "order"]);

/** The page, as far as its questions need it. */
interface Page {
  engine: PageEngine;
  /** Packs with products that the engine has. */
  packs: Bytes[];
  /** Sold-out products. */
  sold: string[];
}

/** What the eager script provides. */
interface Lent {
  /** `allowed`: whether the visit may be kept. `quiet`: the page is a preview. */
  queue: { base: string; allowed: boolean; quiet: boolean };
  /** Notes the bytes of a question that was sent. */
  asked: (bytes: number) => void;
  /** Decides the slots below a root, and changes them. */
  apply: (root: ParentNode) => void;
  /** Brings slots up to date once nobody looks at them. */
  behind: (slots: Element[]) => void;
  /** More is known of what the visit needs. */
  grown: () => void;
}

/** A slot of the page, and what is decided for it. */
type Decided = [place: Place, decision: Decision];

/** What is to be done once the answer is there: change a part of the page, or only these elements, or tell the shop. */
export interface Wait {
  root?: ParentNode;
  only?: Set<Element> | undefined;
}

/** What is known of a question. */
interface Known {
  /** The visit's token when it was asked. */
  token: string;
  /** Undefined if there was no answer, or none that can be used. */
  answer: Answer | undefined;
}

/** A question under way. */
interface Flight {
  key: string;
  token: string;
  abort: AbortController;
}

export class Edge {
  readonly #page: Page;
  readonly #lent: Lent;
  /** Questions without their token, oldest first. */
  readonly #known = new Map<string, Known>();
  /** Products whose cards came with an answer, by snapshot and language. */
  readonly #held = new Set<string>();
  #flight: Flight | undefined;
  #failures = 0;
  /** Until when nothing is asked. */
  #paused = 0;
  /** Who waits for the question under way. */
  #roots = new Set<ParentNode>();
  #behind = new Set<Element>();
  #told = false;

  constructor(page: Page, lent: Lent) {
    this.#page = page;
    this.#lent = lent;
  }

  /**
   * Puts the edge's decisions in the place of the page's own. If they are not known for this state of the visit, it asks for them
   * where there is somebody to `wait`, and returns true. Until then earlier answers of the edge stand, if there are any.
   */
  decide(all: Decided[], wait?: Wait): boolean {
    const asked = this.#open(all);
    const [first] = asked;
    if (!first) return false;
    const { engine, sold } = this.#page;
    const slots = asked.map(slotOf);
    const key = JSON.stringify([first[1].snapshot, slots, sold]);
    const token = engine.token();
    const known = this.#known.get(key);
    const asks = known?.token !== token && wait !== undefined && Date.now() >= this.#paused;
    if (known && (asks || known.token === token)) this.#take(asked, known);
    if (!asks) return false;
    for (const pair of asked) pair[1] = { ...pair[1], partial: true };
    if (wait.only) for (const element of wait.only) this.#behind.add(element);
    else if (wait.root) this.#roots.add(wait.root);
    else this.#told = true;
    this.#ask(key, token, slots);
    return true;
  }

  /** What `explain()` says of the slots of this page, with the edge's reasons where the edge decides. */
  async explain(here: Explained["here"], places: Place[]): Promise<Explained["here"]> {
    // Slots that the plan does not know are not in `here`.
    let at = 0;
    const all = places.flatMap((place): Decided[] => {
      const decision = here[at];
      if (decision?.slot !== place.name) return [];
      at++;
      return [[place, decision]];
    });
    const asked = this.#open(all);
    if (asked.length === 0 || all.length !== here.length) return here;
    try {
      const question = { token: this.#page.engine.token(), slots: asked.map(slotOf), explain: true };
      const answer = await this.#post(question, new AbortController());
      for (const [at, pair] of asked.entries()) {
        const found = answer.decisions[at];
        const own = found && merged(pair[1], found);
        if (own) pair[1] = { ...own, reasons: [BY_EDGE, ...reasons(found.reasons)], guards: reasons(found.guards) };
      }
    } catch {
      // The page's own reasons hold.
      return here;
    }
    return all.map(([, decision]) => decision as Explained["here"][number]);
  }

  /** The slots to ask about: none if nothing may be asked. */
  #open(all: Decided[]): Decided[] {
    const { allowed, quiet } = this.#lent.queue;
    // A page that is being rendered ahead of the visitor sends nothing.
    if (!allowed || quiet || (document as { prerendering?: boolean }).prerendering) return [];
    // A slot that waits for the visitor to leave cannot wait for the edge. One that is in order stays so.
    return all.filter(([{ personalised }, { kind, exit }]) => KINDS.has(kind) && !exit && !(kind === "order" && personalised));
  }

  #ask(key: string, token: string, slots: QuestionSlot[]): void {
    // The same visit, another part of the page: it asks again when this is answered.
    if (this.#flight?.token === token) return;
    this.#flight?.abort.abort();
    const flight = { key, token, abort: new AbortController() };
    this.#flight = flight;
    const question = { token, slots, sold_out: this.#page.sold, cards: true };
    // What a page does in one turn is one question.
    setTimeout(() => this.#flight === flight && void this.#fly(flight, question));
  }

  async #fly(flight: Flight, question: Question): Promise<void> {
    const known: Known = { token: flight.token, answer: undefined };
    let failed = false;
    try {
      known.answer = await this.#post(question, flight.abort);
    } catch {
      failed = true;
    }
    // A newer question has taken its place.
    if (this.#flight !== flight) return;
    this.#flight = undefined;
    if (failed) this.#fail();
    else this.#failures = 0;
    this.#known.delete(flight.key);
    this.#known.set(flight.key, known);
    for (const [oldest] of this.#known) if (this.#known.size > MOST_KEPT) this.#known.delete(oldest);
    const [roots, behind, told] = [this.#roots, this.#behind, this.#told];
    [this.#roots, this.#behind, this.#told] = [new Set(), new Set(), false];
    for (const root of roots) this.#lent.apply(root);
    if (behind.size > 0) this.#lent.behind([...behind]);
    if (told) this.#lent.grown();
  }

  /** Asks the edge. */
  async #post(question: Question, abort: AbortController): Promise<Answer> {
    const { asked, queue } = this.#lent;
    const body = JSON.stringify(question);
    const bytes = size(body);
    if (bytes > MAX_BYTES.question) throw new Error("the question is too long");
    asked(bytes);
    const timer = setTimeout(() => abort.abort(), DEADLINE_MS);
    try {
      const url = `${queue.base}/decide`;
      const headers = { "content-type": "application/json" };
      const found = await fetched(url, MAX_BYTES.answer, fetch(url, { method: "POST", headers, body, signal: abort.signal }));
      const answer = JSON.parse(new TextDecoder().decode(found)) as Answer;
      if (answer.decisions.length !== question.slots?.length) throw new Error("the edge does not know every slot");
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(): void {
    this.#paused = Date.now() + Math.min(PAUSE_MS.first * 2 ** this.#failures++, PAUSE_MS.longest);
  }

  /** Puts an answer in the place of the page's own decisions. Each slot keeps its own if the edge's does not fit it. */
  #take(asked: Decided[], known: Known): void {
    const { answer } = known;
    if (!answer) return;
    try {
      const found = asked.map(([, own], at) => merged(own, answer.decisions[at]));
      this.#hold(asked, found, answer.cards);
      for (const [at, pair] of asked.entries()) {
        const decision = found[at];
        if (decision && this.#canShow(pair[0], decision)) pair[1] = decision;
      }
    } catch (cause) {
      if (isTrap(cause)) throw cause;
      // It is no answer.
      known.answer = undefined;
      this.#fail();
    }
  }

  /** Gives the engine the cards of an answer, unless it has them from an earlier one. */
  #hold(asked: Decided[], found: (Decision | undefined)[], cards: unknown): void {
    const names = asked.flatMap(([{ lang = "" }], at) => {
      const { snapshot, items } = found[at] ?? { snapshot: "", items: [] };
      return items.map(({ item_id }) => JSON.stringify([snapshot, lang, item_id]));
    });
    if (names.every((name) => this.#held.has(name))) return;
    const pack = bytesOf(cards);
    if (!pack || !this.#page.engine.extend(pack)) return;
    this.#page.packs.push(pack);
    for (const name of names) this.#held.add(name);
  }

  /** Whether the engine has the card of every product. */
  #canShow({ lang }: Place, { items }: Decision): boolean {
    const cards = this.#page.engine.cards(
      items.map(({ item_id }) => item_id),
      lang,
    );
    return cards.every((fields) => fields.some(Boolean));
  }
}

/** What a reason says where the edge decides. */
const BY_EDGE: Reason = { code: "edge", text: "the edge decided: the plan keeps rows there, and the page has asked it", weight: 0 };

function slotOf([{ name, anchor, about, lang, keys, personalised }]: Decided): QuestionSlot {
  return {
    slot: name,
    ...(anchor && { item_id: anchor }),
    ...(about && { about }),
    ...(lang && { lang }),
    ...(keys.length > 0 && { keys, personalised }),
  };
}

/** Whether an error is the engine's: nothing in its memory can be trusted any more. */
const isTrap = (cause: unknown): boolean => cause instanceof WebAssembly.RuntimeError;

/** A link to the web, or an error: no other one may get into the page. */
function link(value: unknown): string {
  const text = String(value);
  if (new URL(text, location.href).protocol.startsWith("http")) return text;
  throw new Error("no link to the web");
}

/**
 * The page's own decision with what the edge decided; undefined if that is about another slot, arm or snapshot. Slot, arm and what
 * counts stay the page's own, and every value is made what it has to be. Throws if it is no decision.
 */
function merged(own: Decision, found: Decision | undefined): Decision | undefined {
  if (!found || found.slot !== own.slot || found.arm !== own.arm || found.kind !== own.kind || found.snapshot !== own.snapshot)
    return undefined;
  const { personalised, variant, items, bundle, order, score, because } = found;
  const { partial: _, ...rest } = own;
  return {
    ...rest,
    personalised: personalised === true,
    variant: variant === null ? null : String(variant),
    items: items.slice(0, MOST).map(({ item_id, score, strategy }) => ({
      item_id: String(item_id),
      score: Number(score) || 0,
      strategy: String(strategy) as Decision["items"][number]["strategy"],
    })),
    bundle: bundle && {
      title: String(bundle.title),
      price: String(bundle.price),
      url: link(bundle.url),
      image: link(bundle.image),
    },
    order: order.slice(0, MOST).map(String),
    score: Number(score) || 0,
    because: because && { key: String(because.key) as typeof because.key, name: String(because.name), text: String(because.text) },
  };
}

/** Reasons of an answer. */
const reasons = (found: Reason[] = []): Reason[] =>
  found.slice(0, MOST).map(({ code, text, weight }) => ({ code: String(code), text: String(text), weight: Number(weight) || 0 }));
