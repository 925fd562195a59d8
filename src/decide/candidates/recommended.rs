//! The blend: what next items, the visit's categories and its traffic source propose, ranked by relevance.

use super::lists::of_categories;
use super::rows::NextItems;
use super::search::{Found, Search, add_new, first};
use crate::decide::relevance::relevance_of;
use crate::model::{Scored, Scratch, best_first};
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// Candidates taken from the visit's categories, and from its traffic source.
const OF_EACH: usize = 12;

/// Ranks the candidates of three sources by relevance to the visit.
///
/// Next items are precise but need history, the session's categories are broader, and the traffic source helps before the
/// first click. One score for all of them lets the evidence of each visit decide how they mix.
pub(super) fn recommended<B: AsRef<[u8]>>(
    search: &Search<'_, B>,
    next_items: &mut NextItems,
    scratch: &mut Scratch,
) -> Found {
    let visit = search.visit;
    let mut items: Vec<ItemIndex> = next_items.of(search, scratch).iter().map(|one| one.item).collect();
    // The two categories that hold most of the visit's attention. More candidates would mostly be scored in vain.
    for item in of_categories(visit.model, visit.affinity().categories().take(2), OF_EACH) {
        add_new(&mut items, item);
    }
    for item in first(visit.model.wanted_by(&visit.session.context()), OF_EACH) {
        add_new(&mut items, *item);
    }
    let scores = relevance_of(visit, search.history, &items, scratch);
    let mut found = Found::new();
    for (item, score) in items.iter().zip(&scores) {
        if *score > 0 {
            found.push(Scored { item: *item, score: *score });
        }
    }
    best_first(&mut found);
    found.truncate(search.want);
    found
}
