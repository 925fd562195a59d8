// Panels that open when the visitor is about to leave. Loaded only where a page has a slot for it.
//
// What counts as leaving: with a mouse, the pointer goes out of the window through its top edge, after a few seconds on the
// page. On a touch screen there is no such move, and the guesses in use (a quick scroll up, a pause) catch people who are
// reading. There the panel waits until the visitor has been away, in another tab or app, and has come back by themselves.
//
// What a panel never does: it does not open over a form that has been begun, over a checkout, or over another dialog. It
// does not hold the page: no backdrop, no locked scrolling, no entry in the history. Escape closes it, its own button does, and
// so does a tap elsewhere, which still does what it does. It takes the focus only if nothing else has it, and gives it back.
// It stands in the top layer, so nothing moves, and nothing here is animated.

import { CLOSE } from "./contract.js";
import type { Slot } from "./dom.js";
import type { PageEngine } from "./engine.js";
import type { Decision, Exposure } from "./types.js";

/** Time on the page before which a mouse is not taken to be leaving, in milliseconds: it may be on its way in. */
const SETTLED_MS = 3000;
/** Least absence after which a visitor with a touch screen is greeted, in milliseconds. A shorter one is a glance at a message. */
const AWAY_MS = 15_000;

const FIELDS = "input:not([type=hidden],[type=range],[type=color],[type=submit],[type=button],[type=reset],[type=image]),textarea,select";
/** Fields of addresses, cards and passwords: nobody who sees these is to be held up. */
const CHECKOUT = ["cc-", "street-address", "address-line", "postal-code", "password"].map((word) => `[autocomplete*="${word}"]`).join(",");
const DIALOGS = "dialog[open],[aria-modal=true],:popover-open";

/** The page, as far as its panels need it. */
export interface Exit {
  /** Verified body of the preview link. */
  forced: Uint8Array | undefined;
  /** The slots of the page. */
  places(): Slot[];
  /** Continues the visit where another tab has gone on with it. */
  refresh(): void;
  /** Shows a decision in its slot. False if the slot lacks what that needs. */
  show(slot: Slot, decision: Decision): boolean;
  /** The engine in use. */
  engine: Pick<PageEngine, "decide" | "exposure">;
}

/** What the eager script provides. */
interface Lent {
  /** `allowed`: whether the visit may be remembered. */
  queue: { allowed: boolean };
  /** Reports an exposure. */
  seen(exposure: Exposure): void;
}

/** Watches for the visitor to leave, until a panel has opened. */
export function watchExit(page: Exit, lent: Lent): void {
  // Without a top layer a panel could move the page.
  if (!("showPopover" in HTMLElement.prototype)) return;
  const watching = new AbortController();
  const { signal } = watching;
  const leaves = (): void => {
    const panel = isBusy() ? undefined : fill(page, lent);
    if (!panel) return;
    watching.abort();
    show(panel);
  };
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    const since = performance.now();
    const out = ({ clientY, relatedTarget, buttons }: MouseEvent): void => {
      if (clientY <= 0 && !relatedTarget && buttons === 0 && performance.now() - since > SETTLED_MS) leaves();
    };
    document.addEventListener("mouseout", out, { signal });
  } else {
    let left = Number.POSITIVE_INFINITY;
    const turn = (): void => {
      if (document.visibilityState === "hidden") left = performance.now();
      else if (performance.now() - left > AWAY_MS) leaves();
    };
    document.addEventListener("visibilitychange", turn, { signal });
  }
}

/**
 * Fills the panel to open, and returns it. It is the shop's: hidden, and with something that closes it. Whether it opens or not,
 * each slot that could have opened counts, so that visits which are held out count by the same rule.
 */
function fill(page: Exit, { queue, seen }: Lent): HTMLElement | undefined {
  // Without consent nobody remembers that a panel has opened, and it would open on every page.
  if (!page.forced && !queue.allowed) return undefined;
  let opened: HTMLElement | undefined;
  page.refresh();
  for (const [slot, decision] of page.engine.decide(page.places().map((place) => ({ ...place, ahead: false })))) {
    const panel = slot.elements[0]?.closest<HTMLElement>("[hidden]");
    if (!decision.exit || !panel?.querySelector(`[${CLOSE}]`) || (opened && opened !== panel)) continue;
    if (decision.personalised) {
      if (!page.show(slot, { ...decision, counts: false })) continue;
      opened = panel;
    }
    if (decision.counts) seen(page.engine.exposure(decision));
  }
  return opened;
}

/** Whether the visitor is in the middle of something. */
function isBusy(): boolean {
  const writing = document.activeElement?.closest<HTMLElement>(`${FIELDS},[contenteditable]`);
  const begun = [...document.querySelectorAll<HTMLInputElement>(FIELDS)].some(isChanged);
  const dialog = [...document.querySelectorAll(DIALOGS)].some((element) => element.checkVisibility());
  return Boolean(writing) || begun || dialog || document.querySelector(`${CHECKOUT},input[type=password]`) !== null;
}

/** Whether a field says something other than what the page came with. */
function isChanged(field: HTMLInputElement | HTMLSelectElement): boolean {
  if (!("options" in field)) return field.checked !== field.defaultChecked || field.value !== field.defaultValue;
  const options = [...field.options];
  // Without a default the browser has chosen the first option.
  return (
    options.some(({ defaultSelected }) => defaultSelected) && options.some(({ selected, defaultSelected }) => selected !== defaultSelected)
  );
}

/** Opens a panel until the visitor closes it. */
function show(panel: HTMLElement): void {
  const closing = new AbortController();
  const { signal } = closing;
  const before = document.activeElement as HTMLElement | null;
  // Elements such as `aside` and `section` have a role of their own.
  if (panel.localName === "div" && !panel.hasAttribute("role")) panel.setAttribute("role", "dialog");
  if (!panel.hasAttribute("aria-label") && !panel.hasAttribute("aria-labelledby")) {
    panel.setAttribute("aria-label", panel.querySelector("h1,h2,h3,h4,h5,h6")?.textContent?.trim() ?? "");
  }
  panel.popover = "manual";
  panel.hidden = false;
  panel.showPopover();
  if (!before || before === document.body) {
    panel.tabIndex = -1;
    panel.focus({ preventScroll: true });
  }
  const close = (): void => {
    closing.abort();
    const inside = panel.contains(document.activeElement);
    panel.hidePopover();
    panel.hidden = true;
    if (inside) before?.focus({ preventScroll: true });
  };
  const isInside = ({ target }: Event): boolean => target instanceof Node && panel.contains(target);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close(), { signal });
  document.addEventListener("pointerdown", (event) => isInside(event) || close(), { signal, capture: true });
  panel.addEventListener("click", ({ target }) => target instanceof Element && target.closest(`[${CLOSE}]`) && close(), { signal });
  // The browser may keep the page as it is and show it again.
  addEventListener("pagehide", close, { signal });
}
