// The playground: a click log of one's own is trained on in the browser, and rows of its products follow what is clicked.
//
// Nothing leaves the browser, and the visit of the demo is not touched: the engine here is one of the page's own making.
import type { EventName } from "slotwise";
import { PageEngine, type Place } from "slotwise/engine";
import { explain } from "slotwise/full";
import { compile, full } from "./own_engine.js";
import { intent } from "./panel_intent.js";
import { el, EVENT_WORDS } from "./panel_parts.js";
import type { Answer, Task } from "./playground_worker.js";
import { row } from "./row_view.js";

/** The largest log, in bytes: more would take minutes and gigabytes. */
const LARGEST = 25_000_000;

/** The rows: slot, title, strategies, and the evidence each asks for. */
const ROWS: [slot: string, title: string, strategies: string[], evidence: number][] = [
  ["playground.next", "You might like", ["next_item", "category_bestsellers", "bestsellers"], 0],
  ["playground.viewed", "Others also looked at", ["also_viewed", "similar_items"], 1],
  ["playground.others", "From other aisles", ["bought_together", "complete_the_look", "adjacent_categories"], 1],
  ["playground.trending", "Trending now", ["trending", "new_arrivals"], 0],
];

const PLAN = {
  version: 1,
  slots: Object.fromEntries(
    ROWS.map(([slot, , strategies, minimum_evidence]) => [slot, { kind: "fill", strategies, limit: 6, minimum_evidence }]),
  ),
};

const number = (count = 0): string => count.toLocaleString("en-US");

/** Trains in a thread of its own. */
function train(log: Uint8Array, progress: (what: string, percent: number) => void): Promise<Answer & { kind: "done" }> {
  const thread = new Worker(new URL("playground_worker.js", import.meta.url), { type: "module" });
  return new Promise<Answer & { kind: "done" }>((resolve, reject) => {
    thread.addEventListener("error", ({ message }) => reject(new Error(message || "the thread could not be started")));
    thread.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "progress") progress(data.what, data.percent);
      else if (data.kind === "done") resolve(data);
      else reject(new Error(data.text));
    });
    const task: Task = { log, plan: JSON.stringify(PLAN) };
    thread.postMessage(task, [log.buffer]);
  }).finally(() => thread.terminate());
}

function begin(page: HTMLElement): void {
  const part = <E extends HTMLElement>(name: string): E => {
    const found = page.querySelector<E>(`[data-${name}]`);
    if (!found) throw new Error(`the playground has no data-${name}; expected the markup of playground.html`);
    return found;
  };
  const choose = part<HTMLInputElement>("choose");
  const sample = part<HTMLButtonElement>("sample");
  const drop = part("drop");
  const bar = part<HTMLProgressElement>("progress");
  const now = part("now");
  let isBusy = false;

  const run = async (name: string, read: () => Promise<ArrayBuffer>): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (const control of [choose, sample]) control.disabled = true;
    const began = performance.now();
    bar.value = 0;
    try {
      const log = new Uint8Array(await read());
      if (log.length > LARGEST) throw new Error(`${name} has ${number(log.length)} bytes, expected at most ${number(LARGEST)}`);
      now.textContent = `Starting the trainer for ${name} …`;
      const { root, counts } = await train(log, (what, percent) => {
        bar.value = percent;
        now.textContent = `${name}: ${what}`;
      });
      bar.value = 100;
      const [, visits, events, products] = counts;
      const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
      now.textContent = `Learned from ${number(events)} events of ${number(visits)} visits with ${number(products)} products in ${took}. The model has ${Math.round(root.length / 1000)} kB.`;
      await play(root);
    } catch (cause) {
      bar.value = 0;
      now.textContent = `This did not work: ${cause instanceof Error ? cause.message : cause}`;
    } finally {
      isBusy = false;
      for (const control of [choose, sample]) control.disabled = false;
      choose.value = "";
    }
  };

  /** Shows the shop of a snapshot, for a visit that begins now. */
  const play = async (root: Uint8Array<ArrayBuffer>): Promise<void> => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", root));
    const id = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const engine = new PageEngine(new WebAssembly.Instance(await compile()));
    const visit = { token: undefined, agent: navigator.userAgent, referrer: "", url: location.origin, zone: "", offset: 0 };
    const restart = (): void => {
      engine.begin(visit, Date.now());
      part("history").replaceChildren();
    };
    restart();
    if (!engine.adopt(root, id)) throw new Error("the trainer and the engine are of different versions; build again");
    const cards = (ids: string[]): string[][] => engine.cards(ids);
    const draw = async (): Promise<void> => {
      const places = ROWS.map(([name]): Place => ({ name, keys: [], personalised: false }));
      const decided = engine.decide(places, Date.now()).map(([, decision]) => decision);
      const decisions = new Map(decided.map((decision) => [decision.slot, decision]));
      part("rows").replaceChildren(...ROWS.map(([slot, title]) => row(title, "", decisions.get(slot), cards, look)));
      const state = {
        snapshot: root,
        shards: [],
        id,
        visit: { ...visit, token: engine.token() },
        preview: undefined,
        soldOut: [],
        overlay: undefined,
        places: [],
        lang: "",
        now: Date.now(),
      };
      part("intent").replaceChildren(...intent(await explain(state, full)).slice(1));
    };
    const tell = (name: EventName, item_id: string): void => {
      engine.track(name, { items: [{ item_id }] }, Date.now());
      const [[title = item_id] = []] = cards([item_id]);
      const line = el("li", "", `${EVENT_WORDS[name]}: ${title}`);
      part("history").prepend(line);
      now.textContent = line.textContent ?? "";
    };
    const look = (id: string): void => {
      tell("view_item", id);
      // The card that was clicked goes; the first one of the page gets the focus.
      void draw().then(() => part("rows").querySelector("button")?.focus({ preventScroll: true }));
    };
    part<HTMLButtonElement>("again").onclick = () => {
      restart();
      void draw();
    };
    part("shop").hidden = false;
    await draw();
  };

  choose.addEventListener("change", () => {
    const [file] = choose.files ?? [];
    if (file) void run(file.name, () => file.arrayBuffer());
  });
  sample.addEventListener("click", () => void run("the demo's log", async () => (await fetch("/playground/sample.csv.gz")).arrayBuffer()));
  for (const name of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragenter" || name === "dragover");
    });
  }
  drop.addEventListener("drop", ({ dataTransfer }) => {
    const [file] = dataTransfer?.files ?? [];
    if (file) void run(file.name, () => file.arrayBuffer());
  });
  for (const control of [choose, sample]) control.disabled = false;
}

const page = document.querySelector<HTMLElement>("[data-playground]");
if (page) begin(page);
