import { open } from "slotwise/server";

const view = (item_id) => ({ name: "view_item", params: { items: [{ item_id, item_category: "electronics.smartphone" }] } });

/** Decides two slots for a visitor who has looked at smartphones. */
export async function slots() {
  const slotwise = await open({ publicKey: "{{PUBLIC_KEY}}", base: "{{ORIGIN}}/_slotwise", consent: "implied" });
  const visit = slotwise.visit({ events: ["1004856", "1004767", "1004833"].map(view) });
  const [hero, row] = visit.decide(["home.hero", "home.recommended"]);
  return Response.json({ problem: slotwise.problem, hero: hero?.variant, cards: row?.items.length });
}
