// The panel: why the page looks as it does. Opened and closed by the button in the page's header, closed by Escape too.
//
// It reads everything from `explain()` and keeps nothing; opening it changes nothing in the session.
import type { Explanation, Slotwise } from "slotwise";
import { HOLDOUT } from "slotwise/contract";
import { intent, readable } from "./panel_intent.js";
import { ledgerButton } from "./panel_ledger.js";
import { EVENT_WORDS, el, list, pairs } from "./panel_parts.js";
import { saleButton } from "./panel_sale.js";
import { chance, decisions } from "./panel_slots.js";

const EVENTS_SHOWN = 8;

/** Closes the panel that is open. */
let shut: (() => void) | undefined;

/** Opens the panel or closes it; `isAssumed` where silence counts as consent. It exists only while it is open. */
export function togglePanel(slotwise: Slotwise, isAssumed: boolean, button: HTMLElement): void {
  if (shut) {
    shut();
    return;
  }
  const close = (): void => {
    shut = undefined;
    for (const stop of stops) stop();
    panel.remove();
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  shut = close;
  const panel = drawFrame(slotwise, close);
  let latest = 0;
  const draw = async (): Promise<void> => {
    latest += 1;
    const mine = latest;
    const explanation = await slotwise.explain();
    // What was asked before a later change is out of date.
    if (shut === close && mine === latest) fill(panel, explanation, isAssumed);
  };
  const stops = [slotwise.on("change", draw), slotwise.on("problem", draw)];
  // Behind the button in the order of the keyboard.
  button.after(panel);
  button.setAttribute("aria-expanded", "true");
  panel.querySelector<HTMLElement>(".panel-close")?.focus();
  void draw();
}

function drawFrame(slotwise: Slotwise, close: () => void): HTMLElement {
  const panel = el("div", "panel");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "panel-title");
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const title = el("h2", "", "Why this page");
  title.id = "panel-title";
  const cross = el("button", "panel-close", "×");
  cross.type = "button";
  cross.setAttribute("aria-label", "Close");
  cross.addEventListener("click", close);
  const head = el("div", "panel-head");
  head.append(title, cross);

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
  foot.append(label, ledgerButton(slotwise, foot), forget);
  void saleButton(foot);
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

function numbers({ snapshot, session, micros, page, seen }: Explanation): Node[] {
  const rows: [string, string][] = [["This page came", cameAs(page)]];
  // Only what ran for the page: the edge fills its pages before they are sent.
  if (micros.apply > 0) rows.push(["Deciding and changing it here took", millis(micros.apply)]);
  rows.push(["Places seen on it, and counted", String(seen)], ["All that is remembered", `${session.token_bytes} bytes in a cookie`]);
  if (snapshot) {
    rows.push(
      ["The model", `${Math.round(snapshot.bytes / 1000)} kB for ${snapshot.items.toLocaleString()} products`],
      ["It has learned until", new Date(snapshot.newest_ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })],
    );
  }
  rows.push(["The visit came from", session.source], ["Device", session.device]);
  return [el("h3", "", "Numbers"), pairs("numbers", rows)];
}

/** Browsers tell the time in steps of a tenth of a millisecond. */
const millis = (micros: number): string => (micros < 100 ? "less than 0.1 ms" : `${(micros / 1000).toFixed(1)} ms`);

function cameAs(page: string): string {
  if (!page.startsWith("edge")) return "as it is, from the shop";
  return page === "edge default" ? "as it is, through the edge" : "personalised, from the edge";
}
