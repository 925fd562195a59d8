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
/// The best next items whose cards are wanted: what the rows of a page show, no product twice.
const NEXT: usize = 20;

impl<B: AsRef<[u8]>> Model<B> {
    /// Names of the shards that could change what this visit is shown, the most useful first. `about` are the products
    /// of the current page, its subject first.
    pub fn wanted(&self, session: &Session, about: &[ItemKey], scratch: &mut Scratch) -> Vec<[u8; NAME]> {
        let mut names = Vec::new();
        #[allow(irrefutable_let_patterns, reason = "the page engine has nothing else")]
        let Data::Parts(parts) = &self.data else { return names };
        // What a page shows first is in one shard of each language.
        for language in parts.languages() {
            if parts.places.get(*language).is_some_and(Vec::is_empty) {
                parts.add(Some(parts.first_of(*language)), &mut names);
            }
        }
        let mut keys = about.to_vec();
        for interaction in session.interactions() {
            keys.extend(interaction.item);
        }
        for key in keys {
            if let Some(item) = self.item(key) {
                parts.want_languages(item, &mut names);
                parts.want(OF_ROWS, item, &mut names);
            } else {
                match parts.near(key) {
                    Some(Some(near)) => {
                        for of in [CARDS, OF_ROWS] {
                            if !parts.lacks(of, near) {
                                break;
                            }
                            parts.add(parts.shard(of, near), &mut names);
                        }
                    }
                    None => parts.add(parts.shape.directory(key), &mut names),
                    _ => {}
                }
            }
        }
        let history = self.history(session, about.first().copied());
        for best in rank(&self.meta().kernel, &self.table(false), &history, NEXT, true, scratch) {
            parts.want(CARDS, best.item, &mut names);
            parts.want_languages(best.item, &mut names);
        }
        names
    }
}

impl<B> Model<B> {
    /// Sets the languages of the page, as locales of the plan: products are shown once their cards in these are here.
    pub fn speak(&mut self, locales: &[usize]) {
        #[allow(irrefutable_let_patterns, reason = "the page engine has nothing else")]
        if let Data::Parts(parts) = &mut self.data {
            parts.fall_silent();
            for locale in locales {
                parts.speak(self.plan.columns(*locale).into());
            }
        }
    }
}

impl Parts {
    /// Adds the name of a shard, or of the branch that names it.
    #[inline(never)]
    fn add(&self, shard: Option<u32>, names: &mut Vec<[u8; NAME]>) {
        if let Some(name) = shard.and_then(|shard| self.name(shard))
            && names.len() < MOST
            && !names.contains(name)
        {
            names.push(*name);
        }
    }

    /// Adds the shard with an item's card or rows unless they have come.
    #[inline(never)]
    fn want(&self, of: usize, item: ItemIndex, names: &mut Vec<[u8; NAME]>) {
        if !self.has(of, item) {
            self.add(self.shard(of, item), names);
        }
    }

    /// Adds the shards with an item's card in the page's languages unless it has come.
    fn want_languages(&self, item: ItemIndex, names: &mut Vec<[u8; NAME]>) {
        for language in self.languages() {
            self.want(*language, item, names);
        }
    }

    /// Whether anything of the shard with an item has not come.
    fn lacks(&self, of: usize, item: ItemIndex) -> bool {
        let shift = if of == CARDS { self.shape.card_shift } else { self.shape.row_shift };
        let start = item.get() >> shift << shift;
        for item in start..(start + (1 << shift)).min(self.shape.items) {
            if !self.has(of, ItemIndex::new(item)) {
                return true;
            }
        }
        false
    }
}
