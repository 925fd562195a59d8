//! What goes together: products into one cart, categories into one cart and into one visit.
//!
//! Products: `weight(a, b) = carts with both / sqrt(carts with a × carts with b)` (cosine; Linden, Smith and
//! York, "Amazon.com recommendations", 2003), from two carts with both on. Categories by lift, the share of
//! visits (or carts) with both over what chance would give, pulled towards chance by three.

use super::count::CountedRow;
use crate::event::EventKind;
use crate::log::{ItemNumber, Log};
use std::collections::HashMap;

/// Neighbours kept a product.
const KEPT: usize = 8;
/// Carts with both products from which on they go together.
const SUPPORT: u32 = 2;
/// Products of one cart that are looked at: more are a wholesaler's.
const CART: usize = 24;
/// Categories kept a category.
const CATEGORIES: usize = 6;
/// Visits or carts with both categories from which on they are near.
const MEETINGS: u32 = 3;
/// Meetings of chance that are added on both sides.
const CHANCE: f64 = 3.0;
/// Lift from which on categories are near beyond chance.
const LIFT: f64 = 1.05;

/// The products that went into the cart of each session, each once, and those it was about at all.
fn baskets(log: &Log) -> impl Iterator<Item = (Vec<u32>, Vec<u32>)> {
    log.sessions().map(|session| {
        let of = |deeds: bool| {
            let deed = |kind| matches!(kind, EventKind::AddToCart | EventKind::Purchase);
            let events = session.iter().filter(|event| !deeds || deed(event.kind));
            let mut items: Vec<u32> = events.filter_map(|event| event.item).map(ItemNumber::get).collect();
            items.sort_unstable();
            items.dedup();
            items
        };
        (of(true), of(false))
    })
}

/// Rows of what is bought together, by the log's own item numbers; none at all where nothing is.
pub fn rows(log: &Log) -> Vec<CountedRow> {
    let mut carts = vec![0_u32; log.items.len()];
    let mut both: HashMap<(u32, u32), u32> = HashMap::new();
    for (cart, _) in baskets(log) {
        for item in &cart {
            carts[*item as usize] += 1;
        }
        for (at, a) in cart.iter().take(CART).enumerate() {
            for b in cart.iter().take(CART).skip(at + 1) {
                *both.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    both.retain(|_, count| *count >= SUPPORT);
    if both.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<CountedRow> = vec![CountedRow::new(); log.items.len()];
    for ((a, b), count) in both {
        let sizes = f64::from(carts[a as usize]) * f64::from(carts[b as usize]);
        let weight = (f64::from(count) / sizes.sqrt()) as f32;
        rows[a as usize].push((b, weight));
        rows[b as usize].push((a, weight));
    }
    for row in &mut rows {
        row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        row.truncate(KEPT);
    }
    rows
}

/// Of each category those visits go to from it and those that go into carts with it, beyond chance.
pub fn categories(log: &Log) -> (Vec<Vec<u16>>, Vec<Vec<u16>>) {
    let of = |items: &[u32]| {
        let mut all: Vec<u16> = items.iter().map(|item| log.items[*item as usize].category).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (mut visits, mut carts) = (Meetings::new(log), Meetings::new(log));
    for (cart, visit) in baskets(log) {
        visits.add(&of(&visit));
        if !cart.is_empty() {
            carts.add(&of(&cart));
        }
    }
    let adjacent = visits.near();
    let mut complements = carts.near();
    // Where carts are too few, what visits go on to stands in.
    for (own, near) in complements.iter_mut().zip(&adjacent) {
        let more: Vec<u16> = near.iter().filter(|category| !own.contains(category)).copied().collect();
        own.extend(more);
        own.truncate(CATEGORIES);
    }
    (adjacent, complements)
}

/// How often categories met.
struct Meetings {
    all: f64,
    single: Vec<u32>,
    both: HashMap<(u16, u16), u32>,
}

impl Meetings {
    fn new(log: &Log) -> Self {
        Self { all: 0.0, single: vec![0; log.categories.len()], both: HashMap::new() }
    }

    fn add(&mut self, categories: &[u16]) {
        self.all += 1.0;
        for (at, a) in categories.iter().enumerate() {
            self.single[usize::from(*a)] += 1;
            for b in &categories[at + 1..] {
                *self.both.entry((*a, *b)).or_default() += 1;
            }
        }
    }

    fn near(&self) -> Vec<Vec<u16>> {
        let mut near: Vec<Vec<(f64, u16)>> = vec![Vec::new(); self.single.len()];
        for ((a, b), count) in self.both.iter().filter(|(_, count)| **count >= MEETINGS) {
            let expected = f64::from(self.single[usize::from(*a)]) * f64::from(self.single[usize::from(*b)]) / self.all;
            let lift = (f64::from(*count) + CHANCE) / (expected + CHANCE);
            if lift >= LIFT {
                near[usize::from(*a)].push((lift, *b));
                near[usize::from(*b)].push((lift, *a));
            }
        }
        let best = |mut list: Vec<(f64, u16)>| {
            list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            list.into_iter().take(CATEGORIES).map(|(_, category)| category).collect()
        };
        near.into_iter().map(best).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogEvent;

    #[test]
    fn what_meets_in_carts_goes_together() {
        let mut log = Log::of_items(&[vec![0_u32, 1, 2], vec![0, 1], vec![3]]);
        log.events = Vec::new();
        log.ends = Vec::new();
        for cart in [[0, 1], [0, 1], [0, 2]] {
            log.events.extend(cart.map(|item| LogEvent::of_item(1, ItemNumber::new(item), EventKind::AddToCart)));
            log.events.push(LogEvent::of_item(1, ItemNumber::new(3), EventKind::ViewItem));
            log.ends.push(log.events.len());
        }
        let rows = rows(&log);
        assert_eq!(
            rows[0].iter().map(|(item, _)| *item).collect::<Vec<_>>(),
            [1],
            "one cart is chance, a look is no cart"
        );
        assert!((rows[0][0].1 - 2.0 / (6.0_f32).sqrt()).abs() < 1e-6);
        assert!(rows[3].is_empty());
    }
}
