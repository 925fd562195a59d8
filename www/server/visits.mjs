// Visits of the click log for the replay page: the newest that are worth watching.
//
// They are as anonymous here as in the log: what was looked at and after how many seconds, and nothing of who it was.

/** How many visits, and between how many steps each may have. */
const [VISITS, FEWEST, MOST] = [40, 5, 24];
/** Different products from which on there is something to see. */
const PRODUCTS = 3;

const NAMES = { view: "view_item", cart: "add_to_cart", purchase: "purchase" };

/** Newest visits first: the steps as seconds since the first one, GA4 name and product id; and the products by id. */
export function recordedVisits(rows, catalogue) {
  const steps = (list) => {
    const began = Date.parse(list[0].event_time);
    return list.map(({ event_time, event_type, product_id }) => [(Date.parse(event_time) - began) / 1000, NAMES[event_type], product_id]);
  };
  const isWorthIt = (list) =>
    list.length >= FEWEST && list.length <= MOST && new Set(list.map(({ product_id }) => product_id)).size >= PRODUCTS;
  const visits = [...Map.groupBy(rows, ({ user_session }) => user_session).values()]
    .filter(isWorthIt)
    .sort((a, b) => Date.parse(b.at(-1).event_time) - Date.parse(a.at(-1).event_time))
    .slice(0, VISITS)
    .map((list) => ({ began: list[0].event_time.replace(" UTC", "Z").replace(" ", "T"), steps: steps(list) }));
  const ids = new Set(visits.flatMap(({ steps }) => steps.map(([, , id]) => id)));
  const product = (id) => {
    const { title, image, url, price_cents, category } = catalogue.product(id);
    return [id, { title, image, url, price_cents, category: category.key, kind: category.label }];
  };
  return { visits, products: Object.fromEntries([...ids].map(product)) };
}
