//! What a visit did with products, as numbers of the snapshot: what scores are computed from.

use super::Model;
use crate::event::{EventKind, ItemKey};
use crate::session::{MAX_TOUCHES, Session};

/// One event of a session, about one item of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Item number.
    pub item: u32,
    /// What was done.
    pub kind: EventKind,
    /// Whether it was done again at once.
    pub repeated: bool,
}

/// The item events of a session, newest first, at most [`MAX_TOUCHES`].
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    steps: [Step; MAX_TOUCHES],
    len: usize,
}

impl FromIterator<Step> for Trail {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        let mut trail = Self::default();
        steps.into_iter().take(MAX_TOUCHES).for_each(|step| trail.push(step));
        trail
    }
}

impl Default for Trail {
    fn default() -> Self {
        let none = Step { item: u32::MAX, kind: EventKind::ViewItem, repeated: false };
        Self { steps: [none; MAX_TOUCHES], len: 0 }
    }
}

impl Trail {
    /// Adds a step that was before all others; one too many is left out.
    fn push(&mut self, step: Step) {
        if let Some(free) = self.steps.get_mut(self.len) {
            *free = step;
            self.len += 1;
        }
    }
}

impl core::ops::Deref for Trail {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.steps[..self.len.min(MAX_TOUCHES)]
    }
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The session's item events, as far as the snapshot knows their items. An `anchor` (the product
    /// whose page is being shown) stands first, as if it had just been viewed.
    pub fn trail(&self, session: &Session, anchor: Option<ItemKey>) -> Trail {
        let mut trail = Trail::default();
        let mut seen = 0;
        let mut add = |key, kind, repeated| {
            if let Some(item) = self.item(key).filter(|_| seen < MAX_TOUCHES) {
                trail.push(Step { item, kind, repeated });
            }
            seen += 1;
        };
        let newest = session.touches().find_map(|touch| touch.item);
        if let Some(key) = anchor.filter(|key| newest != Some(*key)) {
            add(key, EventKind::ViewItem, false);
        }
        for touch in session.touches() {
            if let Some(key) = touch.item {
                add(key, touch.kind, touch.repeated);
            }
        }
        trail
    }
}
