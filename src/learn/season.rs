//! Seasons of the day and the week: evenings are no drift of mornings, and weekends none of weekdays.
//!
//! The newest visits of a large shop are those of the last hours, and those before them came at other hours. So they are
//! compared with trained visits of the same hours of the week, the newest of them, in the same proportions: rather fewer of
//! these than others beside them. Where a log is too short to tell weekdays, or has too few visits of these hours of the week,
//! the hour of the day has to do, and then any hour.

use crate::log::Log;
use std::collections::BTreeMap;
use std::ops::Range;

/// How often the wanted number of visits is halved before hours are told apart less finely.
const HALVED: u32 = 3;
/// Share of the wanted visits, in tenths, that have to be there. Some hours had fewer visits than now.
const THERE: usize = 9;

/// A weekday and an hour.
type Cell = (u8, u8);

/// Visits of `trained` that `window` can be compared with, `most` at most, in order. Both are numbers of visits in the log.
pub(super) fn reference(log: &Log, trained: Range<usize>, window: Range<usize>, most: usize) -> Vec<usize> {
    let time = |visit: usize| log.visits[visit].context.time;
    let hour_of_week = |visit: usize| (time(visit).weekday, time(visit).hour);
    let hour_of_day = |visit: usize| (0, time(visit).hour);
    let grains: [(&dyn Fn(usize) -> Cell, bool); 2] =
        [(&hour_of_week, log.tells_weekdays()), (&hour_of_day, log.tells_hours())];
    for (cell, _) in grains.into_iter().filter(|(_, is_known)| *is_known) {
        for count in (0..=HALVED).map(|halved| most >> halved) {
            let found = alike(cell, trained.clone(), window.clone(), count);
            if found.len() * 10 >= count * THERE {
                return found;
            }
        }
    }
    (trained.end.saturating_sub(most).max(trained.start)..trained.end).collect()
}

/// The newest visits of `trained` that stand in the same cells as those of `window`, `count` at most.
fn alike(cell: &dyn Fn(usize) -> Cell, trained: Range<usize>, window: Range<usize>, count: usize) -> Vec<usize> {
    let mut wanted: BTreeMap<Cell, usize> = BTreeMap::new();
    let visits = window.len().max(1);
    for visit in window {
        *wanted.entry(cell(visit)).or_default() += 1;
    }
    // Cut the whole, so that roundings cannot miss it.
    let (mut so_far, mut given) = (0, 0);
    for here in wanted.values_mut() {
        so_far += *here;
        let cut = so_far * count / visits;
        *here = cut - std::mem::replace(&mut given, cut);
    }
    let mut found = Vec::with_capacity(count);
    for visit in trained.rev() {
        if let Some(left) = wanted.get_mut(&cell(visit)).filter(|left| **left > 0) {
            *left -= 1;
            found.push(visit);
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::LocalTime;

    const HOUR: u64 = 3_600_000;

    /// A visit every six minutes.
    fn log(days: u64) -> Log {
        let visits: Vec<[u32; 1]> = (0..days * 240).map(|_| [0]).collect();
        let mut log = Log::of_items(&visits);
        for at in 0..log.events.len() {
            log.events[at].time_ms = at as u64 * HOUR / 10;
            log.visits[at].context.time = LocalTime::from_ms(log.events[at].time_ms, 0);
        }
        log
    }

    #[test]
    fn the_same_hours_of_the_week_are_compared() {
        let log = log(22);
        // The last three hours.
        let (trained, window) = (0..22 * 240 - 30, 22 * 240 - 30..22 * 240);
        let found = reference(&log, trained.clone(), window.clone(), 60);
        let hours = |visits: &mut dyn Iterator<Item = usize>| -> Vec<LocalTime> {
            let mut hours: Vec<LocalTime> = visits.map(|visit| log.visits[visit].context.time).collect();
            hours.dedup();
            hours.truncate(3);
            hours
        };
        assert_eq!(found.len(), 60);
        assert_eq!(hours(&mut found.iter().copied()), hours(&mut window.clone()), "21, 22 and 23 of the same weekday");
        assert_eq!((found[0], found[30]), (8 * 240 - 30, 15 * 240 - 30), "the two weeks before");
        // Twice as many as those hours have had: all they had, and no others.
        assert_eq!(reference(&log, trained.clone(), window.clone(), 180).len(), 90);
        // Many more: the same hours of other days.
        let many = reference(&log, trained, window, 810);
        assert!(many.len() == 405 && many.iter().all(|visit| log.visits[*visit].context.time.hour >= 21));
    }

    #[test]
    fn a_log_of_a_day_has_no_hours_to_compare() {
        let log = log(1);
        assert_eq!(reference(&log, 0..200, 200..240, 50), (150..200).collect::<Vec<_>>(), "the newest before");
        assert_eq!(reference(&log, 0..20, 200..240, 50), (0..20).collect::<Vec<_>>(), "no more than there are");
        assert!(reference(&log, 0..0, 200..240, 50).is_empty());
    }
}
