//! The history of a session in item numbers of a snapshot: the input of scoring.
//!
//! A session names products by key, because it outlives snapshots. Every decision needs them by index, so the keys are
//! looked up once for each page and anchor. A history is a plain value of fixed size: copying it allocates nothing.
//!
//! Invariant: a history never has more than [`MAX_INTERACTIONS`] steps, so a position in it is a valid index into the
//! kernel's tables.

use super::Model;
use crate::event::{EventKind, ItemKey};
use crate::session::{MAX_INTERACTIONS, Session};
use crate::snapshot::ItemIndex;

/// One event of a session about one item of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The item.
    pub item: ItemIndex,
    /// Kind of the event.
    pub kind: EventKind,
    /// Whether it was repeated immediately.
    pub repeated: bool,
}

/// The item events of a session, newest first, at most [`MAX_INTERACTIONS`].
#[derive(Clone, Copy, Debug)]
pub struct History {
    steps: [Step; MAX_INTERACTIONS],
    len: usize,
}

impl FromIterator<Step> for History {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        let mut history = Self::default();
        steps.into_iter().take(MAX_INTERACTIONS).for_each(|step| history.push(step));
        history
    }
}

impl Default for History {
    fn default() -> Self {
        let none = Step { item: ItemIndex::UNKNOWN, kind: EventKind::ViewItem, repeated: false };
        Self { steps: [none; MAX_INTERACTIONS], len: 0 }
    }
}

impl History {
    /// Appends an older step. Steps beyond the maximum are dropped.
    fn push(&mut self, step: Step) {
        if let Some(free) = self.steps.get_mut(self.len) {
            *free = step;
            self.len += 1;
        }
    }
}

impl core::ops::Deref for History {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.steps[..self.len.min(MAX_INTERACTIONS)]
    }
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The item events of a session whose items the snapshot knows. An `anchor` (the product of the current page) comes
    /// first, as if it had just been viewed.
    pub fn history(&self, session: &Session, anchor: Option<ItemKey>) -> History {
        let mut history = History::default();
        let mut seen = 0;
        // Unknown products count as places too: what came before them is as long ago as if they were known.
        let mut add = |key, kind, repeated| {
            if let Some(item) = self.item(key).filter(|_| seen < MAX_INTERACTIONS) {
                history.push(Step { item, kind, repeated });
            }
            seen += 1;
        };
        // The page's own view may have been observed already. It must not count twice.
        let newest = session.interactions().find_map(|interaction| interaction.item);
        if let Some(key) = anchor.filter(|key| newest != Some(*key)) {
            add(key, EventKind::ViewItem, false);
        }
        for interaction in session.interactions() {
            if let Some(key) = interaction.item {
                add(key, interaction.kind, interaction.repeated);
            }
        }
        history
    }
}
