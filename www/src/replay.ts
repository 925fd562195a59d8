// The replay page: recorded visits step by step, with what the engine makes of each step.
//
// The page's own visit is not touched: an engine of its own gets the recorded events with their own times, and nothing is
// sent or stored. The engines are those of every page, taken from the package's inner modules, because the package's
// entry keeps the visitor's visit and takes its time from the clock.
import { load } from "./replay_engine.js";
import { show, type Shown } from "./replay_view.js";
import type { Recorded, Step } from "./recorded.js";

interface Visits {
  visits: { began: string; steps: Step[] }[];
  products: Record<string, Recorded>;
}

/** How long a step stays while the visit plays, in milliseconds. */
const PACE_MS = 1600;

const page = document.querySelector<HTMLElement>("[data-replay]");
const aisles = JSON.parse(document.querySelector("#replay-aisles")?.textContent ?? "[]") as [string, string][];
const publicKey = document.querySelector<HTMLMetaElement>('meta[name="slotwise-public-key"]')?.content ?? "";

async function begin(page: HTMLElement): Promise<void> {
  const part = <E extends HTMLElement>(name: string): E => {
    const found = page.querySelector<E>(`[data-${name}]`);
    if (!found) throw new Error(`the replay page has no data-${name}; expected the markup of replay.html`);
    return found;
  };
  const now = part("now");
  const [engine, { visits, products }] = await Promise.all([
    load(publicKey),
    fetch("/replay/visits.json").then((response) => response.json() as Promise<Visits>),
  ]).catch((cause) => {
    now.textContent = `The replay cannot begin: ${cause instanceof Error ? cause.message : cause}`;
    throw cause;
  });
  const choice = part<HTMLSelectElement>("visit");
  const range = part<HTMLInputElement>("step");
  const play = part<HTMLButtonElement>("play");
  const buttons = [...page.querySelectorAll<HTMLButtonElement>("[data-go]")];
  choice.replaceChildren(
    ...visits.map(({ steps }, at) => {
      const kinds = [...new Set(steps.map(([, , id]) => products[id]?.kind ?? ""))].slice(0, 2).join(", ");
      return new Option(`${at + 1}: ${kinds}, ${steps.length} steps`, String(at + 1));
    }),
  );

  const asked = new URLSearchParams(location.search);
  const between = (text: string | null, least: number, most: number): number =>
    Math.min(Math.max(Math.trunc(Number(text)) || least, least), most);
  const at = { visit: between(asked.get("session"), 1, visits.length), step: 1 };
  at.step = between(asked.get("step"), 1, visits[at.visit - 1]?.steps.length ?? 1);
  let timer = 0;
  let latest = 0;

  const stop = (): void => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };

  const draw = async (): Promise<void> => {
    latest += 1;
    const mine = latest;
    const { began, steps } = visits[at.visit - 1] ?? { began: "", steps: [] };
    choice.value = String(at.visit);
    range.max = String(steps.length);
    range.min = "1";
    range.value = String(at.step);
    part("where").textContent = `Step ${at.step} of ${steps.length}`;
    for (const button of buttons) button.disabled = button.dataset["go"] === "1" ? at.step === steps.length : at.step === 1;
    history.replaceState(null, "", `?session=${at.visit}&step=${at.step}`);
    const keys = aisles.map(([key]) => key);
    const told = await engine.until(Date.parse(began), steps.slice(0, at.step), products, keys);
    const shown: Shown = { steps, at: at.step, products, aisles, cards: engine.cards, ...told };
    // A later step may have been asked for in the meantime.
    if (mine === latest) show(part, shown);
  };

  const go = (step: number): void => {
    const last = visits[at.visit - 1]?.steps.length ?? 1;
    const next = Math.min(Math.max(step, 1), last);
    if (next === last) stop();
    if (next === at.step) return;
    at.step = next;
    void draw();
  };

  choice.addEventListener("change", () => {
    stop();
    [at.visit, at.step] = [Number(choice.value), 1];
    void draw();
  });
  range.addEventListener("input", () => {
    stop();
    go(Number(range.value));
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      stop();
      go(at.step + Number(button.dataset["go"]));
    });
  }
  play.addEventListener("click", () => {
    if (timer) {
      stop();
      return;
    }
    play.textContent = "Pause";
    // At the end it begins again.
    if (at.step === visits[at.visit - 1]?.steps.length) go(1);
    timer = window.setInterval(() => go(at.step + 1), PACE_MS);
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const own = event.target instanceof Element && event.target.closest("select, input, [data-step]");
    if (!step || own || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    stop();
    go(at.step + step);
  });
  for (const control of [choice, range, play]) control.disabled = false;
  await draw();
}

/** Resolves once the page has been painted: text and controls are to be seen before two engines start. */
const painted = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

if (page) {
  await painted();
  await begin(page);
}
