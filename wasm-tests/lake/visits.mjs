// An origin's log with everything that decides how far strangers are believed: floods, machines, bare purchases, orders beside
// visits, visits over midnight, slots that were seen, and clocks that are wrong.

const DAY_MS = 86_400_000;

/** The events of some days, each day's in order of their arrival. */
export function visits(first, days, each = 900) {
  let state = 4711;
  const random = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const sources = ["search", "mail", "social", "direct", "referral"];
  const devices = ["phone", "desktop"];
  const regions = ["europe", "america", "asia"];
  const all = Array.from({ length: days }, () => []);
  let number = 0;
  const item = (product, step) => ({
    item_id: `p${product}`,
    item_category: `c${product % 12}`,
    item_category2: product % 3 ? `s${product % 5}` : "",
    item_brand: product % 4 ? `brand ${product % 9}` : "",
    item_name: `Product ${product}, "${step % 11 ? "new" : "renamed"}"`,
    price: 5 + product / 4 + (step % 13 ? 0 : 1),
    ...(product % 7 ? {} : { discount: 1.5 }),
  });
  const visit = (day, began, steps, of, more = {}) => {
    const own = number++;
    let before = null;
    for (let step = 0; step < steps; step++) {
      const time_ms = first + day * DAY_MS + began + step * (more.every ?? 40_000);
      const event = { ...of(step, own), time_ms, event_id: `e${own}-${step}` };
      if (own % 9 === 8) delete event.event_id;
      if (more.session) event.session = `${more.session}${own}`;
      else if (more.user) event.user = more.user;
      else {
        const after = (BigInt(own + 1) * 1_000_003n + BigInt(step + 1)).toString(16).padStart(16, "0");
        event.chain = [before, after];
        before = after;
      }
      if (step === 0 && more.context) event.context = more.context;
      const arrival = Math.min(days - 1, Math.max(0, Math.floor((time_ms - first) / DAY_MS)));
      all[more.stays ? day : arrival].push(event);
    }
  };
  const look = (home) => (step, own) => {
    const product = home * 6 + random(6);
    if (step === 2 && own % 6 === 0) return { name: "view_item_list", params: { items: [{ item_category: `c${product % 12}` }] } };
    if (step === 3 && own % 5 === 0) {
      const exposure = { slot: "home", arm: own % 2 ? "a" : "holdout", seed: own % 1000, items: ["p1"] };
      return { name: "slot_exposure", params: { exposure } };
    }
    if (step === 4 && own % 7 === 0) return { name: "scroll", params: { percent_scrolled: 80 } };
    const name = step === 1 && own % 4 === 0 ? "add_to_cart" : step > 4 && own % 8 === 0 ? "purchase" : "view_item";
    const items = [item(product, own), ...(name === "purchase" ? [item(random(120), own)] : [])];
    return { name, params: { items, currency: "EUR" } };
  };
  for (let day = 0; day < days; day++) {
    for (let at = 0; at < each; at++) {
      const home = Math.min(random(20), random(20));
      const context = {
        source: sources[random(5)],
        device: devices[random(2)],
        region: regions[random(3)],
        campaign: random(4),
        time: { hour: random(24), weekday: day % 7 },
      };
      const more = at % 10 === 0 ? { session: "s" } : at % 10 === 1 ? { user: `u${at}`, context } : { context };
      visit(day, 1000 + at * 95_000 + random(3) * 100, 2 + random(7), look(home), more);
    }
    // Over midnight, and far over it.
    visit(day, DAY_MS - 100_000, 6, look(3), { context: { source: "search" } });
    // A purchase of which nobody saw a look, a machine, and a flood from one place.
    visit(day, 5_000_000, 1, () => ({ name: "purchase", params: { items: [item(7, 1)] } }));
    visit(day, 6_000_000, 90, look(1), { every: 100 });
    for (let at = 0; at < 60; at++) {
      const flood = () => ({ name: "view_item", params: { items: [{ ...item(119, 1), item_name: "Free money" }] } });
      visit(day, 7_000_000 + at * 1000, 2, flood, { context: { source: "mail", device: "phone", region: "asia" } });
    }
    // What only two visits have named.
    for (let at = 0; at < 2; at++)
      visit(day, 8_000_000 + at * 7000, 1, () => ({ name: "view_item", params: { items: [item(500 + day, 1)] } }));
  }
  // Clocks of last year and of a strangers' script.
  visit(0, -500 * DAY_MS, 3, look(2), { session: "old", stays: true });
  visit(1, -400 * DAY_MS, 3, look(2), { stays: true });
  return all.map((day) => day.sort((one, other) => one.time_ms - other.time_ms).map((event) => JSON.stringify(event)));
}
