//! What a strategy is asked, and what it answers.
//!
//! Scores of candidates are 1 to 1000: thousandths of what the strategy's best candidate has. Scores of counted rows
//! are scaled in proportion, places of ranked lists in even steps. So rows of several strategies can be mixed,
//! boosted and diversified.

use crate::decide::visit::Visit;
use crate::event::ItemKey;
use crate::model::{History, Scored};
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// The question a row asks its strategies.
pub(in crate::decide) struct Search<'a, B> {
    pub visit: &'a Visit<'a, B>,
    /// The product the page is about.
    pub anchor: Option<ItemKey>,
    pub history: &'a History,
    /// Whether products of the history may come up.
    pub seen: bool,
    /// Candidates worth finding.
    pub want: usize,
}

/// Candidates with their scores, the best first.
pub(in crate::decide) type Found = Vec<Scored>;

/// Scales scores to thousandths of the best, which comes first.
pub(super) fn scaled(mut found: Found) -> Found {
    let best = found.first().map_or(1, |best| best.score.max(1));
    for one in &mut found {
        one.score = (u64::from(one.score) * 1000 / u64::from(best)).max(1) as u32;
    }
    found
}

/// Scores in even steps down a list.
pub(super) fn listed(items: &[ItemIndex]) -> Found {
    // In units of a millionth, so that long lists still have a step between their places.
    let step = 1_000_000 / items.len().max(1) as u32;
    let mut millionths = 1_000_000 + step;
    let place = |item: &ItemIndex| {
        millionths -= step;
        Scored { item: *item, score: millionths / 1000 }
    };
    items.iter().map(place).collect()
}

/// The first of a list, at most `want`.
pub(super) fn first(items: &[ItemIndex], want: usize) -> &[ItemIndex] {
    items.get(..want).unwrap_or(items)
}

/// Adds an item unless it is there.
pub(super) fn add_new(items: &mut Vec<ItemIndex>, item: ItemIndex) {
    if !items.contains(&item) {
        items.push(item);
    }
}
