//! One simulated visit: pages, looks, the cart and perhaps an order.
//!
//! A shopper looks at the cards of a page from the first on, less and less likely, and opens one it likes. Where no card pleases
//! it, it searches on its own account, which costs patience, or leaves. So a page that shows what is liked leads to more looks,
//! and these to orders. What is bought depends on the product and on the shopper, never on who showed it.

use super::browser::Browser;
use super::options::Options;
use super::page::{Shown, slots};
use super::tally::Outcome;
use super::taste::Tastes;
use crate::experiment::Chance;
use crate::log::SIMULATED;
use serde_json::{Value, json};
use xxhash_rust::xxh64::xxh64;

/// How likely the next card is looked at when this one was.
const ONWARD: f64 = 0.88;
/// How likely a look at a liked card opens its product.
const OPENS: f64 = 0.6;
/// How likely a shopper goes on by itself where no card pleases it.
const OWN_IDEA: f64 = 0.35;
/// Liking of the product that goes with one in the cart.
const PARTNER: f64 = 0.9;

/// How near to an order a shopper begins: patience in pages, chance to put a liked product into the cart, chance to order.
const STAGES: [(&str, u32, f64, f64); 3] =
    [("browsing", 6, 0.25, 0.4), ("comparing", 8, 0.4, 0.6), ("ready", 5, 0.7, 0.9)];

/// Where shoppers come from.
const REFERRERS: [&str; 3] = ["", "https://www.google.com/", "https://www.facebook.com/"];

/// The state of a visit.
struct Shopper<'a> {
    tastes: &'a Tastes,
    options: &'a Options,
    chance: Chance,
    number: u64,
    group: usize,
    careful: bool,
    switched: bool,
    /// The visit's clock, in milliseconds since 1970. It runs in the past, so that pauses are as long as people's.
    clock_ms: u64,
    sent: u64,
    seen: Vec<usize>,
    cart: Vec<usize>,
}

/// Makes a visit. `now_ms` is the time of its end at the latest.
pub(super) async fn visit(
    tastes: &Tastes,
    options: &Options,
    client: &crate::origin::client::Client,
    number: u64,
    now_ms: u64,
) -> Result<Outcome, String> {
    let mut chance = Chance::new(xxh64(&number.to_le_bytes(), options.seed));
    let group = tastes.group(&mut chance);
    let careful = chance.uniform() < tastes.groups[group].careful;
    let (_, patience, carts, orders) = STAGES[[0, 0, 0, 0, 1, 1, 1, 2, 2, 2][chance.below(10) as usize]];
    let (device, from) = (chance.below(3) as usize, chance.below(3) as usize);
    let mut browser = Browser::new(client, &options.edge, device, REFERRERS[from], chance.below(50_000));
    // Fifteen minutes are longer than the longest visit, and shorter than what hosts believe of a sender's clock.
    let clock_ms = now_ms.saturating_sub(15 * 60_000);
    let switched = options.switch_at.is_some_and(|at| number >= at);
    let mut shopper = Shopper {
        tastes,
        options,
        chance,
        number,
        group,
        careful,
        switched,
        clock_ms,
        sent: 0,
        seen: Vec::new(),
        cart: Vec::new(),
    };
    let mut outcome = Outcome { group, switched, ..Outcome::default() };
    let mut product = None;
    let mut left = patience;
    while left > 0 {
        left -= 1;
        let path = product.map_or_else(|| "/".to_owned(), |at: usize| options.product_path(&tastes.products[at].id));
        let (html, held_out) = browser.page(&path).await?;
        outcome.pages += 1;
        outcome.held_out = outcome.held_out.or(held_out);
        let mut events = shopper.look(product, carts, &mut outcome);
        let (clicked, seen) = shopper.cards(&slots(&html), &mut outcome);
        events.extend(seen);
        browser.send(&events).await?;
        options.pause(shopper.chance.uniform()).await;
        product = match clicked {
            Some(clicked) => Some(clicked),
            None if shopper.chance.uniform() < OWN_IDEA && left > 0 => {
                left -= 1;
                Some(tastes.own_idea(group, careful, switched, &mut shopper.chance))
            }
            None => break,
        };
    }
    if !shopper.cart.is_empty() && shopper.chance.uniform() < orders {
        let cart = std::mem::take(&mut shopper.cart);
        outcome.revenue = cart.iter().map(|at| tastes.products[*at].price).sum();
        outcome.ordered = true;
        let order = shopper.event("purchase", &cart);
        browser.send(&[order]).await?;
    }
    Ok(outcome)
}

impl Shopper<'_> {
    fn liking(&self, product: usize) -> f64 {
        let partners = || self.cart.iter().filter_map(|at| self.tastes.partner(self.group, self.switched, *at));
        let liking = self.tastes.liking(self.group, self.careful, self.switched, product);
        if partners().any(|partner| partner == product) { liking.max(PARTNER) } else { liking }
    }

    /// The events of a product's own page.
    fn look(&mut self, product: Option<usize>, carts: f64, outcome: &mut Outcome) -> Vec<Value> {
        let Some(product) = product else { return Vec::new() };
        self.seen.push(product);
        outcome.looks += 1;
        let mut events = vec![self.event("view_item", &[product])];
        if self.chance.uniform() < self.liking(product) * carts {
            self.cart.push(product);
            outcome.carts += 1;
            events.push(self.event("add_to_cart", &[product]));
        }
        events
    }

    /// Looks through the slots of a page: the product that is opened, and the exposures of what was seen.
    fn cards(&mut self, slots: &[Shown], outcome: &mut Outcome) -> (Option<usize>, Vec<Value>) {
        let mut seen = Vec::new();
        let mut looks = true;
        for shown in slots {
            if !looks {
                break;
            }
            if let Some(exposure) = &shown.exposure {
                outcome.held_out = outcome.held_out.or(Some(exposure["arm"] == crate::decide::HOLDOUT));
                seen.push(self.sent("slot_exposure", &json!({ "exposure": exposure })));
                outcome.exposures += 1;
            }
            for item in &shown.items {
                looks = self.chance.uniform() < ONWARD;
                let product = self.tastes.place(item).filter(|product| !self.seen.contains(product));
                if let Some(product) = product
                    && self.chance.uniform() < self.liking(product) * OPENS
                {
                    return (Some(product), seen);
                }
                if !looks {
                    break;
                }
            }
        }
        (None, seen)
    }

    fn event(&mut self, name: &str, products: &[usize]) -> Value {
        let item = |at: &usize| {
            let product = &self.tastes.products[*at];
            let price = Some(product.price).filter(|price| *price > 0.0);
            json!({ "item_id": product.id, "item_category": product.category, "price": price })
        };
        let items: Vec<Value> = products.iter().map(item).collect();
        self.sent(name, &json!({ "items": items, "currency": self.options.currency }))
    }

    /// An event with an id that says what it is of, at the visit's time.
    fn sent(&mut self, name: &str, params: &Value) -> Value {
        self.sent += 1;
        self.clock_ms += 2_000 + self.chance.below(18_000);
        let id =
            xxh64(&[self.number.to_le_bytes(), self.sent.to_le_bytes()].concat(), self.options.seed ^ self.clock_ms);
        json!({ "name": name, "params": params, "event_id": format!("{SIMULATED}{id:016x}"), "time_ms": self.clock_ms })
    }
}
