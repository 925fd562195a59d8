//! The page context: what the page shows so far, and what was found out for it.
//!
//! Slots of a page depend on each other: no product comes up twice. The context begins empty with every
//! [`Decider`](super::Decider), which owns it, so it never meets another model or session.

use super::candidates::NextItems;
use super::visit::Visit;
use crate::event::ItemKey;
use crate::model::{History, Scratch};
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// What the page shows so far, and what was found out for it.
#[derive(Default)]
pub(super) struct PageContext {
    pub on_page: OnPage,
    /// Products the host knows to be sold out, by number.
    pub sold_out: Vec<ItemIndex>,
    pub next_items: NextItems,
    pub histories: Histories,
    /// Whether shards are under way that could change the page, for the anchor asked about last.
    partial: Option<(Option<ItemKey>, bool)>,
}

impl PageContext {
    /// Whether shards are under way that could change what is shown on a page about `anchor`.
    pub(super) fn is_partial<B: AsRef<[u8]>>(
        &mut self,
        visit: &Visit<'_, B>,
        anchor: Option<ItemKey>,
        scratch: &mut Scratch,
    ) -> bool {
        if let Some((known, partial)) = self.partial
            && known == anchor
        {
            return partial;
        }
        let partial = visit.model.is_partial(visit.session, anchor, scratch);
        self.partial = Some((anchor, partial));
        partial
    }
}

/// Products already on the page. Every candidate is looked up here and few are found, so 1,024 bits answer most questions
/// without a search: a product whose bit is not set is not on the page.
#[derive(Default)]
pub(super) struct OnPage {
    items: Vec<ItemIndex>,
    marks: [u64; 16],
}

impl OnPage {
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.marks = [0; 16];
    }

    pub(super) fn add(&mut self, item: ItemIndex) {
        self.items.push(item);
        self.marks[item.place() / 64 % 16] |= item.mark();
    }

    pub(super) fn has(&self, item: ItemIndex) -> bool {
        self.marks[item.place() / 64 % 16] & item.mark() != 0 && self.items.contains(&item)
    }
}

/// The visit's history as numbers of the snapshot, for the anchor asked about last: slots of a page mostly share it. The
/// session does not change while a page is decided, so the anchor alone tells whether the history still holds.
#[derive(Default)]
pub(super) struct Histories(Option<(Option<ItemKey>, History)>);

impl Histories {
    pub(super) fn of<B: AsRef<[u8]>>(&mut self, visit: &Visit<'_, B>, anchor: Option<ItemKey>) -> History {
        match self.0 {
            Some((known, history)) if known == anchor => history,
            _ => {
                let history = visit.model.history(visit.session, anchor);
                self.0 = Some((anchor, history));
                history
            }
        }
    }
}
