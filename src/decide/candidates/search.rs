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

/// The place in a list that counts half as much as the first.
const HALF: u32 = 20;

/// Scores that fall down a list. They follow from the place alone: a browser has the beginning of a list only, and is to
/// decide as the edge does, which has all of it.
pub(super) fn listed(items: &[ItemIndex]) -> Found {
    let mut found = Found::new();
    for (item, place) in items.iter().zip(HALF..) {
        found.push(Scored { item: *item, score: (1000 * HALF / place).max(1) });
    }
    found
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
