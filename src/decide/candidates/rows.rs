//! Candidates from counted rows: what sessions went on to, and what went into carts together.
//!
//! These are the precise strategies: they know which products go together, whatever their attributes. They need products
//! that the log knows well enough, and answer nothing for a visit without any.

use super::search::{Found, Search, scaled};
use super::seed::seed;
use crate::event::{EventKind, ItemKey};
use crate::model::{History, Scored, Scratch, Step, best_first};
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// What next items were asked for: anchor, whether items of the history may come up, and how many.
type Asked = (Option<ItemKey>, bool, usize);

/// Next items found for the page so far. Scoring them is most of a decision's time, and slots often ask alike.
#[derive(Default)]
pub(in crate::decide) struct NextItems(Vec<(Asked, Found)>);

impl NextItems {
    /// What sessions like this one went on to.
    pub(super) fn of<B: AsRef<[u8]>>(&mut self, search: &Search<'_, B>, scratch: &mut Scratch) -> &Found {
        let asked = (search.anchor, search.seen, search.want);
        let at = self.0.iter().position(|(known, _)| *known == asked).unwrap_or_else(|| {
            let best = search.visit.model.next_items(search.history, search.want, search.seen, scratch);
            self.0.push((asked, scaled(best.to_vec())));
            self.0.len() - 1
        });
        &self.0[at].1
    }
}

/// What sessions with the seed alone went on to.
pub(super) fn also_viewed<B: AsRef<[u8]>>(search: &Search<'_, B>, scratch: &mut Scratch) -> Found {
    let step = |item| Step { item, kind: EventKind::ViewItem, repeated: false };
    let history: History = seed(search).item.map(step).into_iter().collect();
    scaled(search.visit.model.next_items(&history, search.want, false, scratch).to_vec())
}

/// The products in the cart, as far as the session remembers, the newest last.
///
/// The history is read from the oldest event on, so that a product which was removed, or viewed again after it had been
/// put into the cart, does not count as being in the cart.
pub(in crate::decide) fn cart(history: &History) -> Vec<ItemIndex> {
    let mut items = Vec::new();
    for step in history.iter().rev() {
        items.retain(|item| *item != step.item);
        if step.kind == EventKind::AddToCart {
            items.push(step.item);
        }
    }
    items
}

/// Items bought together with the products in the cart. On a product page, or with an empty cart, the seed replaces them.
///
/// The weights of several products add up: what goes with two of them beats what goes with one.
pub(super) fn bought_together<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let model = search.visit.model;
    let mut from = cart(search.history);
    // On a product page the shopper looks for what goes with that product, whatever the cart holds.
    if search.anchor.is_some() || from.is_empty() {
        from = seed(search).item.into_iter().collect();
    }
    let mut sums: Found = Vec::new();
    for item in &from {
        for (to, weight) in model.bought_with(*item) {
            match sums.iter_mut().find(|known| known.item == to) {
                Some(known) => known.score += weight >> 4,
                None if to.place() < model.len() && !from.contains(&to) => {
                    sums.push(Scored { item: to, score: weight >> 4 });
                }
                None => {}
            }
        }
    }
    best_first(&mut sums);
    scaled(sums)
}
