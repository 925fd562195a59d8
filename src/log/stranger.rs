//! Which events of strangers cannot be believed.
//!
//! The edge and the origin bring every time to their own clocks, but an older program may have written the log. One
//! event of 1970 would make all others look new, so events far outside the time in which the others happened are
//! dropped. A purchase without any step before it in its visit is dropped, too: people look before they buy, and a
//! script that posts bare purchases must not make a bestseller.

use super::event::LogEvent;
use super::skip::Skip;
use super::summary::LogSummary;
use super::visit::Visit;
use crate::event::EventKind;
use std::ops::RangeInclusive;

/// How far from the middle half of all events another may be, in lengths of that half.
const LENGTHS: u64 = 4;
/// How far it may be in any case, in milliseconds: 90 days.
const DAYS_MS: u64 = 90 * 24 * 60 * 60 * 1000;

/// Drops what cannot be believed from the sessions of strangers, each in order of time.
pub(super) fn drop_unbelievable(sessions: &mut [(Visit, Vec<LogEvent>)], summary: &mut LogSummary) {
    let Some(believed) = believed(sessions) else { return };
    let (mut untimely, mut lone) = (0, 0);
    for (_, events) in sessions.iter_mut().filter(|(visit, _)| visit.is_strangers) {
        let mut stepped = false;
        events.retain(|event| {
            if !believed.contains(&event.time_ms) {
                untimely += 1;
                return false;
            }
            let is_purchase = event.kind == EventKind::Purchase;
            if is_purchase && !stepped {
                lone += 1;
                return false;
            }
            stepped |= event.kind.is_step() && !is_purchase;
            true
        });
    }
    summary.skipped.add_late(Skip::Time, untimely, "a stranger's event far outside the time of all others");
    summary.lone_purchases = lone;
}

/// The times at which strangers' events can have happened; `None` without such events.
fn believed(sessions: &[(Visit, Vec<LogEvent>)]) -> Option<RangeInclusive<u64>> {
    let strangers = sessions.iter().filter(|(visit, _)| visit.is_strangers);
    let mut times: Vec<u64> = strangers.flat_map(|(_, events)| events).map(|event| event.time_ms).collect();
    let quarter = times.len() / 4;
    let last = times.len().checked_sub(1)?;
    let early = *times.select_nth_unstable(quarter).1;
    let late = *times.select_nth_unstable(last - quarter).1;
    let slack = ((late - early) * LENGTHS).max(DAYS_MS);
    Some(early.saturating_sub(slack)..=late.saturating_add(slack))
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
    fn a_stranger_neither_ages_the_log_nor_buys_without_a_look() {
        use EventKind::{Purchase, ViewItem};
        let honest = [(19_000, ViewItem), (19_001, Purchase)];
        let mut sessions: Vec<_> = (0..20).map(|_| session(true, &honest)).collect();
        sessions.push(session(true, &[(0, ViewItem), (19_000, Purchase), (19_000, ViewItem), (19_001, Purchase)]));
        sessions.push(session(false, &[(0, Purchase)]));
        let mut summary = LogSummary::default();
        drop_unbelievable(&mut sessions, &mut summary);
        assert!(sessions[..20].iter().all(|(_, events)| events.len() == 2));
        assert_eq!(sessions[20].1.len(), 2);
        assert_eq!(sessions[21].1.len(), 1, "the shop's own log is believed");
        assert_eq!((summary.skipped.count(Skip::Time), summary.lone_purchases), (1, 1));
    }
}
