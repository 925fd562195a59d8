import { createHandler } from "slotwise/handler";

export const runtime = "edge";

const handler = createHandler({ storeOrigin: "{{STORE}}", origin: "{{ORIGIN}}", publicKey: "{{PUBLIC_KEY}}", consent: "implied" });
const agent = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" };
const view = (item_id) => ({ name: "view_item", params: { items: [{ item_id, item_category: "electronics.smartphone" }] } });

/** Sends a beacon of a visitor who has looked at smartphones, and counts what is on their next page. */
export async function GET() {
  const events = ["1004856", "1004767", "1004833"].map(view);
  const headers = { ...agent, "content-type": "application/json" };
  const beacon = new Request("http://shop/_slotwise/events", { method: "POST", headers, body: JSON.stringify({ events }) });
  const cookie = (await handler.fetch(beacon)).headers.get("set-cookie")?.split(";")[0];
  const { problem } = await (await handler.fetch(new Request("http://shop/_slotwise/health"))).json();
  const page = await (await handler.fetch(new Request("http://shop/page.html", { headers: { ...agent, cookie } }))).text();
  // What is in templates is not shown.
  const hero = /<div data-variant="(\w+)"/.exec(page.replace(/<template[^]*?<\/template>/g, ""))?.[1];
  return Response.json({ problem, hero, cards: page.split('<article data-item="').length - 1 });
}
