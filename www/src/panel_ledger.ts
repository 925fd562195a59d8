// The panel's button that lists what this page has stored or sent: the package's ledger, line by line.

import type { LedgerEntry, Slotwise } from "slotwise";
import { el, list } from "./panel_parts.js";

const time = (ms: number): string => new Date(ms).toLocaleTimeString();

function line({ time_ms, did, what, where, bytes, why }: LedgerEntry): HTMLElement {
  const item = el("li");
  const size = bytes > 0 ? `, ${bytes} bytes` : "";
  item.append(el("strong", "", `${did} ${what}${size}`), ` at ${time(time_ms)}: ${why} (${where})`);
  return item;
}

/** The button. The list appears before `foot` and is read anew each time it is opened. */
export function ledgerButton(slotwise: Slotwise, foot: HTMLElement): HTMLElement {
  const button = el("button", "button button-plain", "What was stored or sent");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  let shown: HTMLElement | undefined;
  button.addEventListener("click", async () => {
    const entries = shown ? [] : await slotwise.ledger();
    if (shown) {
      shown.remove();
      shown = undefined;
    } else {
      shown = el("div", "panel-ledger");
      shown.append(entries.length > 0 ? list("", entries.map(line)) : el("p", "", "Nothing so far."));
      shown.tabIndex = 0;
      shown.setAttribute("role", "region");
      shown.setAttribute("aria-label", "What was stored or sent");
      foot.before(shown);
    }
    button.setAttribute("aria-expanded", String(shown !== undefined));
  });
  return button;
}
