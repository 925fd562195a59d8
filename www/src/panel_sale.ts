// The panel's button for a flash sale: the shop pretends that its most wanted products sell out or cost less, and whoever looks on
// sees the cards follow.

import { el } from "./panel_parts.js";

interface Sale {
  on: boolean;
  sold_out: number;
  cheaper: number;
}

const ADDRESS = "/sale";

/** Asks the shop about its sale, or changes it. Undefined if it has none. */
async function asked(method: "GET" | "PUT" | "DELETE"): Promise<Sale | undefined> {
  try {
    const response = await fetch(ADDRESS, { method });
    return response.ok ? ((await response.json()) as Sale) : undefined;
  } catch {
    return undefined;
  }
}

/** Adds the button to `foot`, and a line that says what it has done, if the shop has such a sale. */
export async function saleButton(foot: HTMLElement): Promise<void> {
  let sale = await asked("GET");
  if (!sale) return;
  const button = el("button", "button button-plain");
  button.type = "button";
  const said = el("p", "panel-note panel-sale");
  said.setAttribute("role", "status");
  const draw = (): void => {
    button.textContent = sale?.on ? "End the simulated sale" : "Simulate a flash sale";
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    const found = await asked(sale?.on ? "DELETE" : "PUT");
    button.disabled = false;
    button.focus();
    if (found) sale = found;
    draw();
    const { on, sold_out, cheaper } = sale as Sale;
    if (!found) said.textContent = "The shop does not answer. Nothing has changed.";
    else if (on)
      said.textContent = `Simulated: ${sold_out} products are sold out, ${cheaper} cost 30 % less. Cards follow within half a minute.`;
    else said.textContent = "The simulated sale is over. Cards follow within half a minute.";
  });
  draw();
  foot.append(button, said);
}
