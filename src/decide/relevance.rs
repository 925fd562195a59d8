//! Relevance: how well particular products fit a session, in thousandths.
//!
//! Three parts add up to at most 1000: 600 for being next (in proportion to the best of the products asked about by
//! next-item score), 300 for the share of the session's attention their category holds, 100 for a price near those
//! looked at, each price in percent of its category's usual one. The parts are fixed, not learned: they mix what the
//! rows know of clicks with what holds for products nobody has clicked yet.

use super::visit::Visit;
use crate::event::ItemKey;
use crate::feature::{Feature, Features};
use crate::model::{Affinity, History, Model, Scratch, price_percent};
use crate::session::Session;
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// How relevant products are to a session, in thousandths; 0 for those the snapshot does not know.
///
/// This is what `rank(candidates)` ranks by. [`Strategy::RecommendedForYou`](crate::snapshot::plan::Strategy) does too, with
/// scores of next items that know of returns.
pub fn relevance<B: AsRef<[u8]>>(model: &Model<B>, session: &Session, candidates: &[ItemKey]) -> Vec<u32> {
    let (affinity, features) = (model.affinity(session), Features::of(session, model));
    let history = model.history(session, None);
    scores(model, &affinity, &features, &history, &known(model, candidates.iter().copied()), &mut Scratch::default())
}

/// The indices of products, in the order of their keys. Unknown products keep their places, as [`ItemIndex::UNKNOWN`], so
/// that answers can be matched with what was asked.
pub(super) fn known<B: AsRef<[u8]>>(model: &Model<B>, keys: impl Iterator<Item = ItemKey>) -> Vec<ItemIndex> {
    keys.map(|key| model.item(key).unwrap_or(ItemIndex::UNKNOWN)).collect()
}

/// The relevance of products, by number, to a visit with this history.
pub(super) fn relevance_of<B: AsRef<[u8]>>(
    visit: &Visit<'_, B>,
    history: &History,
    items: &[ItemIndex],
    scratch: &mut Scratch,
) -> Vec<u32> {
    scores(visit.model, visit.affinity(), visit.features(), history, items, scratch)
}

fn scores<B: AsRef<[u8]>>(
    model: &Model<B>,
    affinity: &Affinity,
    features: &Features,
    history: &History,
    items: &[ItemIndex],
    scratch: &mut Scratch,
) -> Vec<u32> {
    let mut next = Vec::new();
    model.scores(history, items, scratch, &mut next);
    // Scores of rows have no unit. They are compared with the best of the products asked about, and with 1 if none has any.
    let best = u64::from(next.iter().copied().max().unwrap_or_default().max(1));
    let relevance = |(item, next): (&ItemIndex, u32)| {
        if item.place() >= model.len() {
            return 0;
        }
        (u64::from(next) * 600 / best) as u32 + beside(model, affinity, features, *item)
    };
    items.iter().zip(next).map(relevance).collect()
}

/// The parts of relevance beside being next: category and price, at most 400.
pub(super) fn beside<B: AsRef<[u8]>>(
    model: &Model<B>,
    affinity: &Affinity,
    features: &Features,
    item: ItemIndex,
) -> u32 {
    let mean_price = u16::try_from(features.get(Feature::MeanPrice)).ok();
    let category = model.item_category(item);
    affinity.share(300, &|known| known == category) + closeness(mean_price, usual_price_percent(model, item)) / 10
}

/// An item's price in percent of its category's median.
pub(super) fn usual_price_percent<B: AsRef<[u8]>>(model: &Model<B>, item: ItemIndex) -> Option<u16> {
    let median = model.names().medians.get(usize::from(model.item_category(item))).copied().unwrap_or_default();
    price_percent(model.price_cents(item), median)
}

/// How near two prices are, each in percent of its category's usual one: 1000 the same, 0 a whole usual price
/// apart or unknown.
pub(super) fn closeness(a: Option<u16>, b: Option<u16>) -> u32 {
    match (a, b) {
        (Some(a), Some(b)) => 1000 - (u32::from(a.abs_diff(b)) * 10).min(1000),
        _ => 0,
    }
}
