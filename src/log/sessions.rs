//! The finished log: sessions in flat arrays, and a catalogue.
//!
//! Sessions are slices of one array of events, sixteen bytes an event, so that a log of millions of sessions
//! needs three allocations and is read in the order in which it lies in memory.

use super::catalogue::{Item, UNCATEGORISED};
use super::event::{ItemNumber, LogEvent};
use super::exposure::LogExposure;
use super::visit::Visit;
use crate::context::LocalTime;
use crate::event::EventKind;
use std::ops::Range;

/// Sessions and catalogue.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Events, session after session, sessions in order of their beginning.
    pub events: Vec<LogEvent>,
    /// End of each session in `events`.
    pub ends: Vec<usize>,
    /// Weight of each session, above 0 and at most 1: how much it counts in lists, rows and the prior. Empty if every
    /// session counts in full.
    pub weights: Vec<f32>,
    /// Where each session came from.
    pub visits: Vec<Visit>,
    /// The slots that visits saw, in order of the rows; those of machines are left out.
    pub exposures: Vec<LogExposure>,
    /// Products, by number.
    pub items: Vec<Item>,
    /// Category paths, in alphabetical order.
    pub categories: Vec<String>,
    /// ISO 4217 code; empty if the log names none.
    pub currency: String,
    /// Time of the oldest and of the newest event.
    pub span_ms: (u64, u64),
    /// Whether the times are invented, as those of a session file are: they give the order and nothing else.
    pub untimed: bool,
}

impl Log {
    /// The sessions, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = &[LogEvent]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.events[start..*end])
    }

    /// Where the events of a range of sessions are.
    pub fn places(&self, sessions: Range<usize>) -> Range<usize> {
        let end = |sessions: usize| sessions.checked_sub(1).map_or(0, |last| self.ends[last]);
        end(sessions.start)..end(sessions.end)
    }

    /// The weight of a session, by its number.
    pub fn weight(&self, session: usize) -> f32 {
        self.weights.get(session).copied().unwrap_or(1.0)
    }

    /// Whether a session looks like a part of a flood: it counts for less than half. Nothing is fitted to it.
    pub fn is_flood(&self, session: usize) -> bool {
        self.weight(session) < 0.5
    }

    /// Time of the oldest and of the newest event of a range of sessions.
    pub fn span_of(&self, sessions: Range<usize>) -> (u64, u64) {
        let times = || self.sessions().skip(sessions.start).take(sessions.len()).flatten().map(|event| event.time_ms);
        (times().min().unwrap_or_default(), times().max().unwrap_or_default())
    }

    /// Gives each visit whose log does not state its local time that of clocks so many minutes ahead of UTC.
    pub(super) fn fill_local_times(&mut self, offset_minutes: i32) {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        for (visit, start) in self.visits.iter_mut().zip(starts) {
            if visit.context.time == LocalTime::UNKNOWN {
                visit.context.time = LocalTime::from_ms(self.events[start].time_ms, offset_minutes);
            }
        }
    }

    /// A log of looks at items, by number, an hour from session to session and a minute from look to look.
    pub fn of_sessions(sessions: &[Vec<u32>], ids: Vec<String>) -> Self {
        let mut log = Self::default();
        for (number, session) in sessions.iter().enumerate() {
            let time_ms = |at: usize| (number * 60 + at + 1) as u64 * 60_000;
            let look =
                |(at, item): (usize, &u32)| LogEvent::of_item(time_ms(at), ItemNumber::new(*item), EventKind::ViewItem);
            log.events.extend(session.iter().enumerate().map(look));
            log.ends.push(log.events.len());
        }
        log.untimed = true;
        log.visits = vec![Visit::default(); log.ends.len()];
        log.items = ids.into_iter().map(|id| Item { id, ..Item::default() }).collect();
        log.categories = vec![UNCATEGORISED.into()];
        log.span_ms = log.span_of(0..sessions.len());
        log
    }

    /// As [`Log::of_sessions`], with ids that are the numbers.
    #[cfg(test)]
    pub fn of_items<S: AsRef<[u32]>>(sessions: &[S]) -> Self {
        let sessions: Vec<Vec<u32>> = sessions.iter().map(|session| session.as_ref().to_vec()).collect();
        let items = sessions.iter().flatten().max().map_or(0, |max| max + 1);
        Self::of_sessions(&sessions, (0..items).map(|item| item.to_string()).collect())
    }

    /// Whole sessions with at most so many events, drawn by digests of when they began and how long they are; with all products.
    /// `None` if that would be all of them. The same are drawn by `sql/statements/sample.sql`.
    #[cfg(feature = "train")]
    pub fn sample(&self, events: u64) -> Option<Self> {
        use sha2::{Digest, Sha256};
        let bucket = |session: &[LogEvent]| {
            let digest = Sha256::digest(format!("{}:{}", session[0].time_ms, session.len()));
            // The first three of its hexadecimal digits.
            usize::from(digest[0]) << 4 | usize::from(digest[1]) >> 4
        };
        let mut sizes = vec![0; 1 << 12];
        self.sessions().for_each(|session| sizes[bucket(session)] += session.len() as u64);
        let upto = |sum: &mut u64, size: &u64| {
            *sum += size;
            Some(*sum)
        };
        let drawn = sizes.iter().scan(0, upto).take_while(|sum| *sum <= events).count();
        if drawn == sizes.len() {
            return None;
        }
        let mut sample = Self {
            exposures: self.exposures.clone(),
            items: self.items.clone(),
            categories: self.categories.clone(),
            currency: self.currency.clone(),
            untimed: self.untimed,
            ..Self::default()
        };
        for (number, session) in self.sessions().enumerate().filter(|(_, session)| bucket(session) < drawn) {
            sample.events.extend_from_slice(session);
            sample.ends.push(sample.events.len());
            sample.visits.push(self.visits[number]);
            sample.weights.extend(self.weights.get(number));
        }
        sample.span_ms = sample.span_of(0..sample.ends.len());
        Some(sample)
    }

    /// The sessions that began before a share of all (0 to 1) and those that began later, as two logs. The
    /// first knows only products seen in it.
    pub fn split(&self, share: f64) -> (Self, Self) {
        let cut = (self.ends.len() as f64 * share) as usize;
        let part = |sessions: Range<usize>| {
            let places = self.places(sessions.clone());
            let start = places.start;
            let mut log = Self {
                events: self.events[places].to_vec(),
                weights: self.weights.get(sessions.clone()).unwrap_or_default().to_vec(),
                ends: self.ends[sessions.clone()].iter().map(|end| end - start).collect(),
                visits: self.visits[sessions.clone()].to_vec(),
                span_ms: self.span_of(sessions),
                ..self.clone()
            };
            log.keep_used_items();
            log
        };
        (part(0..cut), part(cut..self.ends.len()))
    }

    /// Drops products only dropped sessions named, unless the catalogue lists them, and numbers the others
    /// anew.
    pub(super) fn keep_used_items(&mut self) {
        let mut used = vec![false; self.items.len()];
        for item in self.events.iter().filter_map(|event| event.item) {
            used[item.index()] = true;
        }
        let mut numbers = Vec::with_capacity(used.len());
        let mut kept = Vec::new();
        for (item, used) in self.items.drain(..).zip(used) {
            numbers.push(ItemNumber::new(kept.len() as u32));
            if used || item.is_listed_only() {
                kept.push(item);
            }
        }
        self.items = kept;
        for item in self.events.iter_mut().filter_map(|event| event.item.as_mut()) {
            *item = numbers[item.index()];
        }
    }
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_whole_sessions_all_items_and_not_more_events_than_asked_for() {
        let sessions: Vec<Vec<u32>> = (0..3000).map(|at| vec![at % 50; 1 + at as usize % 7]).collect();
        let log = Log::of_items(&sessions);
        let sample = log.sample(4000).unwrap();
        assert!((3900..=4000).contains(&sample.events.len()), "{}", sample.events.len());
        assert_eq!((sample.items.len(), sample.visits.len()), (log.items.len(), sample.ends.len()));
        let whole: Vec<&[LogEvent]> = log.sessions().collect();
        let is_one = |session: &[LogEvent]| {
            whole.iter().any(|other| other[0].time_ms == session[0].time_ms && other.len() == session.len())
        };
        assert!(sample.sessions().all(is_one));
        assert!(sample.sessions().zip(sample.sessions().skip(1)).all(|(one, next)| one[0].time_ms < next[0].time_ms));
        assert!(log.sample(log.events.len() as u64).is_none());
    }
}
