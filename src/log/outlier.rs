//! Events at times that cannot be right, and how many days a log really covers.
//!
//! One row of 1970 makes all others look new, and one of next year makes all others look old. Both come from clocks that were
//! never set, from tests, and from files that were joined by mistake. Such events are left out rather than moved to the edge
//! of the log, because a wrong time says nothing about when they happened, not even before or after what.
//!
//! An event is outlying if
//!
//! - it lies further from the middle half of all events than four times the length of that half, and than 90 days; or
//! - a silence of a week lies between it and the others, and it is one of the outermost thousandth.
//!
//! The shop's own log is believed where that would take more than one event in a hundred on a side: then the shop was closed
//! for a while. Strangers are not, because a script posts as many as it likes. Each are compared among themselves.
//!
//! What a log of few days cannot tell, it must not be asked: there the hour is a name of the time that passes, and the
//! weekday of a fortnight. So the days count that hold nearly all events, and not the time from the first to the last.

use super::day::Day;
use super::event::LogEvent;
use super::sessions::Log;
use super::skip::Skip;
use super::summary::LogSummary;
use super::visit::Visit;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

/// How far from the middle half of all events another may be, in lengths of that half.
const LENGTHS: u64 = 4;
/// How far it may be in any case, in days.
const FAR: u64 = 90;
/// Days without an event from which on few events beyond are not believed.
const SILENCE: u64 = 7;
/// One event in this many may lie beyond such a silence.
const BEYOND: u64 = 1000;
/// One event in this many of a shop's own may lie far from the middle half.
const OWN: u64 = 100;
/// Events of its own from which on a shop's times are judged.
const JUDGED: u64 = 20;
/// Days that a log must cover before the hour of the day says something.
const DAYS_OF_HOURS: u64 = 3;
/// Days that a log must cover before the day of the week says something.
const DAYS_OF_WEEKDAYS: u64 = 14;
const DAY_MS: u64 = 24 * HOUR_MS;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// The earliest and the latest row, each with its time, its file and its line.
#[derive(Clone, Debug, Default)]
pub(super) struct Extremes {
    earliest: Option<(u64, Arc<Path>, u64)>,
    latest: Option<(u64, Arc<Path>, u64)>,
}

impl Extremes {
    /// Takes in a row at a line of a file.
    pub(super) fn add(&mut self, time_ms: u64, file: &Arc<Path>, line: u64) {
        if self.earliest.as_ref().is_none_or(|(earliest, ..)| time_ms < *earliest) {
            self.earliest = Some((time_ms, Arc::clone(file), line));
        }
        if self.latest.as_ref().is_none_or(|(latest, ..)| time_ms > *latest) {
            self.latest = Some((time_ms, Arc::clone(file), line));
        }
    }

    /// The place and the day of a row outside the days.
    fn outside(&self, days: &RangeInclusive<u64>) -> Option<String> {
        let rows = [&self.earliest, &self.latest].into_iter().flatten();
        let mut outside = rows.filter(|(time_ms, ..)| !days.contains(&(time_ms / DAY_MS)));
        outside.next().map(|(time_ms, file, line)| {
            format!("{}: line {line}: field time is {}", file.display(), Day::of_ms(*time_ms))
        })
    }
}

/// Drops the outlying events of the shop's own sessions and of strangers' sessions. `extremes` are those of the shop's own
/// rows and of strangers' rows.
pub(super) fn drop_outlying(
    sessions: &mut [(Visit, Vec<LogEvent>)],
    extremes: &[Extremes; 2],
    summary: &mut LogSummary,
) {
    for (is_strangers, extremes) in [false, true].into_iter().zip(extremes) {
        let mut days: BTreeMap<u64, u64> = BTreeMap::new();
        for event in sessions.iter().filter(|(visit, _)| visit.is_strangers == is_strangers).flat_map(|(_, of)| of) {
            *days.entry(event.time_ms / DAY_MS).or_default() += 1;
        }
        let days: Vec<(u64, u64)> = days.into_iter().collect();
        let Some(kept) = believed(&days, is_strangers) else { continue };
        let dropped: u64 = days.iter().filter(|(day, _)| !kept.contains(day)).map(|(_, events)| events).sum();
        if dropped == 0 {
            continue;
        }
        for (_, events) in sessions.iter_mut().filter(|(visit, _)| visit.is_strangers == is_strangers) {
            events.retain(|event| kept.contains(&(event.time_ms / DAY_MS)));
        }
        let inside = || days.iter().map(|(day, _)| *day).filter(|day| kept.contains(day));
        let day = |day: Option<u64>| Day::of_ms(day.unwrap_or_default() * DAY_MS);
        let (first, last) = (day(inside().next()), day(inside().next_back()));
        let place = extremes.outside(&kept).unwrap_or_else(|| "a row".into());
        summary.skipped.add_late(
            Skip::Time,
            dropped,
            &format!("{place}, far outside the time of all others, {first} to {last}, which are kept"),
        );
    }
}

/// The days at which events can have happened, of all days with their events, in order. `None` if they cannot be judged.
pub(crate) fn believed(days: &[(u64, u64)], is_strangers: bool) -> Option<RangeInclusive<u64>> {
    let events: u64 = days.iter().map(|(_, events)| events).sum();
    if events == 0 || !is_strangers && events < JUDGED {
        return None;
    }
    let (early, late) = (nth(days.iter(), events / 4)?, nth(days.iter().rev(), events / 4)?);
    let slack = ((late - early) * LENGTHS).max(FAR);
    let (mut first, mut last) = (early.saturating_sub(slack), late.saturating_add(slack));
    let outside = |is_out: &dyn Fn(u64) -> bool| -> u64 {
        days.iter().filter(|(day, _)| is_out(*day)).map(|(_, events)| events).sum()
    };
    if !is_strangers {
        let most = (events / OWN).max(1);
        if outside(&|day| day < first) > most {
            first = 0;
        }
        if outside(&|day| day > last) > most {
            last = u64::MAX;
        }
    }
    let most = events / BEYOND;
    if let Some(from) = behind_silence(days.iter(), most) {
        first = first.max(from);
    }
    if let Some(to) = behind_silence(days.iter().rev(), most) {
        last = last.min(to);
    }
    Some(first..=last)
}

/// The day of an event, counted from one end.
fn nth<'d>(mut days: impl Iterator<Item = &'d (u64, u64)>, at: u64) -> Option<u64> {
    let mut before = 0;
    let found = days.find(|(_, events)| {
        before += events;
        before > at
    });
    found.map(|(day, _)| *day)
}

/// The first day behind the last silence, counted from one end, before which there are at most so many events.
fn behind_silence<'d>(days: impl Iterator<Item = &'d (u64, u64)>, most: u64) -> Option<u64> {
    let mut before = 0;
    let mut last: Option<u64> = None;
    let mut found = None;
    for (day, events) in days {
        if before > most {
            break;
        }
        if last.is_some_and(|last| last.abs_diff(*day) > SILENCE) {
            found = Some(*day);
        }
        before += events;
        last = Some(*day);
    }
    found
}

impl Log {
    /// Whether the log covers enough days for the hour of a visit to say something: three.
    pub fn tells_hours(&self) -> bool {
        self.days() >= DAYS_OF_HOURS
    }

    /// Whether the log covers enough days for the weekday of a visit to say something: fourteen.
    pub fn tells_weekdays(&self) -> bool {
        self.days() >= DAYS_OF_WEEKDAYS
    }

    /// Whole days over which the middle 98 % of the events are spread, scaled to all. A few stray events make a log no longer.
    fn days(&self) -> u64 {
        let mut hours: BTreeMap<u64, u64> = BTreeMap::new();
        for event in &self.events {
            *hours.entry(event.time_ms / HOUR_MS).or_default() += 1;
        }
        let hours: Vec<(u64, u64)> = hours.into_iter().collect();
        let stray = if self.events.len() > 2 { (self.events.len() as u64 / 100).max(1) } else { 0 };
        let (first, last) = (nth(hours.iter(), stray), nth(hours.iter().rev(), stray));
        last.zip(first).map_or(0, |(last, first)| (last.saturating_sub(first) + 1) * 100 / 98 / 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::log::ItemNumber;

    /// A session a day of these days, each with so many events.
    fn sessions(is_strangers: bool, days: &[(u64, usize)]) -> Vec<(Visit, Vec<LogEvent>)> {
        let event = |time_ms| LogEvent::of_item(time_ms, ItemNumber::new(0), EventKind::ViewItem);
        let session = |(day, events): &(u64, usize)| {
            let events = (0..*events).map(|at| event(day * DAY_MS + at as u64)).collect();
            (Visit { is_strangers, ..Visit::default() }, events)
        };
        days.iter().map(session).collect()
    }

    /// Events of each session that are kept, and what is said.
    fn kept(mut sessions: Vec<(Visit, Vec<LogEvent>)>) -> (Vec<usize>, String) {
        let mut extremes = [Extremes::default(), Extremes::default()];
        for (at, event) in sessions.iter().flat_map(|(visit, of)| of.iter().map(|event| (visit.is_strangers, event))) {
            extremes[usize::from(at)].add(event.time_ms, &Path::new("log.csv").into(), 7);
        }
        let mut summary = LogSummary::default();
        drop_outlying(&mut sessions, &extremes, &mut summary);
        (sessions.iter().map(|(_, of)| of.len()).collect(), summary.skipped.lines().collect())
    }

    #[test]
    fn one_row_of_another_year_is_left_out_and_told() {
        let (left, told) = kept(sessions(false, &[(365, 1), (17_591, 50), (17_592, 50), (40_000, 1)]));
        assert_eq!(left, [0, 50, 50, 0]);
        for words in ["2 rows", "log.csv: line 7: field time is 1971-01-01", "2018-03-01 to 2018-03-02, which are kept"]
        {
            assert!(told.contains(words), "no {words:?} in: {told}");
        }
    }

    #[test]
    fn a_few_rows_behind_a_week_of_silence_are_left_out_and_a_shop_that_was_closed_is_not() {
        let days: Vec<(u64, usize)> = (17_000..17_030).map(|day| (day, 100)).collect();
        let with = |more: &[(u64, usize)]| kept(sessions(false, &[&days, more].concat())).0[30..].to_vec();
        assert_eq!(with(&[(17_060, 3)]), [0]);
        assert_eq!(with(&[(17_060, 4)]), [4], "more than one in a thousand");
        assert_eq!(with(&[(17_036, 1)]), [1], "no week of silence");
        assert_eq!(with(&[(17_300, 31)]), [31], "more than one in a hundred: the shop was closed");
        assert_eq!(with(&[(17_300, 30)]), [0]);
    }

    #[test]
    fn strangers_are_compared_among_themselves() {
        let own = sessions(false, &[(10_000, 30)]);
        let strangers = sessions(true, &[(0, 1), (19_000, 2), (19_001, 2)]);
        assert_eq!(kept([own, strangers].concat()).0, [30, 0, 2, 2]);
        assert_eq!(kept(sessions(false, &[(0, 1), (19_000, 5)])).0, [1, 5], "too few of its own to judge");
    }

    #[test]
    fn stray_events_make_a_log_no_longer() {
        let log = |days: u64, stray: &[u64]| {
            let mut log = Log::default();
            let event = |time_ms| LogEvent::of_item(time_ms, ItemNumber::new(0), EventKind::ViewItem);
            log.events = (0..days * 24).flat_map(|hour| [event(hour * HOUR_MS); 10]).collect();
            log.events.extend(stray.iter().map(|day| event(day * DAY_MS)));
            (log.tells_hours(), log.tells_weekdays())
        };
        assert_eq!(log(2, &[]), (false, false));
        assert_eq!(log(2, &[60, 61]), (false, false));
        assert_eq!(log(3, &[]), (true, false));
        assert_eq!(log(13, &[99; 20]), (true, false));
        assert_eq!(log(14, &[]), (true, true));
        assert!(!Log::default().tells_hours());
    }
}
