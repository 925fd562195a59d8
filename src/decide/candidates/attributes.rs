//! Candidates by attributes: category, brand and price. They need no clicks, so they work for new products too.

use super::lists::list_of;
use super::rows::also_viewed;
use super::search::{Found, Search, first};
use super::seed::seed;
use crate::decide::relevance::{closeness, usual_price_percent};
use crate::model::{Scored, Scratch, best_first};
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// Products of the seed's category, its bestsellers and its newest, by similarity to the seed; what visits viewed besides it
/// where it has no category.
///
/// The score has three parts, so that the order of importance is category, brand, price: 500 for the same category (490
/// for its newest products, so that a bestseller wins a tie; 100 for the two nearest categories), 250 for the same brand,
/// and up to 250 for a price equally far from what is usual in its category. The rank in its list costs up to 50: it
/// only decides between products that are equally similar.
pub(super) fn similar<B: AsRef<[u8]>>(search: &Search<'_, B>, scratch: &mut Scratch) -> Found {
    let (model, seed) = (search.visit.model, seed(search));
    let lists = model.lists();
    let category = seed.category.unwrap_or_default();
    let mut found: Found = Vec::new();
    let mut add = |items: &[ItemIndex], basis: u32| {
        for (rank, item) in items.iter().enumerate() {
            if found.iter().all(|known| known.item != *item) {
                let brand = u32::from(seed.brand != 0 && model.brand_number(*item) == seed.brand) * 250;
                let price = closeness(seed.price_percent, usual_price_percent(model, *item)) / 4;
                found.push(Scored { item: *item, score: basis + brand + price - rank.min(50) as u32 });
            }
        }
    };
    add(list_of(&lists.category_bestsellers, category), 500);
    add(list_of(&lists.category_new, category), 490);
    for near in list_of(&lists.adjacent, category).iter().take(2) {
        add(list_of(&lists.category_bestsellers, *near), 100);
    }
    // Without a category, visits say what is like the seed.
    if found.is_empty() {
        return also_viewed(search, scratch);
    }
    best_first(&mut found);
    found
}

/// Bestsellers of the categories that are bought together with the seed's, preferably at a similar price level.
///
/// The category bought together most often starts at 800, each further one 60 lower, and each rank within a category
/// costs 50. A row therefore mixes categories instead of exhausting the first one. A similar price level adds up to 200:
/// an expensive camera goes with an expensive bag.
pub(super) fn complete<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let (model, seed) = (search.visit.model, seed(search));
    let Some(category) = seed.category else { return Vec::new() };
    let mut found: Found = Vec::new();
    for (step, other) in list_of(&model.lists().complements, category).iter().enumerate() {
        if *other == category {
            continue;
        }
        let items = first(list_of(&model.lists().category_bestsellers, *other), 8);
        for (rank, item) in items.iter().enumerate() {
            let price = closeness(seed.price_percent, usual_price_percent(model, *item)) / 5;
            let score = (800 - step.min(5) as u32 * 60 - rank as u32 * 50 + price).max(1);
            found.push(Scored { item: *item, score });
        }
    }
    best_first(&mut found);
    found
}
