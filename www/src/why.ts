// The header's button that asks why. The panel behind it, and the engine that can give reasons, come with the first click.
import type { Slotwise } from "slotwise";

/** Makes the button work; `isAssumed` where silence counts as consent. */
export function watchWhy(slotwise: Slotwise, isAssumed: boolean): void {
  const button = document.querySelector<HTMLElement>("[data-why]");
  button?.addEventListener("click", async () => {
    const { togglePanel } = await import("./panel.js");
    togglePanel(slotwise, isAssumed, button);
  });
}
