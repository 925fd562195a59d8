// A visit as a server sees it: who asks, what is decided for them, and what belongs into the response.
//
// A visit that may not be stored (no consent, Global Privacy Control) is decided for by its request alone, and a crawler gets
// the shop's own page, as at the edge.

import { CONSENT_COOKIE, type Decision, type Intent, SESSION_COOKIE } from "./contract.js";
import type { Answer, QuestionContext, QuestionEvent, QuestionSlot } from "./decide.js";
import { Asker } from "./edge_asker.js";
import { enter, type Shop } from "./edge_engine.js";
import { apply, fit, isHtml, readable } from "./stream.js";

/** A request: the platform's `Request`, Node's `IncomingMessage`, or an object with what you have of one. */
export interface RequestLike {
  headers: Headers | { get(name: string): string | null } | Record<string, string | string[] | undefined>;
  /** Address of the page. A visit that begins here reads campaign and landing page from it. */
  url?: string | undefined;
}

/** A visit without a request. The caller answers for the visitor's consent. */
export interface Told {
  /** The visit so far: `token` of an earlier visit, or the value of the cookie `slotwise`. */
  token?: string | null;
  /** Events that follow the token, oldest first. */
  events?: QuestionEvent[];
  /** Where the visit came from. Used for a visit that begins here. */
  context?: QuestionContext;
}

/** What a request does not say. */
export interface VisitMore {
  /** Events that this request stands for, oldest first. They are added to the visit and not sent anywhere. */
  events?: QuestionEvent[];
  /** Where the visit came from, if you know better than the request. */
  context?: QuestionContext;
  /** The platform's `waitUntil`, so that a snapshot which is being fetched outlives the request. */
  waitUntil?: (promise: Promise<unknown>) => void;
}

/** What holds for all slots of a page. */
export interface PageContext {
  /** Id of the product that the page is about. */
  item_id?: string;
  /** What the page is about besides: a category's path, or the words of a search. */
  about?: string;
  /** Language of the page, as a BCP 47 tag. The plan's default if missing. */
  lang?: string;
  /** Ids of products that have sold out since the snapshot. No row shows them. */
  sold_out?: string[];
}

/** A visit on this server. */
export interface ServerVisit {
  /**
   * The visit with its events, for the next call. Null where it may not be stored: its decisions know where the request came
   * from, and nothing that happened before.
   */
  readonly token: string | null;
  /** Value of the `Set-Cookie` header that hands the visit on to the next request and to the page's script. Null as above. */
  readonly setCookie: string | null;
  /** Bucketing key of the visit, which an exposure of its decisions states; null if they may not be counted. */
  readonly seed: number | null;
  /** Why nothing is decided for this visit; null if it is decided. */
  readonly undecided: "crawler" | "snapshot" | null;
  /** Decides one slot, of the page's product unless it names one. Null for a slot that the plan does not know, and if nothing is decided. */
  decide(slot: string | QuestionSlot, page?: PageContext): Decision | null;
  /** Decides slots as one page, in this order: no product is in two of them. */
  decide(slots: (string | QuestionSlot)[], page?: PageContext): (Decision | null)[];
  /** Decides every slot of the plan. */
  decide(): Decision[];
  /** The same decisions with reasons that add up, and the intent with its reasons. Null if nothing is decided. */
  explain(slots?: (string | QuestionSlot)[], page?: PageContext): Answer | null;
  /** The intent of the visit. */
  intent(): Intent | null;
  /** Relevance of products to the visit in thousandths, by id. */
  rank(ids: string[]): Map<string, number>;
  /** The page with its slots filled, in full. Send it with `headers`, by which the page's script knows that it is done. */
  fit(html: string): string;
  /** The same for a response, with its headers, while it streams. Anything but a page is returned as it is. */
  fit(response: Response): Response;
  /** Headers of a page that is sent for this visit, `set-cookie` included. */
  readonly headers: [name: string, value: string][];
}

const HTML = "text/html; charset=utf-8";

/** A question about the visit alone: no plan has a slot without a name. */
const NO_SLOT = { slots: [{ slot: "" }] };

type Header = (name: string) => string | null;

/** Reads headers, in whichever form a platform has them. */
function reader(headers: RequestLike["headers"]): Header {
  const { get } = headers as Headers;
  if (typeof get === "function") return (name) => get.call(headers, name);
  const found = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => {
    const value = found.get(name);
    return (Array.isArray(value) ? value.join("; ") : value) ?? null;
  };
}

/** The absolute address of a request. Node says only the path; a proxy in front says whether it was https. */
function address(url: string, header: Header): string {
  if (!url.startsWith("/")) return url;
  const scheme = header("x-forwarded-proto")?.split(",")[0]?.trim() || "http";
  return `${scheme}://${header("host") ?? "localhost"}${url}`;
}

/** The engine's view of a request: what it reads of one is headers, address and the network's properties. */
const asks = (header: Header, url: string, from: object, implied: boolean): Asker =>
  new Asker({ headers: { get: header }, url, cf: (from as { cf?: unknown }).cf } as unknown as Request, { implied });

/** The cookies of a visit that may be stored. */
const cookies = (token: string): string => `${SESSION_COOKIE}=${token}; ${CONSENT_COOKIE}=granted`;

interface Entered {
  token: string;
  cookie: string | null;
  allowed: boolean;
  bot: boolean;
}

/** A visit, for as long as its request lasts. */
export class RequestVisit implements ServerVisit {
  readonly token: string | null = null;
  readonly setCookie: string | null = null;
  readonly undecided: ServerVisit["undecided"] = "snapshot";
  readonly #shop: Shop | undefined;
  readonly #asker: Asker | undefined;
  readonly #failed: (cause: unknown) => void;
  readonly #now = Date.now();

  constructor(shop: Shop | undefined, implied: boolean, from: RequestLike | Told, more: VisitMore, failed: (cause: unknown) => void) {
    this.#failed = failed;
    // Without a snapshot the engine may not have started.
    if (!shop) return;
    const request = "headers" in from;
    const told = request ? {} : from;
    const header = request ? reader(from.headers) : (name: string) => (name === "cookie" ? cookies(told.token ?? "") : null);
    const url = request ? address(from.url ?? "", header) : "";
    const asker = asks(header, url, from, implied);
    const question = { events: [...(told.events ?? []), ...(more.events ?? [])], context: more.context ?? told.context };
    const entered = this.#try(() => JSON.parse(enter(asker, question, this.#now) ?? "") as Entered);
    if (!entered) return;
    const { token, cookie, allowed, bot } = entered;
    const kept = allowed && !bot;
    this.#asker = kept ? asks((name) => (name === "cookie" ? cookies(token) : header(name)), url, from, implied) : asker;
    this.#shop = shop;
    this.undecided = bot ? "crawler" : null;
    if (!kept) return;
    this.token = token;
    this.setCookie = cookie;
  }

  decide(slot: string | QuestionSlot, page?: PageContext): Decision | null;
  decide(slots: (string | QuestionSlot)[], page?: PageContext): (Decision | null)[];
  decide(): Decision[];
  decide(slots?: string | QuestionSlot | (string | QuestionSlot)[], page: PageContext = {}): Decision | null | (Decision | null)[] {
    if (slots === undefined) return this.#ask({})?.decisions ?? [];
    const asked = places([slots].flat(), page);
    // The engine leaves out what the plan does not know.
    const decisions = asked.length > 0 ? (this.#ask({ slots: asked, lang: page.lang, sold_out: page.sold_out })?.decisions ?? []) : [];
    const found = asked.map(({ slot }) => (decisions[0]?.slot === slot ? (decisions.shift() ?? null) : null));
    return Array.isArray(slots) ? found : (found[0] ?? null);
  }

  explain(slots: (string | QuestionSlot)[] = [], page: PageContext = {}): Answer | null {
    return this.#ask({ slots: places(slots, page), lang: page.lang, sold_out: page.sold_out, explain: true }) ?? null;
  }

  get seed(): number | null {
    return this.token === null ? null : (this.#ask(NO_SLOT)?.seed ?? null);
  }

  intent(): Intent | null {
    return this.#ask(NO_SLOT)?.intent ?? null;
  }

  rank(ids: string[]): Map<string, number> {
    const relevance = this.#ask({ ...NO_SLOT, rank: ids })?.relevance ?? [];
    return new Map(ids.map((id, at) => [id, relevance[at] ?? 0]));
  }

  get headers(): [name: string, value: string][] {
    const headers = new Headers();
    const fitting = this.#fitting(HTML, "");
    if (fitting) {
      apply(fitting.headers, headers);
      fitting.free();
    }
    headers.delete("set-cookie");
    if (this.setCookie) headers.append("set-cookie", this.setCookie);
    return [...headers];
  }

  fit(html: string): string;
  fit(response: Response): Response;
  fit(page: string | Response): string | Response {
    return typeof page === "string" ? this.#text(page) : this.#response(page);
  }

  #text(html: string): string {
    const fitting = this.#fitting(HTML, "");
    if (!fitting) return html;
    const done = this.#try(() => {
      if (!fitting.fits) return html;
      const taken = (length: number): Uint8Array => {
        const out = new Uint8Array(length);
        if (length > 0) fitting.take(out);
        return out;
      };
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const chunk = new TextEncoder().encode(html);
      const length = fitting.feed(chunk);
      const first = decoder.decode(length < 0 ? chunk : taken(length), { stream: true });
      return first + decoder.decode(taken(fitting.end()));
    });
    fitting.free();
    return done ?? html;
  }

  #response(response: Response): Response {
    const type = response.headers.get("content-type") ?? "";
    if (response.status !== 200 || !isHtml(type) || !readable(response)) return response;
    const fitting = this.#fitting(type, response.headers.get("cache-control") ?? "");
    if (!fitting) return response;
    let fitted: Response;
    if (fitting.fits) {
      fitted = fit(response, fitting, this.#failed);
    } else {
      fitted = new Response(response.body, response);
      apply(fitting.headers, fitted.headers);
      fitting.free();
    }
    // The engine sets the cookie of a visit that begins here; one with events of this request needs it too.
    if (this.setCookie) {
      const others = fitted.headers.getSetCookie().filter((cookie) => !cookie.startsWith(`${SESSION_COOKIE}=`));
      fitted.headers.delete("set-cookie");
      for (const cookie of [...others, this.setCookie]) fitted.headers.append("set-cookie", cookie);
    }
    return fitted;
  }

  #fitting(type: string, caching: string) {
    const [shop, asker] = [this.#shop, this.#asker];
    return shop && asker && this.#try(() => shop.fitting(asker, type, caching, undefined, this.#now));
  }

  /** The engine's answer to a question about this visit; undefined if nothing is decided for it. */
  #ask(question: object): Answer | undefined {
    const [shop, asker] = [this.#shop, this.#asker];
    if (!shop || !asker || this.undecided) return undefined;
    return this.#try(() => JSON.parse(shop.decide(asker, question, this.#now) ?? "") as Answer);
  }

  /** Asks the engine. If it fails, there is no answer, and the shop's own content stays. */
  #try<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (cause) {
      this.#failed(cause);
      return undefined;
    }
  }
}

const places = (slots: (string | QuestionSlot)[], { item_id = "", about = "" }: PageContext): QuestionSlot[] =>
  slots.map((slot) => ({ item_id, about, ...(typeof slot === "string" ? { slot } : slot) }));
