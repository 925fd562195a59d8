//! Which shards a page should fetch next.
//!
//! A page begins with a root, which has the data of popular products only. What a visit looks at comes later: for each
//! product of the visit first the directory that knows its key, then the shard with its card and that with its rows. Rows
//! name the products that fit next. Those without a card cannot be shown, so their cards are wanted last.
//!
//! Invariant: nothing that is here is wanted, so with the shards it asks for a page comes to an end.

use super::data::Data;
use super::parts::{CARDS, OF_ROWS, Parts};
use super::{Model, Scratch, rank};
use crate::event::ItemKey;
use crate::session::Session;
use crate::snapshot::ItemIndex;
use crate::snapshot::tree::NAME;
use alloc::vec::Vec;

/// Most names in an answer: so many fetches are worth being under way at once.
const MOST: usize = 8;
/// The best next items whose cards are wanted: about as many as a row shows.
const NEXT: usize = 12;

impl<B: AsRef<[u8]>> Model<B> {
    /// Names of the shards that could change what this visit is shown, the most useful first. `anchors` are the products
    /// of the current page.
    pub fn wanted(&self, session: &Session, anchors: &[ItemKey], scratch: &mut Scratch) -> Vec<[u8; NAME]> {
        let mut names = Vec::new();
        #[allow(irrefutable_let_patterns, reason = "the page engine has nothing else")]
        let Data::Parts(parts) = &self.data else { return names };
        let mut add = |shard: Option<u32>| {
            if let Some(name) = shard.and_then(|shard| parts.name(shard))
                && names.len() < MOST
                && !names.contains(name)
            {
                names.push(*name);
            }
        };
        // What a page shows first is in one shard of each language.
        for set in parts.sets() {
            if parts.lacks_language(*set) {
                add(Some(parts.shape.first_of_set(*set)));
            }
        }
        let visited = session.interactions().filter_map(|interaction| interaction.item);
        for key in anchors.iter().copied().chain(visited) {
            let item = self.item(key);
            for set in parts.sets() {
                if let Some(item) = item.filter(|item| !parts.is_translated(*set, *item)) {
                    add(parts.shape.localised(*set, item));
                }
            }
            match (item, parts.near(key)) {
                (Some(item), _) if !parts.has(OF_ROWS, item) => add(parts.shape.row(item)),
                (None, Some(Some(near))) if parts.lacks(CARDS, near) => {
                    add(parts.shape.card(near));
                    if parts.lacks(OF_ROWS, near) {
                        add(parts.shape.row(near));
                    }
                }
                (None, None) => add(parts.shape.directory(key)),
                _ => {}
            }
        }
        let history = self.history(session, anchors.first().copied());
        for best in rank(&self.meta().kernel, &self.table(false), &history, NEXT, true, scratch) {
            if !parts.has(CARDS, best.item) {
                add(parts.shape.card(best.item));
            }
            for set in parts.sets() {
                if !parts.is_translated(*set, best.item) {
                    add(parts.shape.localised(*set, best.item));
                }
            }
        }
        names
    }
}

impl<B> Model<B> {
    /// Sets the languages of the page, as locales of the plan: products are shown once their cards in these are here.
    pub fn speak(&mut self, locales: &[usize]) {
        let mut sets = Vec::new();
        for locale in locales {
            let set = usize::from(self.plan.columns(*locale));
            if set > 0 && !sets.contains(&set) {
                sets.push(set);
            }
        }
        #[allow(irrefutable_let_patterns, reason = "the page engine has nothing else")]
        if let Data::Parts(parts) = &mut self.data {
            parts.speak(sets);
        }
    }
}

impl Parts {
    /// Whether anything of the shard with an item has not come.
    fn lacks(&self, of: usize, item: ItemIndex) -> bool {
        let shift = if of == CARDS { self.shape.card_shift } else { self.shape.row_shift };
        let start = item.place() >> shift << shift;
        let places = &self.places[of];
        let end = (start + (1_usize << shift)).min(places.len());
        places.get(start..end).is_some_and(|run| run.contains(&0))
    }
}
