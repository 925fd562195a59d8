// The properties of a request that the engine reads, computed when they are read. For most requests the visit has already
// begun, and only cookies and user agent are read.

import { type ConsentSource, said } from "./consent_source.js";
import { UNKNOWN_HOUR, UNKNOWN_WEEKDAY } from "./contract.js";
import { isCrawler } from "./crawler.js";
import { cookieOf } from "./edge_headers.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const UNKNOWN: [number, number] = [UNKNOWN_HOUR, UNKNOWN_WEEKDAY];

/** What a shop assumes of silence, and where its own consent dialogue leaves the answer. */
export interface Asked {
  /** Whether consent is implied until the visitor answers. */
  implied: boolean;
  /** Where the answer is besides in the package's cookie, if the operator says so. */
  consent?: ConsentSource | undefined;
}

/** A request, in the form of the engine's type `Asker`. */
export class Asker {
  /** Whether consent is implied until the visitor answers. */
  readonly implied: boolean;
  readonly #request: Request;
  readonly #consent: ConsentSource | undefined;
  #time: [number, number] | undefined;
  #crawler: boolean | undefined;

  constructor(request: Request, { implied, consent }: Asked) {
    this.#request = request;
    this.implied = implied;
    this.#consent = consent;
  }

  get cookies(): string {
    return this.#header("cookie");
  }

  get agent(): string {
    return this.#header("user-agent");
  }

  /** Whether a crawler, a link preview or a monitor asks, by its own word or the CDN's. */
  get crawler(): boolean {
    const { cf } = this.#request as { cf?: { verifiedBotCategory?: string; botManagement?: { verifiedBot?: boolean } } };
    this.#crawler ??= Boolean(cf?.verifiedBotCategory || cf?.botManagement?.verifiedBot) || isCrawler(this.agent);
    return this.#crawler;
  }

  /** The answer that the shop's own consent dialogue has left, if the operator has said where. */
  get said(): string | undefined {
    const { header, cookie, ...words } = this.#consent ?? {};
    return said((header && this.#header(header)) || (cookie && cookieOf(this.cookies, cookie)), words);
  }

  get referrer(): string {
    return this.#header("referer");
  }

  get url(): string {
    return this.#request.url;
  }

  /** Whether Global Privacy Control is set. */
  get private(): boolean {
    return this.#header("sec-gpc") === "1";
  }

  /** Two-letter continent code from the CDN. */
  get continent(): string {
    return this.#network("continent");
  }

  /** The visitor's local hour; 24 if unknown. */
  get hour(): number {
    return this.#local()[0];
  }

  /** The visitor's local weekday, 0 for Monday; 7 if unknown. */
  get weekday(): number {
    return this.#local()[1];
  }

  #header(name: string): string {
    return this.#request.headers.get(name) ?? "";
  }

  /** A property of the network from the CDN. */
  #network(name: string): string {
    const { cf } = this.#request as { cf?: Record<string, unknown> };
    const found = cf?.[name];
    return typeof found === "string" ? found : "";
  }

  /** Local hour and weekday, by the CDN's time zone of the network. The zone itself is not kept. */
  #local(): [number, number] {
    this.#time ??= localTime(this.#network("timezone"));
    return this.#time;
  }
}

function localTime(timeZone: string): [number, number] {
  if (!timeZone) return UNKNOWN;
  try {
    // "Tue 14" in American English.
    const said = new Date().toLocaleString("en-US", { timeZone, hourCycle: "h23", hour: "2-digit", weekday: "short" });
    const hour = /(\d+)$/.exec(said)?.[1];
    const day = DAYS.indexOf(said.slice(0, 3));
    return [hour && Number(hour) < UNKNOWN_HOUR ? Number(hour) : UNKNOWN_HOUR, day < 0 ? UNKNOWN_WEEKDAY : day];
  } catch {
    // The platform does not know the zone.
    return UNKNOWN;
  }
}
