// The page engine, as the scripts see it: the Rust crate behind a flat buffer.

import type { Decision, EventParams, Exposure, Intent } from "./types.js";

/** Where a visit comes from, and how it goes on. */
export interface Visit {
  token: string | undefined;
  agent: string;
  referrer: string;
  url: string;
  /** Name of the time zone, of which only the part of the world is read. */
  zone: string;
  /** Minutes ahead of UTC. */
  offset: number;
}

/** A slot of the page, and what it shows. */
export interface Place {
  name: string;
  /** Product the page is about. */
  anchor?: string;
  keys: string[];
  fitted: boolean;
}

/** An event that is in the token. */
export interface Tracked {
  token: string;
  event: object;
}

export class PageEngine {
  constructor(module: WebAssembly.Module);
  begin(visit: Visit, now: number): void;
  adopt(snapshot: Uint8Array, id: string): boolean;
  force(preview: Uint8Array, now: number): boolean;
  token(): string;
  track(name: string, params: EventParams, now: number): Tracked | undefined;
  decide(places: Place[], now: number): (Decision | undefined)[];
  decideAll(now: number): Decision[];
  intent(): Intent | null;
  rank(ids: string[]): number[];
  soldOut(ids: string[]): void;
  forget(now: number): void;
  exposure(decision: Decision): Exposure;
  readonly seenInPage: boolean;
  cards(ids: string[], fields: readonly string[]): string[][];
}
