//! What goes together: products into one cart, categories into one cart and into one visit.
//!
//! Products: `weight(a, b) = carts with both / sqrt(carts with a × carts with b)` (cosine; Linden, Smith and
//! York, "Amazon.com recommendations", 2003), from two carts with both on. Categories by lift, the share of
//! visits (or carts) with both over what chance would give, pulled towards chance by three. A visit counts once, by
//! its [weight](Log::weights).

use super::table::{CountedRow, CountedRows};
use crate::event::EventKind;
use crate::log::{ItemNumber, Log, UNCATEGORISED};
use std::collections::HashMap;

/// Neighbours kept a product.
const KEPT: usize = 8;
/// Carts with both products from which on they go together.
const SUPPORT: f64 = 2.0;
/// Products of one cart that are looked at: more are a wholesaler's.
const CART: usize = 24;
/// Items are few if there is one of them in so many.
const FEW: usize = 64;
/// Categories kept a category.
const CATEGORIES: usize = 6;
/// Visits or carts with both categories from which on they are near.
const MEETINGS: f64 = 3.0;
/// Meetings of chance that are added on both sides.
const CHANCE: f64 = 3.0;
/// Lift from which on categories are near beyond chance.
const LIFT: f64 = 1.05;

/// The products that went into the cart of each session, each once, those it was about at all, and its weight.
fn baskets(log: &Log) -> impl Iterator<Item = (Vec<u32>, Vec<u32>, f64)> {
    log.sessions().enumerate().map(|(number, session)| {
        let of = |deeds: bool| {
            let deed = |kind| matches!(kind, EventKind::AddToCart | EventKind::Purchase);
            let events = session.iter().filter(|event| !deeds || deed(event.kind));
            let mut items: Vec<u32> = events.filter_map(|event| event.item).map(ItemNumber::get).collect();
            items.sort_unstable();
            items.dedup();
            items
        };
        (of(true), of(false), f64::from(log.weight(number)))
    })
}

/// Rows of what is bought together, by the log's own item numbers; none at all where nothing is. Pairs in fewer than
/// `support` carts are left out.
pub fn rows(log: &Log, support: u32) -> Vec<CountedRow> {
    let mut carts = vec![0.0_f64; log.items.len()];
    let mut both: HashMap<(u32, u32), f64> = HashMap::new();
    for (cart, _, weight) in baskets(log) {
        for item in &cart {
            carts[*item as usize] += weight;
        }
        for (at, a) in cart.iter().take(CART).enumerate() {
            for b in cart.iter().take(CART).skip(at + 1) {
                *both.entry((*a, *b)).or_default() += weight;
            }
        }
    }
    both.retain(|_, count| *count >= SUPPORT.max(f64::from(support)));
    if both.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<CountedRow> = vec![CountedRow::new(); log.items.len()];
    for ((a, b), count) in both {
        let sizes = carts[a as usize] * carts[b as usize];
        let weight = (count / sizes.sqrt()) as f32;
        rows[a as usize].push((b, weight));
        rows[b as usize].push((a, weight));
    }
    for row in &mut rows {
        row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        row.truncate(KEPT);
    }
    rows
}

/// Brings the items that have a row to the front of a numbering, if they are few, and leaves all others in their order.
///
/// A table takes two bytes for each item up to its last row. In front, six pairs take a few dozen bytes, not tens of
/// kilobytes. The items then stand away from their neighbours in the next-item rows, which costs some thirty bytes for each:
/// it pays only where they are few.
pub fn in_front(order: &mut [u32], rows: &CountedRows) {
    let has_row = |item: &u32| (*item as usize) < rows.len() && !rows.row(*item as usize).is_empty();
    if order.iter().filter(|item| has_row(item)).count() * FEW < order.len() {
        order.sort_by_key(|item| !has_row(item));
    }
}

/// Of each category those visits go to from it and those that go into carts with it, beyond chance; pairs of at least
/// `support` visits.
pub fn categories(log: &Log, support: u32) -> (Vec<Vec<u16>>, Vec<Vec<u16>>) {
    let of = |items: &[u32]| {
        let mut all: Vec<u16> = items.iter().map(|item| log.items[*item as usize].category).collect();
        // Products without a category share none.
        all.retain(|category| log.categories[usize::from(*category)] != UNCATEGORISED);
        all.sort_unstable();
        all.dedup();
        all
    };
    let (mut visits, mut carts) = (Meetings::new(log), Meetings::new(log));
    for (cart, visit, weight) in baskets(log) {
        visits.add(&of(&visit), weight);
        if !cart.is_empty() {
            carts.add(&of(&cart), weight);
        }
    }
    let adjacent = visits.near(support);
    let mut complements = carts.near(support);
    // Where carts are too few, what visits go on to stands in.
    for (own, near) in complements.iter_mut().zip(&adjacent) {
        let more: Vec<u16> = near.iter().filter(|category| !own.contains(category)).copied().collect();
        own.extend(more);
        own.truncate(CATEGORIES);
    }
    (adjacent, complements)
}

/// How often categories met, by weight.
struct Meetings {
    all: f64,
    single: Vec<f64>,
    both: HashMap<(u16, u16), f64>,
}

impl Meetings {
    fn new(log: &Log) -> Self {
        Self { all: 0.0, single: vec![0.0; log.categories.len()], both: HashMap::new() }
    }

    fn add(&mut self, categories: &[u16], weight: f64) {
        self.all += weight;
        for (at, a) in categories.iter().enumerate() {
            self.single[usize::from(*a)] += weight;
            for b in &categories[at + 1..] {
                *self.both.entry((*a, *b)).or_default() += weight;
            }
        }
    }

    fn near(&self, support: u32) -> Vec<Vec<u16>> {
        let least = MEETINGS.max(f64::from(support));
        let mut near: Vec<Vec<(f64, u16)>> = vec![Vec::new(); self.single.len()];
        for ((a, b), count) in self.both.iter().filter(|(_, count)| **count >= least) {
            let expected = self.single[usize::from(*a)] * self.single[usize::from(*b)] / self.all;
            let lift = (count + CHANCE) / (expected + CHANCE);
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
        assert!(super::rows(&log, 3).is_empty());
        let rows = rows(&log, 1);
        assert_eq!(
            rows[0].iter().map(|(item, _)| *item).collect::<Vec<_>>(),
            [1],
            "one cart is chance, a look is no cart"
        );
        assert!((rows[0][0].1 - 2.0 / (6.0_f32).sqrt()).abs() < 1e-6);
        assert!(rows[3].is_empty());
    }

    #[test]
    fn few_items_with_rows_come_to_the_front_and_many_stay() {
        let mut rows = vec![CountedRow::new(); 300];
        for item in [7, 200] {
            rows[item] = vec![(207 - item as u32, 1.0)];
        }
        let mut order: Vec<u32> = (0..300).rev().collect();
        in_front(&mut order, &rows.into_iter().collect());
        assert_eq!((&order[..4], order[299]), (&[200, 7, 299, 298][..], 0));
        let before = order.clone();
        in_front(&mut order, &vec![vec![(0, 1.0)]; 300].into_iter().collect());
        in_front(&mut order, &CountedRows::default());
        assert_eq!(order, before);
    }
}
