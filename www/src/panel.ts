// The panel: explains why the page looks as it does. The round button opens it, Escape closes it.
//
// It draws the result of `explain()` and keeps no state of its own. Opening it changes nothing in the session, so what it
// explains is what a visitor without it would get.
import type { EventName, Explanation, PriceBand, Reason, Slotwise } from "slotwise";
import { HOLDOUT, STAGES } from "slotwise/contract";
import { bar, el, list, pairs, percent, reason } from "./panel_parts.js";
import { chance, decisions } from "./panel_slots.js";

const EVENTS_SHOWN = 8;
const REASONS_SHOWN = 3;

const EVENT_WORDS: Partial<Record<EventName, string>> = {
  view_item: "Looked at",
  view_item_list: "Category",
  select_item: "Clicked",
  add_to_cart: "Into the cart",
  remove_from_cart: "Out of the cart",
  add_to_wishlist: "Saved",
  view_cart: "Cart opened",
  begin_checkout: "Checkout",
  purchase: "Ordered",
  view_search_results: "Searched",
  scroll: "Read on",
  user_engagement: "Stayed",
  exit_intent: "About to leave",
  declare_preference: "Asked for",
};

const BANDS: Record<PriceBand, string> = { low: "below the usual price", middle: "about the usual price", high: "above the usual price" };

/** Opens the panel. `isAssumed`: this shop takes silence as consent. The panel's elements exist only while it is open. */
export function openPanel(slotwise: Slotwise, isAssumed: boolean, button: HTMLElement): void {
  if (button.hidden) return;
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    for (const stop of stops) stop();
    panel.remove();
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  const panel = drawFrame(slotwise, close);
  let latest = 0;
  const draw = async (): Promise<void> => {
    latest += 1;
    const mine = latest;
    const explanation = await slotwise.explain();
    // Explanations arrive asynchronously and may overtake each other: only the newest request is drawn.
    if (isOpen && mine === latest) fill(panel, explanation, isAssumed);
  };
  const stops = [slotwise.on("change", draw), slotwise.on("problem", draw)];
  document.body.append(panel);
  button.hidden = true;
  button.setAttribute("aria-expanded", "true");
  panel.querySelector<HTMLElement>(".panel-close")?.focus();
  void draw();
}

function drawFrame(slotwise: Slotwise, close: () => void): HTMLElement {
  const panel = el("aside", "panel");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "panel-title");
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const title = el("h2", "", "Why this page");
  title.id = "panel-title";
  const shut = el("button", "panel-close", "×");
  shut.type = "button";
  shut.setAttribute("aria-label", "Close");
  shut.addEventListener("click", close);
  const head = el("div", "panel-head");
  head.append(title, shut);

  const body = el("div", "panel-body");
  body.tabIndex = 0;
  body.setAttribute("aria-label", "Explanation");
  body.setAttribute("role", "region");
  body.append(el("p", "panel-note", "One moment…"));

  const consent = el("input");
  consent.type = "checkbox";
  consent.addEventListener("change", () => {
    slotwise.consent(consent.checked ? "granted" : "denied");
    if (!consent.checked) location.reload();
  });
  const label = el("label");
  label.append(consent, "Remember this visit");
  const forget = el("button", "button button-plain", "Forget me");
  forget.type = "button";
  forget.addEventListener("click", () => {
    slotwise.forget();
    // The page still shows what was decided for the old visit.
    location.reload();
  });
  const foot = el("div", "panel-foot");
  foot.append(label, forget);
  panel.append(head, body, foot);
  return panel;
}

/** Draws the contents again. Open details, the scroll position and the keyboard focus stay. */
function fill(panel: HTMLElement, explanation: Explanation, isAssumed: boolean): void {
  const body = panel.querySelector<HTMLElement>(".panel-body");
  const consent = panel.querySelector<HTMLInputElement>("input");
  if (!body || !consent) return;
  consent.checked = explanation.consent === "granted" || (isAssumed && explanation.consent === "unknown");
  const open = new Set([...body.querySelectorAll<HTMLElement>("details[open]")].map((choice) => choice.dataset["slot"]));
  const focused = body.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>("details")?.dataset["slot"]
    : undefined;
  const top = body.scrollTop;
  body.replaceChildren(
    ...notes(explanation),
    ...intent(explanation),
    ...decisions(explanation.here, open),
    ...events(explanation),
    ...numbers(explanation),
  );
  body.scrollTop = top;
  if (focused) body.querySelector<HTMLElement>(`details[data-slot="${CSS.escape(focused)}"] summary`)?.focus();
}

/** Notes about the whole page: a failure, a preview, the holdout. */
function notes(explanation: Explanation): Node[] {
  const notes: Node[] = [];
  if (explanation.problem) notes.push(el("p", "panel-problem", `The shop shows its own content: ${explanation.problem}`));
  if (explanation.preview) notes.push(el("p", "panel-sign", "A preview: nothing here is counted."));
  if (explanation.session.held_out) {
    const share = explanation.decisions.find(({ arm }) => arm === HOLDOUT)?.propensity ?? 0;
    const text = `This visit is one of the ${chance(share)} that always see the shop as it is, so that the difference can be measured. Forget me draws anew.`;
    notes.push(el("p", "panel-sign", text));
  }
  return notes;
}

/** The intent scores: stage, probabilities with their reasons, prices and interests. */
function intent({ intent }: Explanation): Node[] {
  const title = el("h3", "", "What the visit seems to be after");
  if (!intent) return [title, el("p", "panel-note", "Unknown without a model.")];
  const reached = STAGES.indexOf(intent.stage);
  const steps = STAGES.slice(1).map((stage, at) => {
    const step = el("li", at + 1 < reached ? "reached" : "", stage);
    if (at + 1 === reached) step.setAttribute("aria-current", "step");
    return step;
  });
  const stage = list("panel-stage", steps);
  stage.setAttribute("aria-label", "Stage of the visit");
  const likely = intent.purchase_permille;
  const purchase =
    likely === null
      ? el("p", "panel-note", `Purchase score ${intent.score}; too few orders in the log to make it a probability.`)
      : bar("Likely to buy in this visit", likely / 1000, percent(likely / 1000));
  const others = (
    [
      ["Likely to fill the cart", intent.cart_permille],
      ["Likely to leave now", intent.exit_permille],
    ] as const
  ).flatMap(([label, permille]) => (permille === null ? [] : [bar(label, permille / 1000, percent(permille / 1000))]));
  const price = intent.price_sensitivity;
  const rest = pairs("numbers", [
    ["Prices looked at", intent.price_band ? BANDS[intent.price_band] : "not yet known"],
    ["Sensitive to price", price === null ? "not yet known" : percent(price / 1000)],
    ["Offer needed", helps(intent.incentive_permille)],
  ]);
  const shares = intent.categories
    .slice(0, 4)
    .map(({ category, permille }) => bar(readable(category), permille / 1000, percent(permille / 1000)));
  const interest = shares.length > 0 ? shares : [el("p", "panel-note", "Nothing yet: look at a product or save one.")];
  const why = strongest(intent.reasons);
  return [title, stage, purchase, ...others, ...why, el("h3", "", "Prices"), rest, el("h3", "", "Interest"), ...interest];
}

/** The uplift of an offer. Only a randomised trial shows it; without one it is unknown, and nothing is guessed. */
function helps(permille: number | null): string {
  if (permille === null) return "unknown, no trial yet";
  return `${(permille / 10).toLocaleString(undefined, { signDisplay: "exceptZero" })} points more orders`;
}

/** The terms that move the score furthest from the average visit, in either direction, in milli-logits. */
function strongest(reasons: Reason[]): Node[] {
  const shown = reasons.filter(({ code }) => code !== "base");
  const sorted = shown.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, REASONS_SHOWN);
  if (sorted.length === 0) return [];
  return [
    el("h3", "", "Why likely to buy or not (milli-logits)"),
    list(
      "reasons",
      sorted.map((it) => reason(it, "exceptZero")),
    ),
  ];
}

/** The newest events of the session. */
function events({ session }: Explanation): Node[] {
  const title = el("h3", "", "What this visit did");
  const shown = session.events.slice(0, EVENTS_SHOWN).map((event) => {
    const line = el("li");
    const aisle = event.category ? readable(event.category) : "";
    const about = event.name === "view_item_list" ? aisle : (event.title ?? event.item_id ?? aisle);
    line.append(el("span", "", about || "the shop"), el("span", "", EVENT_WORDS[event.name] ?? event.name));
    return line;
  });
  return [title, shown.length > 0 ? list("events", shown) : el("p", "panel-note", "Nothing yet.")];
}

/** Times and sizes, for the technically curious. */
function numbers({ snapshot, session, micros: took, page, seen }: Explanation): Node[] {
  const rows: [string, string][] = [
    ["Page came", cameAs(page)],
    ["Slots seen here, counted", String(seen)],
    ["Deciding every slot there is", micros(took.decide)],
    ["Changing the page", micros(took.apply)],
    ["Visit as a cookie", `${session.token_bytes} bytes`],
  ];
  if (snapshot) {
    rows.push(
      ["Model", snapshot.id.slice(0, 12)],
      ["Model size", `${(snapshot.bytes / 1024).toFixed(1)} KiB, ${snapshot.items} products`],
      ["Newest event in it", new Date(snapshot.newest_ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })],
    );
  }
  rows.push(["Came from", session.source], ["Device", session.device]);
  return [el("h3", "", "Numbers"), pairs("numbers", rows)];
}

/** The last part of a category path. Some categories of the demo log are numbers without a name. */
function readable(path: string): string {
  return /^\d+$/.test(path) ? "other finds" : (path.split(".").pop() ?? path).replaceAll("_", " ");
}
/** Browsers round time to a tenth of a millisecond against timing attacks, so smaller values would be noise. */
const micros = (took: number): string => (took < 100 ? "under 100 µs" : `${took} µs`);

function cameAs(page: string): string {
  if (!page.startsWith("edge")) return "as it is, from the shop";
  return page === "edge default" ? "as it is, through the edge" : "personalised, from the edge";
}
