//! Candidates: what each strategy of the plan proposes for a visit, the best first.
//!
//! Strategies know nothing of guardrails or of each other: they propose, later steps choose. `search` is the
//! question and its answer, `seed` the product that some strategies start from. The other files are the strategies,
//! by where their products come from: counted rows, ranked lists, attributes, or a blend of these.
//!
//! Invariant: the scores of every answer are 1 to 1000 and fall from first to last. So a row can stop looking as soon as it
//! is full.

mod attributes;
mod lists;
mod recommended;
mod rows;
mod search;
mod seed;

pub(super) use rows::{NextItems, cart};
pub(super) use search::{Found, Search};

use crate::model::Scratch;
use crate::snapshot::plan::Strategy;

/// Finds what a strategy proposes, the best first.
pub(super) fn find<B: AsRef<[u8]>>(
    strategy: Strategy,
    search: &Search<'_, B>,
    next_items: &mut NextItems,
    scratch: &mut Scratch,
) -> Found {
    let (model, want) = (search.visit.model, search.want);
    let ranked = model.lists();
    match strategy {
        Strategy::NextItem => next_items.of(search, scratch).clone(),
        Strategy::AlsoViewed => rows::also_viewed(search, scratch),
        Strategy::BoughtTogether => rows::bought_together(search),
        Strategy::SimilarItems => attributes::similar(search, scratch),
        Strategy::CompleteTheLook => attributes::complete(search),
        Strategy::RecentlyViewed => lists::recently_viewed(search),
        Strategy::RecommendedForYou => recommended::recommended(search, next_items, scratch),
        Strategy::Trending => search::listed(search::first(&ranked.trending, want)),
        Strategy::NewArrivals => search::listed(search::first(&ranked.new_arrivals, want)),
        Strategy::Bestsellers => search::listed(search::first(&ranked.bestsellers, want)),
        Strategy::CategoryBestsellers => lists::category_bestsellers(search),
        Strategy::BackToSearch => lists::back_to_search(search),
        Strategy::PopularWithSource => {
            search::listed(search::first(model.wanted_by(&search.visit.session.context()), want))
        }
        Strategy::AdjacentCategories => lists::adjacent(search),
    }
}
