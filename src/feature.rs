//! Numbers computed from a session: one definition for training and for scoring.
//!
//! Every feature is a whole number that exists at each moment of a running session and never looks
//! ahead, so that training on moments cannot leak what came after them.

use crate::event::EventKind;
use crate::session::Session;

/// Names of the features, by number, as reasons show them.
pub const NAMES: [&str; COUNT] =
    ["views", "distinct_items", "repeated_looks", "cart_adds", "checkout_begun", "minutes", "lists_seen"];

/// Number of features.
pub const COUNT: usize = 7;

/// The features of a session at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(pub [i32; COUNT]);

impl Features {
    /// Computes the features. Those about remembered items see the newest
    /// [`MAX_TOUCHES`](crate::session::MAX_TOUCHES) events; counters see all.
    pub fn of(session: &Session) -> Self {
        let count = |kind| i32::from(session.count(kind));
        let (mut distinct, mut repeats) = (0, 0);
        for (at, touch) in session.touches().enumerate() {
            if let Some(item) = touch.item {
                if session.touches().skip(at + 1).any(|older| older.item == Some(item)) {
                    repeats += 1;
                } else {
                    distinct += 1;
                }
            }
        }
        Self([
            count(EventKind::ViewItem) + count(EventKind::SelectItem),
            distinct,
            repeats,
            count(EventKind::AddToCart) - count(EventKind::RemoveFromCart).min(count(EventKind::AddToCart)),
            count(EventKind::BeginCheckout).min(1),
            (session.age_secs() / 60).min(24 * 60) as i32,
            count(EventKind::ViewItemList) + count(EventKind::Search),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, EventItem, ItemKey};

    #[test]
    fn features_count_what_happened_so_far() {
        let mut session = Session::default();
        for (n, (kind, id)) in [
            (EventKind::ViewItem, "1"),
            (EventKind::ViewItem, "2"),
            (EventKind::ViewItem, "1"),
            (EventKind::AddToCart, "1"),
        ]
        .into_iter()
        .enumerate()
        {
            let items = alloc::vec![EventItem { key: ItemKey::from_id(id), category: None }];
            session.observe(&Event { kind, items, time_ms: (1000 + n as u64 * 60) * 1000 });
        }
        assert_eq!(Features::of(&session).0, [3, 2, 2, 1, 0, 3, 0]);
    }
}
