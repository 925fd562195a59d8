import { open } from "slotwise/server";

const slotwise = await open({ publicKey: "{{PUBLIC_KEY}}", base: "{{ORIGIN}}/_slotwise", consent: "implied" });
const view = (item_id) => ({ name: "view_item", params: { items: [{ item_id, item_category: "electronics.smartphone" }] } });
const visit = slotwise.visit({ events: ["1004856", "1004767", "1004833"].map(view) });
const [hero, row] = visit.decide(["home.hero", "home.recommended"]);
console.log(JSON.stringify({ problem: slotwise.problem, hero: hero?.variant, cards: row?.items.length }));
