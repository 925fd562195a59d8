//! The history of a session in item numbers of a snapshot: the input of scoring.

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
        let mut add = |key, kind, repeated| {
            if let Some(item) = self.item(key).filter(|_| seen < MAX_INTERACTIONS) {
                history.push(Step { item, kind, repeated });
            }
            seen += 1;
        };
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
