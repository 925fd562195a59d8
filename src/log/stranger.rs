//! Which purchases of strangers cannot be believed.
//!
//! A purchase without any step before it in its visit is dropped: people look before they buy, and a script that posts bare
//! purchases must not make a bestseller.

use super::event::LogEvent;
use super::summary::LogSummary;
use super::visit::Visit;
use crate::event::EventKind;

/// Drops what cannot be believed from the sessions of strangers, each in order of time.
pub(super) fn drop_lone_purchases(sessions: &mut [(Visit, Vec<LogEvent>)], summary: &mut LogSummary) {
    for (_, events) in sessions.iter_mut().filter(|(visit, _)| visit.is_strangers) {
        let mut stepped = false;
        events.retain(|event| {
            let is_purchase = event.kind == EventKind::Purchase;
            let is_lone = is_purchase && !stepped;
            summary.lone_purchases += u64::from(is_lone);
            stepped |= event.kind.is_step() && !is_purchase;
            !is_lone
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::ItemNumber;

    fn session(is_strangers: bool, events: &[(u64, EventKind)]) -> (Visit, Vec<LogEvent>) {
        let event = |(day, kind): &(u64, EventKind)| LogEvent::of_item(day * 86_400_000, ItemNumber::new(0), *kind);
        (Visit { is_strangers, ..Visit::default() }, events.iter().map(event).collect())
    }

    #[test]
    fn a_stranger_does_not_buy_without_a_look() {
        use EventKind::{Purchase, ViewItem};
        let honest = [(19_000, ViewItem), (19_001, Purchase)];
        let mut sessions: Vec<_> = (0..20).map(|_| session(true, &honest)).collect();
        sessions.push(session(true, &[(19_000, Purchase), (19_000, ViewItem), (19_001, Purchase)]));
        sessions.push(session(false, &[(0, Purchase)]));
        let mut summary = LogSummary::default();
        drop_lone_purchases(&mut sessions, &mut summary);
        assert!(sessions[..20].iter().all(|(_, events)| events.len() == 2));
        assert_eq!(sessions[20].1.len(), 2);
        assert_eq!(sessions[21].1.len(), 1, "the shop's own log is believed");
        assert_eq!(summary.lone_purchases, 1);
    }
}
