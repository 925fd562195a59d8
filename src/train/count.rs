//! Next-item rows: for each item the items most often found near it in sessions.
//!
//! `weight(a, b) = Σ direction * exp(-decay * (distance - 1)) * age / (count(a)^alpha * count(b)^beta)`
//! over the pairs of a session's item events, times `trend(b)`; then one smoothing step towards the rows
//! of the neighbours (items few have seen borrow from those that are seen with them), then the best
//! `neighbours` of each row. The numbers are the [`Kernels`].
//!
//! A visit may come back to an item, but only its first `RETURNS` places in a session count, so that one visit cannot
//! make two items neighbours by going to and fro. A session counts by its [weight](Log::weights).
//!
//! Rows are published, and a pair that only one visit has made tells of that visit. So a pair counts only if its
//! support, the weights of the distinct visits with both items near each other, reaches a minimum. All else is built from
//! the pairs that are left: smoothing may join two items that no visit had both of, but by pairs that have the support.
//!
//! Rows are counted item by item from an index of where each item stands in the log, so that no table of
//! pairs is held: memory is 17 bytes an event, 28 bytes an item and 12 for each thread, and the rows, eight bytes an entry.

use super::group::Group;
use super::kernel::Kernels;
use super::sums::{Sums, Visit};
use super::table::{CountedRow, CountedRows};
use crate::event::EventKind;
use crate::log::{ItemNumber, Log};
use std::ops::Range;

/// Pairs further apart than this say nothing.
pub const REACH: usize = 12;
/// The lightest neighbour that a row keeps; 1 is the heaviest of a usual row. What is lighter hardly ever reaches a list
/// of twenty, since a session adds up several rows. So rows are as long as what they know: measured on the validation
/// tails of two public click logs, a fifth to a third of all entries goes for 0.02 points of R@20.
pub const FLOOR: f32 = 0.14;
/// Places of one item in a session that count.
const RETURNS: u32 = 3;
/// Entries of a row that smoothing looks at: of the row itself, as ways on, and of a neighbour's.
const WIDE: usize = 96;
const WAYS: usize = 32;
const FURTHER: usize = 48;

/// The item events of a part of a log, indexed.
pub struct Counts {
    /// Items, session after session, without immediate repeats.
    items: Vec<u32>,
    /// Whether the event was a cart or a purchase.
    deeds: Vec<bool>,
    /// Session of each event.
    session: Vec<u32>,
    /// Where each session begins in `items`; one more at the end.
    starts: Vec<u32>,
    /// Age of each session, 0 the newest to 1 the oldest.
    ages: Vec<f32>,
    /// Weight of each session.
    weights: Vec<f32>,
    /// Where each item stands in `items`, item after item.
    places: Vec<u32>,
    /// Where each item begins in `places`; one more at the end.
    first: Vec<u32>,
    /// How often each item was looked at, by weight.
    looks: Vec<f64>,
    /// Share of an item's events that fell into the newest tenth, against that of all events: 1 is usual.
    trend: Vec<f64>,
    /// What sister shops know, if there are any.
    group: Option<Group>,
}

impl Counts {
    /// Indexes the sessions of a range of a log.
    pub fn new(log: &Log, sessions: Range<usize>) -> Self {
        let (oldest, newest) = log.span_of(sessions.clone());
        let span = (newest - oldest).max(1) as f64;
        let mut counts = Self {
            items: Vec::new(),
            deeds: Vec::new(),
            session: Vec::new(),
            starts: vec![0],
            ages: Vec::new(),
            weights: sessions.clone().map(|session| log.weight(session)).collect(),
            places: Vec::new(),
            first: vec![0; log.items.len() + 1],
            looks: vec![0.0; log.items.len()],
            trend: vec![1.0; log.items.len()],
            group: None,
        };
        // The session in which each item stood last, and how often in it.
        let mut returns = vec![(u32::MAX, 0_u32); log.items.len()];
        for session in log.sessions().skip(sessions.start).take(sessions.len()) {
            let begin = counts.items.len();
            let number = counts.ages.len() as u32;
            for event in session.iter().filter(|event| event.kind != EventKind::RemoveFromCart) {
                let Some(item) = event.item.map(ItemNumber::get) else { continue };
                let deed = matches!(event.kind, EventKind::AddToCart | EventKind::Purchase);
                if counts.items.len() > begin && counts.items.last() == Some(&item) {
                    let last = counts.deeds.len() - 1;
                    counts.deeds[last] |= deed;
                    continue;
                }
                let (session, times) = &mut returns[item as usize];
                *times = if *session == number { *times + 1 } else { 1 };
                *session = number;
                if *times <= RETURNS {
                    counts.items.push(item);
                    counts.deeds.push(deed);
                    counts.session.push(number);
                }
            }
            counts.starts.push(counts.items.len() as u32);
            counts.ages.push(((newest - session[0].time_ms) as f64 / span) as f32);
        }
        counts.index();
        counts
    }

    fn index(&mut self) {
        for item in &self.items {
            self.first[*item as usize + 1] += 1;
        }
        for at in 1..self.first.len() {
            self.first[at] += self.first[at - 1];
        }
        let mut next = self.first.clone();
        self.places = vec![0; self.items.len()];
        let recent_from = self.ages.len() - self.ages.len() / 10;
        let mut recent = vec![0.0_f64; self.trend.len()];
        for (place, item) in self.items.iter().enumerate() {
            let at = &mut next[*item as usize];
            self.places[*at as usize] = place as u32;
            *at += 1;
            let weight = f64::from(self.weights[self.session[place] as usize]);
            self.looks[*item as usize] += weight;
            recent[*item as usize] += if self.session[place] as usize >= recent_from { weight } else { 0.0 };
        }
        for (item, recent) in recent.into_iter().enumerate() {
            // Two events are added on both sides against chance.
            self.trend[item] = (recent * 10.0 + 2.0) / (self.count(item as u32) + 2.0);
        }
    }

    /// Adds what sister shops know.
    #[must_use]
    pub fn with_group(mut self, group: Option<Group>) -> Self {
        if let Some(group) = &group {
            self.looks.iter_mut().zip(&group.looks).for_each(|(own, more)| *own += more);
        }
        self.group = group;
        self
    }

    /// How often each item was looked at, by weight: all that is needed when everything is counted.
    pub fn into_looks(self) -> Vec<f64> {
        self.looks
    }

    /// How often an item was looked at, by weight.
    pub fn count(&self, item: u32) -> f64 {
        self.looks[item as usize]
    }

    /// Whether any event is a cart or a purchase.
    pub fn has_deeds(&self) -> bool {
        self.deeds.contains(&true)
    }

    /// The weight of each session: its own, less by its age and its length.
    pub fn session_weights(&self, kernels: &Kernels) -> Vec<f32> {
        let weighed = |session: usize| {
            let clicks = f64::from(self.starts[session + 1] - self.starts[session]).max(1.0);
            let weight = (-kernels.age * f64::from(self.ages[session])).exp() * clicks.powf(-kernels.stay);
            weight as f32 * self.weights[session]
        };
        (0..self.ages.len()).map(weighed).collect()
    }

    /// Number of items of the log.
    pub fn items(&self) -> usize {
        self.trend.len()
    }

    /// The places of an item, in order.
    pub fn places_of(&self, item: u32) -> impl Iterator<Item = usize> + '_ {
        let places = self.first[item as usize] as usize..self.first[item as usize + 1] as usize;
        self.places[places].iter().map(|place| *place as usize)
    }

    /// The session of a place, by number.
    pub fn session_at(&self, place: usize) -> usize {
        self.session[place] as usize
    }

    /// All items of the session of a place.
    pub fn visit_at(&self, place: usize) -> &[u32] {
        let session = self.session_at(place);
        &self.items[self.starts[session] as usize..self.starts[session + 1] as usize]
    }

    /// The items of a session behind a place.
    pub fn rest_at(&self, place: usize) -> &[u32] {
        &self.items[place + 1..self.starts[self.session_at(place) + 1] as usize]
    }

    /// The weight of a session's visit in the support of a pair.
    pub fn visit_weight(&self, session: usize) -> f32 {
        self.weights[session]
    }

    /// The rows, each the heaviest first. The heaviest neighbour of a row weighs 1 on the mean. Pairs with less `support`
    /// than this do not count. Neighbours below `floor` are left out; [`FLOOR`] is usual.
    pub fn rows(&self, kernels: &Kernels, neighbours: usize, support: u32, floor: f32) -> CountedRows {
        let ages = self.session_weights(kernels);
        let near: Vec<f32> = (0..REACH).map(|distance| (-kernels.decay * distance as f64).exp() as f32).collect();
        let worth = |item: usize| {
            let count = self.count(item as u32).max(1.0);
            (count.powf(-kernels.beta) * self.trend[item].powf(kernels.trend)) as f32
        };
        let worths: Vec<f32> = (0..self.trend.len()).map(worth).collect();
        let width = if kernels.hop > 0.0 { WIDE.max(neighbours) } else { neighbours };
        // A usual visit of the group.
        let usual = ages.iter().map(|age| f64::from(*age)).sum::<f64>() / ages.len().max(1) as f64;
        let usual = usual as f32 * near[1];
        // A pair that a flood has made may weigh less than one visit. Where one visit is enough, it stays.
        let support = if support > 1 { support as f32 } else { 0.0 };
        let items = self.trend.len();
        let sums = || Sums::new(items);
        let counted = CountedRows::make(items, sums, |sums, own, row| {
            self.near(own, kernels, &ages, &near, sums);
            self.near_in_group(own, kernels, usual, sums);
            sums.forget(own);
            let share = self.count(own).max(1.0).powf(-kernels.alpha) as f32;
            row.extend(sums.take(width, support, |item, weight| weight * share * worths[item as usize]));
        });
        let smooth = |sums: &mut Sums, own: u32, row: &mut CountedRow| {
            row.extend(smoothed(&counted, own, kernels.hop as f32, neighbours, sums));
        };
        let mut rows = if kernels.hop > 0.0 { CountedRows::make(items, sums, smooth) } else { counted };
        if (kernels.power - 1.0).abs() > f64::EPSILON {
            rows.each(|(_, weight)| *weight = weight.powf(kernels.power as f32));
        }
        to_unit(&mut rows);
        // The heaviest come first.
        rows.changed(|_, row| row.truncate(row.partition_point(|(_, weight)| *weight >= floor)))
    }

    /// Adds up what stands near an item.
    fn near(&self, own: u32, kernels: &Kernels, ages: &[f32], near: &[f32], sums: &mut Sums) {
        let (backward, deed) = (kernels.backward as f32, kernels.deed as f32);
        for place in self.places_of(own) {
            let session = self.session[place] as usize;
            let (begin, end) = (self.starts[session] as usize, self.starts[session + 1] as usize);
            let weight = |at: usize| if self.deeds[at] { deed } else { 1.0 };
            let visit = Visit { number: session as u32 + 1, weight: self.weights[session] };
            for (at, near) in (place + 1..end).zip(near) {
                sums.add(self.items[at], near * ages[session] * weight(at), visit);
            }
            for (at, near) in (begin..place).rev().zip(near) {
                sums.add(self.items[at], near * ages[session] * weight(at) * backward, visit);
            }
        }
    }

    /// Adds up what stands near an item in sister shops. Their sums have a minimum support of their own.
    fn near_in_group(&self, own: u32, kernels: &Kernels, usual: f32, sums: &mut Sums) {
        let visits = Visit { number: u32::MAX, weight: f32::INFINITY };
        for (item, behind, before) in self.group.iter().flat_map(|group| group.near(own)) {
            sums.add(*item, usual * (behind + before * kernels.backward as f32), visits);
        }
    }
}

/// A row with a share of its neighbours' rows added.
fn smoothed<'s>(rows: &CountedRows, own: u32, hop: f32, neighbours: usize, sums: &'s mut Sums) -> &'s [(u32, f32)] {
    let row = rows.row(own as usize);
    let total: f32 = row.iter().map(|(_, weight)| weight).sum();
    let none = Visit::default();
    for (item, weight) in row {
        sums.add(*item, *weight, none);
    }
    for (via, weight) in row.iter().take(WAYS) {
        let share = hop * weight / total;
        for (item, further) in rows.row(*via as usize).iter().take(FURTHER) {
            sums.add(*item, share * further, none);
        }
    }
    sums.forget(own);
    sums.take(neighbours, 0.0, |_, weight| weight)
}

/// Divides all weights by the mean of the rows' heaviest.
fn to_unit(rows: &mut CountedRows) {
    let heaviest = || rows.iter().filter_map(|row| row.first().map(|(_, weight)| f64::from(*weight)));
    let mean = (heaviest().sum::<f64>() / heaviest().count().max(1) as f64) as f32;
    if mean > 0.0 {
        rows.each(|(_, weight)| *weight /= mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Kernels {
        Kernels {
            backward: 0.0,
            age: 0.0,
            alpha: 1.0,
            beta: 0.0,
            trend: 0.0,
            hop: 0.0,
            power: 1.0,
            stay: 0.0,
            ..Kernels::default()
        }
    }

    fn rows(sessions: &[&[u32]], kernels: &Kernels) -> Vec<CountedRow> {
        let log = Log::of_items(sessions);
        Counts::new(&log, 0..sessions.len()).rows(kernels, 4, 1, 0.0).iter().map(<[_]>::to_vec).collect()
    }

    #[test]
    fn without_any_frills_a_row_is_the_share_of_what_came_next() {
        let rows = rows(&[&[0, 1], &[0, 1], &[0, 1], &[0, 2]], &Kernels { decay: 9.0, ..plain() });
        assert_eq!(rows[0].iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1, 2]);
        assert!((rows[0][0].1 / rows[0][1].1 - 3.0).abs() < 1e-5);
        assert!(rows[1].is_empty());
    }

    #[test]
    fn immediate_repeats_do_not_stretch_distances_and_no_item_is_its_own_neighbour() {
        assert_eq!(rows(&[&[0, 0, 0, 1, 0]], &plain()), rows(&[&[0, 1, 0]], &plain()));
        assert!(
            rows(&[&[0, 1, 0]], &plain())
                .iter()
                .enumerate()
                .all(|(own, row)| row.iter().all(|(to, _)| *to as usize != own))
        );
    }

    #[test]
    fn smoothing_reaches_what_was_never_seen_together() {
        let sessions: [&[u32]; 2] = [&[0, 1], &[1, 2]];
        assert!(rows(&sessions, &plain())[0].iter().all(|(to, _)| *to != 2));
        assert!(rows(&sessions, &Kernels { hop: 0.5, ..plain() })[0].iter().any(|(to, _)| *to == 2));
    }

    #[test]
    fn one_visit_to_and_fro_weighs_no_more_than_a_few_returns() {
        let to_and_fro: Vec<u32> = (0..100).map(|at| at % 2).collect();
        let few = rows(&[&to_and_fro[..8], &[0, 2]], &plain());
        assert_eq!(rows(&[&to_and_fro, &[0, 2]], &plain()), few);
    }

    #[test]
    fn a_light_visit_counts_by_its_weight() {
        let mut log = Log::of_items(&[&[0, 1], &[0, 2]]);
        log.weights = vec![0.25, 1.0];
        let rows = Counts::new(&log, 0..2).rows(&plain(), 4, 1, 0.0);
        let row = rows.row(0);
        assert_eq!(row.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [2, 1]);
        assert!((row[0].1 / row[1].1 - 4.0).abs() < 1e-5);
    }

    #[test]
    fn a_pair_counts_if_enough_distinct_visits_have_made_it() {
        let mut log = Log::of_items(&[&[0, 1, 0, 1, 0][..], &[2, 0], &[0, 2], &[0, 3], &[0, 3]]);
        let neighbours = |log: &Log, support| {
            let rows = Counts::new(log, 0..5).rows(&Kernels { backward: 0.5, ..plain() }, 4, support, 0.0);
            let mut row: Vec<u32> = rows.row(0).iter().map(|(item, _)| *item).collect();
            row.sort_unstable();
            row
        };
        assert_eq!(neighbours(&log, 1), [1, 2, 3]);
        assert_eq!(neighbours(&log, 2), [2, 3], "to and fro is one visit, and either order is a pair");
        assert!(neighbours(&log, 3).is_empty());
        log.weights = vec![1.0, 1.0, 1.0, 1.0, 0.5];
        assert_eq!(neighbours(&log, 2), [2], "a visit counts by its weight");
    }

    #[test]
    fn a_long_visit_counts_less_by_its_length_and_light_neighbours_are_left_out() {
        let sessions: [&[u32]; 2] = [&[0, 1], &[0, 2, 3, 4, 5, 6, 7, 8]];
        let log = Log::of_items(&sessions);
        let row = |stay, floor| Counts::new(&log, 0..2).rows(&Kernels { stay, ..plain() }, 9, 1, floor).row(0).to_vec();
        let weight = |row: &CountedRow, item| row.iter().find(|(to, _)| *to == item).map_or(0.0, |(_, weight)| *weight);
        assert!((weight(&row(0.0, 0.0), 1) / weight(&row(0.0, 0.0), 2) - 1.0).abs() < 1e-5);
        assert!((weight(&row(0.5, 0.0), 1) / weight(&row(0.5, 0.0), 2) - 2.0).abs() < 1e-5, "2 clicks against 8");
        let lightest = weight(&row(0.0, 0.0), 4);
        assert!(row(0.0, lightest * 1.01).iter().all(|(_, weight)| *weight > lightest));
        assert!(!row(0.0, lightest * 1.01).is_empty());
    }

    #[test]
    fn a_reader_of_a_part_of_the_log_does_not_see_the_rest() {
        let log = Log::of_items(&[&[0, 1], &[0, 2]]);
        let rows = Counts::new(&log, 0..1).rows(&plain(), 4, 1, 0.0);
        assert_eq!(rows.row(0).len(), 1);
    }
}
