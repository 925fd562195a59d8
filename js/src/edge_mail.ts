// Products in a mail, decided when it is sent or opened: `/_slotwise/mail/<slot>.html` is a block of HTML, and below
// `/_slotwise/mail/<slot>/` are `1.jpg`, the picture of the first product, and `1/link`, its page.
//
// Anybody may write a mail with such links, so the shop signs slot and query with DECIDE_KEY, and a link leads to the catalogue's
// own addresses only, and only on the shop's own host. Nothing is kept between the opening of a mail and a click in it. With `items`
// alone the products are those of the query, so picture and link always agree. With a token both are decided anew: they agree as long
// as snapshot, stock and schedules of the plan stay as they are.

import type { Answer } from "./decide.js";
import { decider } from "./edge_decide.js";
import { problem } from "./edge_guard.js";
import type { Settings, Waiting } from "./edge_settings.js";
import { isHmac } from "./edge_sign.js";
import { bytesOf } from "./sync.js";

/** Most products of a block. */
const MOST = 20;
/** Products in a row of the block. */
const COLUMNS = 3;
/** A transparent pixel, in place of the picture of a product that is not there. */
const PIXEL = "R0lGODlhAQABAIAAAAAAAP___yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const KEPT = { "cache-control": "no-store" };

/** What is shown of a product, with absolute addresses. */
interface Shown {
  title: string;
  price: string;
  usual: string;
  url: string;
  image: string;
}

/** Answers a request of a mail. `route`: what follows `/_slotwise/mail/`. */
export async function mail(route: string, request: Request, settings: Settings, context: Waiting): Promise<Response> {
  const key = settings.decideKey;
  const [, name, place, kind] = /^([^/]+?)(?:\/(\d+)(\.jpg|\/link)|\.html)$/.exec(route) ?? [];
  if (!key || !name)
    return problem(404, "expected <slot>.html, <slot>/1.jpg or <slot>/1/link behind /_slotwise/mail/, and the secret DECIDE_KEY");
  const { search, origin } = new URL(request.url);
  const [, said = "", mac] = /^\?(.*)&s=([\w-]{43})$/.exec(search) ?? [];
  const isSigned = mac && (await isHmac(bytesOf(mac) ?? new Uint8Array(0), `mail/${name}?${said}`, key, "DECIDE_KEY"));
  if (!isSigned) return problem(401, "s: it does not fit; expected the signature of slot and query as the last parameter");
  const all = await products(decodeURIComponent(name), new URLSearchParams(said), await decider(request, settings, context));
  if (all instanceof Response) return all;
  const shown = all.map((product) => absolute(product, origin));
  if (!place) return new Response(block(shown), { headers: { ...KEPT, "content-type": "text/html; charset=utf-8" } });
  const found = shown[Number(place) - 1];
  const to = kind === "/link" ? (found?.url ?? origin) : found?.image;
  if (to) return new Response(null, { status: 302, headers: { ...KEPT, location: to } });
  return new Response(bytesOf(PIXEL), { headers: { ...KEPT, "content-type": "image/gif" } });
}

type Product = NonNullable<Answer["products"]>[number];

/** The products of a slot, or the error response. */
async function products(slot: string, query: URLSearchParams, decide: (question: object) => unknown): Promise<Product[] | Response> {
  const token = query.get("token");
  const items = (query.get("items") ?? "").split(",").filter(Boolean).slice(0, MOST);
  const question = { slot, rank: items, products: true, ended: true, lang: query.get("lang") ?? "", token: token ?? "" };
  const answer = decide(question);
  if (typeof answer !== "string") {
    const { status, error } = answer as { status: number; error: string };
    return problem(status, error);
  }
  const { decisions, products = [] }: Answer = JSON.parse(answer);
  // Without a token this is no one's visit: that of a cookie would come with the click, but not with the picture.
  const picks = (token && decisions[0]?.items) || [];
  const ids = picks.length > 0 ? picks.map(({ item_id }) => item_id) : items;
  return ids.flatMap((id) => products.find(({ item_id }) => item_id === id) ?? []).slice(0, MOST);
}

function absolute({ title, price, usual_price, url, image }: Product, origin: string): Shown {
  // Whoever wrote the catalogue may have made a mistake.
  const at = (link: string): URL => new URL(URL.canParse(link, origin) ? link : "", origin);
  const to = at(url);
  const link = to.host === at("").host ? to.href : origin;
  return { title, price, usual: usual_price, url: link, image: image && at(image).href };
}

/** Products as a table, which every mail program shows. */
function block(all: Shown[]): string {
  if (all.length === 0) return "";
  const rows = Array.from({ length: Math.ceil(all.length / COLUMNS) }, (_, row) => all.slice(row * COLUMNS, (row + 1) * COLUMNS));
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("");
  return `<table role="presentation" width="100%" cellpadding="8" cellspacing="0" border="0">${body}</table>`;
}

function cell({ title, price, usual, url, image }: Shown): string {
  const picture = image && `<img src="${escaped(image)}" alt="" width="160" style="display:block;border:0;max-width:100%;height:auto">`;
  const before = usual && ` <s style="color:#666">${escaped(usual)}</s>`;
  return `<td width="${Math.floor(100 / COLUMNS)}%" valign="top" style="font:14px/1.4 Arial,sans-serif;color:#222"><a href="${escaped(url)}" style="color:#222;text-decoration:none">${picture}${escaped(title)}</a><br><strong>${escaped(price)}</strong>${before}</td>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
