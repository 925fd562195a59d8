//! Examples of sessions whose next item is known: what the kernels are searched on.
//!
//! Rows are searched before they are renumbered, so an [`ItemIndex`] is the log's number of an item here.

use crate::event::EventKind;
use crate::log::LogEvent;
use crate::model::{History, Step};
use crate::snapshot::ItemIndex;

/// A session so far, and the item that was looked at next.
#[derive(Clone, Debug)]
pub struct NextItem {
    /// What was done so far, newest first, as a [`Session`](crate::session::Session) remembers it.
    pub history: History,
    /// The item looked at next.
    pub target: ItemIndex,
}

/// Whether an event of this kind is one that rows are to predict: going on to look at an item. (Putting
/// into the cart what is on the screen is no news.)
pub fn is_target(kind: EventKind) -> bool {
    matches!(kind, EventKind::ViewItem | EventKind::SelectItem)
}

/// The examples of a session, in order.
pub fn examples(session: &[LogEvent]) -> Vec<NextItem> {
    let mut steps: Vec<Step> = Vec::new();
    let mut examples = Vec::new();
    for event in session {
        let Some(item) = event.item.map(|item| ItemIndex::new(item.get())) else { continue };
        if is_target(event.kind) && !steps.is_empty() {
            examples.push(NextItem { history: steps.iter().rev().copied().collect(), target: item });
        }
        match steps.last_mut() {
            Some(last) if (last.item, last.kind) == (item, event.kind) => last.repeated = true,
            _ => steps.push(Step { item, kind: event.kind, repeated: false }),
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Detail, ItemNumber};

    #[test]
    fn an_example_knows_what_was_done_before_it_and_nothing_after() {
        let event = |item, kind| LogEvent::of_item(0, ItemNumber::new(item), kind);
        let search = LogEvent::without_item(0, EventKind::Search, Detail::None);
        let (view, cart) = (EventKind::ViewItem, EventKind::AddToCart);
        let session = [event(1, view), event(1, view), search, event(1, cart), event(2, view)];
        let examples = examples(&session);
        let histories: Vec<Vec<(u32, bool)>> = examples
            .iter()
            .map(|example| example.history.iter().map(|step| (step.item.get(), step.repeated)).collect())
            .collect();
        assert_eq!(histories, [vec![(1, false)], vec![(1, false), (1, true)]]);
        assert_eq!(examples.iter().map(|example| example.target.get()).collect::<Vec<_>>(), [1, 2]);
    }
}
