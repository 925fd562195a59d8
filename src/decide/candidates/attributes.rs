//! Candidates by attributes: category, brand and price. They need no clicks, so they work for new products too.

use super::lists::list_of;
use super::search::{Found, Search, first};
use super::seed::seed;
use crate::decide::relevance::{closeness, usual_price_percent};
use crate::model::{Scored, heaviest_first};
use alloc::vec::Vec;

/// Products of the seed's category, its best and its newest, by how alike they are to the seed.
pub(super) fn similar<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let (model, seed) = (search.visit.model, seed(search));
    let Some(category) = seed.category else { return Vec::new() };
    let lists = model.lists();
    let mut found: Found = Vec::new();
    let mut add = |items: &[u32], basis: u32| {
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
    heaviest_first(&mut found, |one| one.score);
    found
}

/// The best of the categories that go with the seed's, near it in price.
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
    heaviest_first(&mut found, |one| one.score);
    found
}
