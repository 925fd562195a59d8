//! Candidates from ranked lists: what the visit saw, and the best of categories it is about.
//!
//! The trainer ranked the lists, so nothing is scored here. A place in a list is all there is to compare, and
//! [`listed`] turns it into a score.

use super::search::{Found, Search, add_new, first, listed};
use super::seed::seed;
use crate::event::EventKind;
use crate::model::Model;
use crate::session::Interaction;
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// The list of a category; empty for one without.
pub(super) fn list_of<T>(lists: &[Vec<T>], category: u16) -> &[T] {
    lists.get(usize::from(category)).map_or(&[], Vec::as_slice)
}

/// Items viewed in this session, newest first. An item that was taken out of the cart is no longer of interest.
pub(super) fn recently_viewed<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let mut all = Vec::new();
    for step in search.history.iter().filter(|step| step.kind != EventKind::RemoveFromCart) {
        add_new(&mut all, step.item);
    }
    listed(&all)
}

/// The best of some categories, category after category.
pub(super) fn of_categories<B: AsRef<[u8]>>(
    model: &Model<B>,
    categories: impl Iterator<Item = u16>,
    want: usize,
) -> Vec<ItemIndex> {
    let lists = &model.lists().category_bestsellers;
    let mut items: Vec<ItemIndex> = Vec::new();
    for category in categories {
        for item in list_of(lists, category) {
            if items.len() < want {
                add_new(&mut items, *item);
            }
        }
    }
    items
}

/// The best of the anchor's category, then of those the visit is about.
pub(super) fn category_bestsellers<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let anchored = search.anchor.and_then(|_| seed(search).category);
    let categories = anchored.into_iter().chain(search.visit.affinity().categories());
    listed(&of_categories(search.visit.model, categories, search.want))
}

/// The best of the category of the newest search that named one.
pub(super) fn back_to_search<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    let (model, session) = (search.visit.model, search.visit.session);
    let is_search = |interaction: &Interaction| interaction.kind == EventKind::Search;
    let named = |interaction: Interaction| model.interaction_category(&interaction);
    let category = session.interactions().filter(is_search).find_map(named);
    listed(&of_categories(model, category.into_iter(), search.want))
}

/// Bestsellers of the categories that visits move on to from the session's categories.
///
/// The categories take turns (the first of each, then the second of each), so that a short row still shows several. Only
/// the session's top categories count: further ones are chance. Categories that the session is already about are left
/// out, because this strategy is for what the visitor has not found yet.
pub(super) fn adjacent<B: AsRef<[u8]>>(search: &Search<'_, B>) -> Found {
    /// Number of the session's categories that count.
    const ABOUT: usize = 3;
    /// Products taken from each category.
    const OF_EACH: usize = 4;
    let lists = search.visit.model.lists();
    let own = search.visit.affinity();
    let mut near: Vec<u16> = Vec::new();
    for category in own.categories().take(ABOUT) {
        for other in list_of(&lists.adjacent, category) {
            if !near.contains(other) && own.categories().all(|known| known != *other) {
                near.push(*other);
            }
        }
    }
    let mut items = Vec::new();
    for rank in 0..OF_EACH {
        for category in &near {
            items.extend(list_of(&lists.category_bestsellers, *category).get(rank));
        }
    }
    listed(first(&items, search.want))
}
