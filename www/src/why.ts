// The round button that opens the panel. The panel's code and the engine that can explain are fetched with the first click.
import type { Slotwise } from "slotwise";

/** Adds the button. `isAssumed`: this shop takes silence as consent. */
export function addWhy(slotwise: Slotwise, isAssumed: boolean): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "why";
  button.setAttribute("aria-label", "Why this page looks as it does");
  button.setAttribute("aria-expanded", "false");
  button.innerHTML =
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M4 7h8M18 7h2M4 17h2M12 17h8"/><circle cx="15" cy="7" r="3"/><circle cx="9" cy="17" r="3"/></svg>';
  document.body.append(button);
  button.addEventListener("click", async () => {
    const { openPanel } = await import("./panel.js");
    openPanel(slotwise, isAssumed, button);
  });
}
