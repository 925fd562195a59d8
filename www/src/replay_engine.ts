// The engine of the replay page: what it decides after the first steps of a recorded visit, and what the full engine
// says of the visit.
//
// Times are those of the log. Whether a visit is held out is drawn from its first second and campaign; a replay is to
// show what fitting does, so it goes through campaigns until the draw lets the visit in.
import type { Decision, Explained } from "slotwise";
import { PageEngine, type Place, type Visit } from "slotwise/engine";
import { explain } from "slotwise/full";
import { fetched, manifestAt, named, trusted } from "slotwise/sync";
import { HOLDOUT } from "slotwise/contract";
import { compile, full } from "./own_engine.js";
import type { Recorded, Step } from "./recorded.js";
import type { Cards } from "./row_view.js";

const BASE = "/_slotwise";
/** Campaigns that are tried until a visit is not held out. */
const CAMPAIGNS = 20;

/** Longest root or shard in bytes. */
const MAX_FILE = 1 << 20;

/** Yields to the browser's more urgent work. */
const pause = (): Promise<void> => new Promise((done) => setTimeout(done));

/** What the engine makes of a visit. */
export interface Told {
  /** By slot. */
  decisions: Map<string, Decision>;
  explained: Explained;
}

export interface Engine {
  /** What is decided after these steps of a visit that began at this time. `aisles`: the categories of the front page. */
  until(began: number, steps: Step[], products: Record<string, Recorded>, aisles: string[]): Promise<Told>;
  cards: Cards;
}

/** Fetches the engine and the shop's model, and checks its signature as every page does. */
export async function load(publicKey: string): Promise<Engine> {
  const base = new URL(BASE, location.href).href;
  const [module, text] = await Promise.all([compile(), manifestAt(base)]);
  const { snapshot: id, root } = (await trusted(text, publicKey)).current;
  const file = async (name: string) => named(await fetched(`${base}/shard/${name}`, MAX_FILE), name);
  const snapshot = await file(root);
  const shards: Uint8Array[] = [];
  await pause();
  const engine = new PageEngine(new WebAssembly.Instance(module));
  const visitOf = (campaign: number): Visit => {
    const url = `${location.origin}/?utm_campaign=replay-${campaign}`;
    return { token: undefined, agent: navigator.userAgent, referrer: "", url, zone: "", offset: 0 };
  };
  engine.begin(visitOf(0), Date.now());
  if (!engine.adopt(snapshot, id)) throw new Error("the model is of another version; train and publish again");

  const begin = (began: number): Visit => {
    for (let campaign = 0; campaign < CAMPAIGNS; campaign++) {
      const visit = visitOf(campaign);
      engine.begin(visit, began);
      if (engine.decideAll(began).every(({ arm }) => arm !== HOLDOUT)) return visit;
    }
    return visitOf(0);
  };

  return {
    async until(began, steps, products, aisles) {
      const visit = begin(began);
      let now = began;
      for (const [secs, name, id] of steps) {
        now = began + secs * 1000;
        const item = { item_id: id, item_category: products[id]?.category ?? "", price: (products[id]?.price_cents ?? 0) / 100 };
        engine.track(name, { items: [item] }, now, now);
      }
      // A replay shows what the model knows, so it waits for all that the visit can make use of.
      for (let wanted = engine.wanted(); wanted.length > 0; wanted = engine.wanted()) {
        const found = await Promise.all(wanted.map(file));
        const taken = found.filter((shard) => engine.extend(shard));
        if (taken.length === 0) break;
        shards.push(...taken);
      }
      const anchor = steps.at(-1)?.[2];
      const place = (name: string, keys: string[] = []): Place => ({ name, anchor, keys, personalised: false });
      const pages = [
        [place("home.hero", ["welcome"]), place("home.aisles", aisles), place("home.recommended")],
        [place("product.related"), place("product.complements")],
        [place("cart.recommended")],
      ];
      // Each page is decided by itself: what stands on one may stand on the next.
      const decided = pages.flatMap((places) => engine.decide(places, now)).map(([, decision]) => decision);
      // Taken before the pause: another step may be asked for in it.
      const state = {
        snapshot,
        shards: [...shards],
        id,
        visit: { ...visit, token: engine.token() },
        preview: undefined,
        soldOut: [],
        overlay: undefined,
        places: [],
        lang: "",
        now,
      };
      await pause();
      return { decisions: new Map(decided.map((decision) => [decision.slot, decision])), explained: await explain(state, full) };
    },
    cards: (ids) => engine.cards(ids),
  };
}
