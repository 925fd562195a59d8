//! The blend: what next items, the visit's categories and its traffic source propose, ranked by relevance.

use super::lists::of_categories;
use super::rows::NextItems;
use super::search::{Found, Search, first};
use crate::decide::relevance::beside;
use crate::model::{Scored, Scratch, best_first};

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
    let mut found = next_items.of(search, scratch).clone();
    // The two categories that hold most of the visit's attention. More candidates would mostly be scored in vain. What is no
    // next item among so many has next to nothing of that part.
    let mut items = of_categories(visit.model, visit.affinity().categories().take(2), OF_EACH);
    items.extend_from_slice(first(visit.model.wanted_by(&visit.session.context()), OF_EACH));
    for item in items {
        if found.iter().all(|known| known.item != item) {
            found.push(Scored { item, score: 0 });
        }
    }
    // Next items keep their own scores: they know what visits return to, which relevance alone does not.
    for one in &mut found {
        let beside = beside(visit.model, visit.affinity(), visit.features(), one.item);
        one.score = (one.score * 6 / 10 + beside).max(1);
    }
    best_first(&mut found);
    found.truncate(search.want);
    found
}
