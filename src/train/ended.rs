//! The sessions whose end a log knows: what intent and conversion are learned from.
//!
//! A session that was active shortly before the end of the log may go on behind it, so nobody knows how it ends. It is left
//! out whole, and so is one that looks like a flood, and an order of a shop system's export, which is no visit.
//!
//! A session is over when it has bought: what follows is the visit of a customer, and would tell the answer.
//!
//! Hosts begin a new session after [`GAP_SECS`] of silence. A log's session that goes on behind such a pause is several here,
//! each with an end of its own: nothing is learned of a memory that no host has.

use crate::event::EventKind;
use crate::log::{ItemNumber, Log, LogEvent, Visit};
use crate::session::GAP_SECS;
use std::collections::HashSet;
use xxhash_rust::xxh64::xxh64;

/// Products of one session that count: a person looks at fewer, a robot at all.
const PRODUCTS: usize = 60;

/// A session, up to its first purchase: where it is in its log. A log has as many of them as sessions, or more, so it is small.
#[derive(Clone, Copy)]
pub struct Ended {
    /// Number of the log's session that it is, or is a part of.
    pub number: u32,
    /// Whether it ended in a purchase.
    pub bought: bool,
    /// Where its events begin, and how many there are.
    events: (u32, u32),
}

impl Ended {
    /// What was done before the first purchase, or in all.
    pub fn events<'a>(&self, log: &'a Log) -> &'a [LogEvent] {
        &log.events[self.events.0 as usize..][..self.count()]
    }

    /// How many events that are.
    pub fn count(&self) -> usize {
        self.events.1 as usize
    }

    /// Where it came from.
    pub fn visit<'a>(&self, log: &'a Log) -> &'a Visit {
        &log.visits[self.number as usize]
    }

    /// As [`Log::weight`].
    pub fn weight(&self, log: &Log) -> f32 {
        log.weight(self.number as usize)
    }

    /// The different products of the session, by place in the log, as far as they count.
    pub fn products(&self, log: &Log) -> impl Iterator<Item = usize> {
        let mut seen = HashSet::new();
        let items = self.events(log).iter().filter_map(|event| event.item).map(ItemNumber::index);
        items.filter(move |item| seen.insert(*item)).take(PRODUCTS)
    }

    /// A number drawn for the session, from 0 to 1: the same in every run. Draws for other purposes have other seeds.
    pub fn draw(&self, seed: u64) -> f64 {
        // 53 bits are what a double holds exactly.
        (xxh64(&self.number.to_le_bytes(), seed) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The sessions of a log whose end is known, oldest first.
pub fn ended(log: &Log) -> Vec<Ended> {
    let silence = silence(log);
    let newest = log.span_ms.1;
    let whole = |events: &[LogEvent]| events.last().is_some_and(|last| last.time_ms + silence <= newest);
    let goes_on = |one: &LogEvent, next: &LogEvent| next.time_ms - one.time_ms <= u64::from(GAP_SECS) * 1000;
    let mut all = Vec::new();
    let mut place = 0;
    for (number, events) in log.sessions().enumerate() {
        let counts = !log.is_flood(number) && !log.visits[number].is_order;
        for part in events.chunk_by(goes_on) {
            if counts && whole(part) {
                let purchase = part.iter().position(|event| event.kind == EventKind::Purchase);
                let events = (place, purchase.unwrap_or(part.len()) as u32);
                all.push(Ended { number: number as u32, bought: purchase.is_some(), events });
            }
            place += part.len() as u32;
        }
    }
    all
}

/// How long a visit is silent, in milliseconds, before it is taken to be over: longer than in 95 of 100 pauses
/// inside sessions, at most as long as a session may be.
fn silence(log: &Log) -> u64 {
    let mut pauses: Vec<u64> = log
        .sessions()
        .flat_map(|events| events.windows(2).map(|two| two[1].time_ms - two[0].time_ms))
        .filter(|pause| *pause > 0)
        .collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() * 95 / 100).copied().unwrap_or_default().min(u64::from(GAP_SECS) * 1000)
}
