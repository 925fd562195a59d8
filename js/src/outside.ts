// The entry `slotwise` on a host without pages: a server that renders a shop's components imports what the browser will run.
//
// Importing it does nothing. A visit exists, so that code written for pages runs through, and it never decides anything. It
// says why, once on the server's console and in `problem` and `ready`.

import { NOTHING } from "./nothing.js";
import { type LoadOptions, type Ready, type Slotwise, SlotwiseError } from "./types.js";

export type * from "./decide.js";
export * from "./types.js";

const WHY = "load() belongs in a browser and does nothing on this host; to decide on a server, import `slotwise/server`";

let said = false;

/** A visit on no page. */
function visit(): Slotwise {
  const error = new SlotwiseError("page", WHY);
  const ready: Ready = { ok: false, source: "none", error };
  const nothing = (): void => {};
  return {
    ready: Promise.resolve(ready),
    snapshot: null,
    problem: error.message,
    seen: 0,
    page: "origin",
    answer: "unknown",
    track: nothing,
    intent: () => null,
    decide: () => [],
    apply: () => [],
    rank: (ids) => new Map(ids.map((id) => [id, 0])),
    soldOut: nothing,
    explain: async () => ({
      ...NOTHING,
      micros: { decide: 0, apply: 0 },
      preview: false,
      seen: 0,
      consent: "unknown",
      page: "origin",
      problem: error.message,
    }),
    ledger: async () => [],
    consent: nothing,
    forget: nothing,
    sync: async () => {},
    on: () => nothing,
  };
}

/** Gives a visit that decides nothing. See `load` of the browser's entry. */
export async function load(_options: LoadOptions): Promise<Slotwise> {
  if (!said) console.warn(`slotwise: ${WHY}`);
  said = true;
  return visit();
}
