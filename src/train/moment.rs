//! Moments of a session at which what was looked at next is known: what rows are tuned on.

use super::log::{LogEvent, NO_ITEM};
use crate::event::EventKind;
use crate::model::{History, Step};

/// A session so far, and the item that was looked at next.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What was done so far, newest first, as a [`Session`](crate::session::Session) remembers it.
    pub history: History,
    /// The item looked at next.
    pub target: u32,
}

/// Whether an event of this kind is one that rows are to foretell: going on to look at an item. (Putting
/// into the cart what is on the screen is no news.)
pub fn is_target(kind: EventKind) -> bool {
    matches!(kind, EventKind::ViewItem | EventKind::SelectItem)
}

/// The moments of a session, in order.
pub fn moments(session: &[LogEvent]) -> Vec<Moment> {
    let mut steps: Vec<Step> = Vec::new();
    let mut moments = Vec::new();
    for event in session.iter().filter(|event| event.item != NO_ITEM) {
        if is_target(event.kind) && !steps.is_empty() {
            moments.push(Moment { history: steps.iter().rev().copied().collect(), target: event.item });
        }
        match steps.last_mut() {
            Some(last) if (last.item, last.kind) == (event.item, event.kind) => last.repeated = true,
            _ => steps.push(Step { item: event.item, kind: event.kind, repeated: false }),
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_knows_what_was_done_before_it_and_nothing_after() {
        let event = |item, kind| LogEvent::of_item(0, item, kind);
        let (view, cart) = (EventKind::ViewItem, EventKind::AddToCart);
        let session =
            [event(1, view), event(1, view), event(NO_ITEM, EventKind::Search), event(1, cart), event(2, view)];
        let moments = moments(&session);
        let histories: Vec<Vec<(u32, bool)>> = moments
            .iter()
            .map(|moment| moment.history.iter().map(|step| (step.item, step.repeated)).collect())
            .collect();
        assert_eq!(histories, [vec![(1, false)], vec![(1, false), (1, true)]]);
        assert_eq!(moments.iter().map(|moment| moment.target).collect::<Vec<_>>(), [1, 2]);
    }
}
