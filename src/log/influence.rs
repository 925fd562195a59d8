//! How much a stranger's visit counts: one source moves little.
//!
//! Anybody can post visits, as many as a script can make. What a script cannot fake is that other people want the same.
//! So the visits of strangers are parted into cells by where they came from: traffic source, device and part of the
//! world. A product is looked at by some share of the visits of each cell. Honest interest shows in most cells at a
//! similar share; a flood shows in one or a few. The usual share of a product is the median over the cells, weighted by
//! the square root of their visits, so that a flood cannot outvote the others by its size. In a cell, visits up to
//! [`MULTIPLE`] times the usual share (and always [`FREE`]) count in full. Beyond that limit, `k` visits count as
//! `limit × (1 + ln(k / limit))` together, so a thousand count as a handful. A visit counts as its most crowded
//! product does.
//!
//! Where nearly all visits come the same way there is nothing to compare with; then cells are hours of the log, which
//! catches bursts. The shop's own rows (with a session or a user id) count in full.
//!
//! Invariants: linear in the log but for one sort. Weights are whole [`PARTS`], and what cells have to say is whole, so that the
//! sums are the same in whatever order they are added up, and an engine comes to the same weights
//! (`sql/statements/damped.sql`).

use super::event::{ItemNumber, LogEvent};
use super::visit::Visit;
#[cfg(feature = "train")]
use crate::context::Context;
use std::collections::{BTreeMap, HashMap};

/// Visits of a cell that count in full, however unusual.
const FREE: f64 = 2.0;
/// How many times its usual share of a cell's visits a product may have before more visits count less.
const MULTIPLE: f64 = 4.0;
/// Visits from which on a cell has a say in what is usual.
const MIN_CELL: u32 = 20;
/// Such cells from which on they are compared.
const MIN_CELLS: usize = 4;
const HOUR_MS: u64 = 3_600_000;
/// Parts of a whole visit in which weights are counted.
const PARTS: f64 = 1024.0;

/// Where a visit came from as a text, by which an engine parts visits as the cells here do.
#[cfg(feature = "train")]
pub(crate) fn way_of(context: &Context) -> String {
    format!("{} {} {}", context.source as u8, context.device as u8, context.region as u8)
}

/// The weight of each session, above 0 and at most 1; none at all if every session counts in full. Each session is in
/// order of time.
pub(super) fn weights(sessions: &[(Visit, Vec<LogEvent>)]) -> Vec<f32> {
    if !sessions.iter().any(|(visit, _)| visit.is_strangers) {
        return Vec::new();
    }
    let (cells, visits) = cells(sessions);
    let damped = damped(&looks(sessions, &cells), &visits);
    if damped.is_empty() {
        return Vec::new();
    }
    let weight = |((visit, events), cell): (&(Visit, Vec<LogEvent>), &u32)| {
        let items = events.iter().filter(|_| visit.is_strangers).filter_map(|event| event.item);
        items.filter_map(|item| damped.get(&(item, *cell))).fold(1.0, |least: f32, weight| least.min(*weight))
    };
    sessions.iter().zip(&cells).map(weight).collect()
}

/// The products that strangers' visits looked at, each once a visit, with the cell of the visit; in order.
fn looks(sessions: &[(Visit, Vec<LogEvent>)], cells: &[u32]) -> Vec<(ItemNumber, u32)> {
    let (mut looks, mut of_visit) = (Vec::new(), Vec::new());
    for ((visit, events), cell) in sessions.iter().zip(cells) {
        if visit.is_strangers {
            of_visit.clear();
            of_visit.extend(events.iter().filter_map(|event| event.item).map(|item| (item, *cell)));
            of_visit.sort_unstable();
            of_visit.dedup();
            looks.append(&mut of_visit);
        }
    }
    looks.sort_unstable();
    looks
}

/// Weights below 1, by product and cell.
fn damped(looks: &[(ItemNumber, u32)], visits: &[u32]) -> HashMap<(ItemNumber, u32), f32> {
    let size = |cell: u32| f64::from(visits[cell as usize]);
    let say = |cell: u32| if visits[cell as usize] < MIN_CELL { 0 } else { (size(cell).sqrt() * PARTS) as u64 };
    let heard: u64 = (0..visits.len() as u32).map(say).sum();
    let mut damped = HashMap::new();
    for of_item in looks.chunk_by(|one, other| one.0 == other.0) {
        let in_cells: Vec<(u32, f64)> =
            of_item.chunk_by(|one, other| one == other).map(|same| (same[0].1, same.len() as f64)).collect();
        let mut shares: Vec<(f64, u64)> =
            in_cells.iter().map(|(cell, looks)| (looks / size(*cell), say(*cell))).collect();
        let usual = median(&mut shares, heard);
        for (cell, looks) in in_cells {
            let limit = (MULTIPLE * usual * size(cell)).max(FREE);
            if looks > limit {
                let counted = limit * (1.0 + (looks / limit).ln());
                let parts = (counted / looks * PARTS).round().max(1.0);
                damped.insert((of_item[0].0, cell), (parts / PARTS) as f32);
            }
        }
    }
    damped
}

/// The cell of each session, and the strangers' visits of each cell.
fn cells(sessions: &[(Visit, Vec<LogEvent>)]) -> (Vec<u32>, Vec<u32>) {
    let way = |visit: &Visit, _: &[LogEvent]| {
        let context = visit.context;
        u64::from(context.source as u8) << 16 | u64::from(context.device as u8) << 8 | u64::from(context.region as u8)
    };
    let (cells, visits) = numbered(sessions, way);
    if visits.iter().filter(|visits| **visits >= MIN_CELL).count() >= MIN_CELLS {
        return (cells, visits);
    }
    numbered(sessions, |_, events| events.first().map_or(0, |first| first.time_ms / HOUR_MS))
}

/// Numbers the cells that `cell` gives, and counts the strangers' visits of each.
fn numbered(sessions: &[(Visit, Vec<LogEvent>)], cell: impl Fn(&Visit, &[LogEvent]) -> u64) -> (Vec<u32>, Vec<u32>) {
    let (mut numbers, mut visits) = (BTreeMap::new(), Vec::new());
    let number = |(visit, events): &(Visit, Vec<LogEvent>)| {
        let number = *numbers.entry(cell(visit, events)).or_insert_with(|| {
            visits.push(0);
            visits.len() as u32 - 1
        });
        visits[number as usize] += u32::from(visit.is_strangers);
        number
    };
    (sessions.iter().map(number).collect(), visits)
}

/// The weighted lower median of shares that are 0 but for those given as (share, weight), of this total weight.
fn median(shares: &mut [(f64, u64)], total: u64) -> f64 {
    shares.sort_by(|one, other| one.0.total_cmp(&other.0));
    let stated: u64 = shares.iter().map(|(_, weight)| weight).sum();
    let mut below = total - stated;
    if below * 2 >= total {
        return 0.0;
    }
    for (share, weight) in shares {
        below += *weight;
        if below * 2 >= total {
            return *share;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Context, Device, Source};
    use crate::event::EventKind;

    fn look(item: u32, at: u64) -> LogEvent {
        LogEvent::of_item(at, ItemNumber::new(item), EventKind::ViewItem)
    }

    /// Six ways to come, each with visits that look at one of ten products; every tenth looks at product 0.
    fn sessions() -> Vec<(Visit, Vec<LogEvent>)> {
        let visit = |at: u64| {
            let context = Context {
                source: Source::ALL[at as usize % 6],
                device: if at.is_multiple_of(4) { Device::Phone } else { Device::Desktop },
                ..Context::default()
            };
            let visit = Visit { context, is_strangers: true, ..Visit::default() };
            (visit, vec![look((xxhash_rust::xxh64::xxh64(&at.to_le_bytes(), 1) % 10) as u32, at + 1)])
        };
        (0..1200).map(visit).collect()
    }

    #[test]
    fn what_people_from_everywhere_look_at_counts_in_full() {
        assert!(weights(&sessions()).is_empty());
    }

    #[test]
    fn a_thousand_visits_of_one_source_count_as_a_few_and_the_shops_own_in_full() {
        let mut sessions = sessions();
        let flood = |is_strangers| (Visit { is_strangers, ..Visit::default() }, vec![look(99, 5)]);
        sessions.extend(std::iter::repeat_with(|| flood(true)).take(1000));
        sessions.push(flood(false));
        let weights = weights(&sessions);
        let total: f32 = weights[1200..2200].iter().sum();
        assert!(total > 2.0 && total < 20.0, "{total}");
        assert!(weights[..1200].iter().chain(&weights[2200..]).all(|weight| (weight - 1.0).abs() < f32::EPSILON));
    }

    #[test]
    fn a_log_without_contexts_is_compared_hour_by_hour() {
        let mut sessions = sessions();
        for (at, (visit, events)) in sessions.iter_mut().enumerate() {
            visit.context = Context::default();
            events[0].time_ms = at as u64 * 60_000;
        }
        assert!(weights(&sessions).is_empty());
        let flood = |at| (Visit { is_strangers: true, ..Visit::default() }, vec![look(99, 7 * HOUR_MS + at)]);
        sessions.extend((0..500).map(flood));
        assert!(weights(&sessions)[1300] < 0.05);
    }
}
