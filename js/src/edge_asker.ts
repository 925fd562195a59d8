// Who asks: what the engine reads of a request, when it reads it. Most visits have begun, and of them only cookies and
// user agent are read.

import { UNKNOWN_HOUR, UNKNOWN_WEEKDAY } from "./contract.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const UNKNOWN: [number, number] = [UNKNOWN_HOUR, UNKNOWN_WEEKDAY];

/** A request, as the engine's type `Asker` reads it. */
export class Asker {
  /** Whether consent is implied where the visitor has said nothing. */
  readonly implied: boolean;
  readonly #request: Request;
  #time: [number, number] | undefined;

  constructor(request: Request, implied: boolean) {
    this.#request = request;
    this.implied = implied;
  }

  get cookies(): string {
    return this.#header("cookie");
  }

  get agent(): string {
    return this.#header("user-agent");
  }

  get referrer(): string {
    return this.#header("referer");
  }

  get url(): string {
    return this.#request.url;
  }

  /** Whether the browser asks by Global Privacy Control that nothing be kept. */
  get private(): boolean {
    return this.#header("sec-gpc") === "1";
  }

  /** Two letters, by the CDN. */
  get continent(): string {
    return this.#network("continent");
  }

  /** The hour where the visitor is; 24 if unknown. */
  get hour(): number {
    return this.#local()[0];
  }

  /** The weekday where the visitor is: 0 is Monday; 7 if unknown. */
  get weekday(): number {
    return this.#local()[1];
  }

  #header(name: string): string {
    return this.#request.headers.get(name) ?? "";
  }

  /** What the CDN tells of the network. */
  #network(name: string): string {
    const { cf } = this.#request as { cf?: Record<string, unknown> };
    const found = cf?.[name];
    return typeof found === "string" ? found : "";
  }

  /** Hour and weekday by the time zone that the CDN tells of the network; of the zone nothing is kept. */
  #local(): [number, number] {
    this.#time ??= localTime(this.#network("timezone"));
    return this.#time;
  }
}

function localTime(timeZone: string): [number, number] {
  if (!timeZone) return UNKNOWN;
  try {
    // "Tue 14", as American English has it.
    const said = new Date().toLocaleString("en-US", { timeZone, hourCycle: "h23", hour: "2-digit", weekday: "short" });
    const hour = /(\d+)$/.exec(said)?.[1];
    const day = DAYS.indexOf(said.slice(0, 3));
    return [hour && Number(hour) < UNKNOWN_HOUR ? Number(hour) : UNKNOWN_HOUR, day < 0 ? UNKNOWN_WEEKDAY : day];
  } catch {
    // A zone the platform does not know.
    return UNKNOWN;
  }
}
