//! Next-item rows: for each item the items most often found near it in sessions.
//!
//! `weight(a, b) = Σ direction * exp(-decay * (distance - 1)) * age / (count(a)^alpha * count(b)^beta)`
//! over the pairs of a session's item events (see [`index`](super::index)), times `trend(b)`; then one smoothing step towards
//! the rows of the neighbours (items few have seen borrow from those that are seen with them), then the best
//! `neighbours` of each row. The numbers are the [`Kernels`]. A session counts by its [weight](Log::weights).
//!
//! Rows are published, and a pair that only one visit has made tells of that visit. So a pair counts only if its
//! support, the weights of the distinct visits with both items near each other, reaches a minimum. All else is built from
//! the pairs that are left: smoothing may join two items that no visit had both of, but by pairs that have the support.
//!
//! Sums are whole numbers (see [`weights`](super::weights)): whoever adds them up, in whatever order, comes to the same rows.

use super::counted::{Counted, Lengths, PairTable};
use super::group::Group;
use super::index::Index;
use super::kernel::Kernels;
use super::sums::{MOST, Sums, Visit};
use super::table::{CountedRow, CountedRows};
use super::weights::{AGES, ONE, Weights};
use crate::log::Log;
use std::ops::Range;

/// The lightest neighbour that a row keeps; 1 is the heaviest of a usual row. What is lighter hardly ever reaches a list
/// of twenty, since a session adds up several rows. So rows are as long as what they know: measured on the validation
/// tails of two public click logs, a fifth to a third of all entries goes for 0.02 points of R@20.
pub const FLOOR: f32 = 0.14;
/// The newest sessions, of which a trend tells: at least one of so many.
const NEWEST: u64 = 10;
/// Entries of a row that smoothing looks at: of the row itself, as ways on, and of a neighbour's.
const WIDE: usize = 96;
const WAYS: usize = 32;
const FURTHER: usize = 48;

/// Where pairs are.
enum Pairs {
    /// In a log, to be added up.
    Log(Index),
    /// Added up by another engine.
    Table(PairTable),
}

/// What a part of a log says of pairs and items.
pub struct Counts {
    pairs: Pairs,
    /// How often each item was looked at, by weight.
    looks: Vec<f64>,
    /// Share of an item's events that fell into the newest sessions, against that of all events: 1 is usual.
    trend: Vec<f64>,
    /// Age and clicks of sessions, with how many there are.
    sessions: Lengths,
    /// What sister shops know, if there are any.
    group: Option<Group>,
    /// What older days have counted, if they are not in the log.
    older: Option<PairTable>,
}

/// The age up to which the newest tenth of all sessions are, in whole ages, and one over the share of those.
fn newest(sessions: &[(u16, u16, u64)]) -> (u16, f64) {
    let mut by_age = vec![0; AGES + 1];
    for (age, _, sessions) in sessions {
        by_age[usize::from(*age)] += sessions;
    }
    let all: u64 = by_age.iter().sum();
    let (mut age, mut newest) = (0, by_age[0]);
    while newest * NEWEST < all {
        age += 1;
        newest += by_age[age];
    }
    (age as u16, all as f64 / newest.max(1) as f64)
}

impl Counts {
    /// Counts the sessions of a range of a log.
    pub fn new(log: &Log, sessions: Range<usize>) -> Self {
        Self::after(Index::new(log, sessions), None)
    }

    /// Counts sessions that come after days that another engine, or an earlier program, has counted.
    pub fn after(index: Index, older: Option<Counted>) -> Self {
        let mut sessions: Vec<(u16, u16, u64)> =
            index.sessions().map(|(age, clicks)| (age, clicks as u16, 1)).collect();
        sessions.extend(older.iter().flat_map(|older| &older.lengths));
        sessions.sort_unstable();
        sessions.dedup_by(|next, held| {
            let same = (next.0, next.1) == (held.0, held.1);
            held.2 += if same { next.2 } else { 0 };
            same
        });
        sessions.shrink_to_fit();
        let (mut looks, mut recent) = index.looks(newest(&sessions).0);
        for (at, (all, newest)) in older.iter().flat_map(|older| &older.looks).enumerate() {
            looks[at] += all;
            recent[at] += newest;
        }
        Self { older: older.map(|older| older.pairs), ..Self::of(Pairs::Log(index), looks, &recent, sessions) }
    }

    /// What another engine has counted.
    pub fn elsewhere(counted: Counted) -> Self {
        let (looks, recent): (Vec<f64>, Vec<f64>) = counted.looks.into_iter().unzip();
        let mut lengths = counted.lengths;
        lengths.sort_unstable();
        Self::of(Pairs::Table(counted.pairs), looks, &recent, lengths)
    }

    fn of(pairs: Pairs, looks: Vec<f64>, recent: &[f64], sessions: Lengths) -> Self {
        let (_, times) = newest(&sessions);
        // Two events are added on both sides against chance.
        let trend = recent.iter().zip(&looks).map(|(recent, looks)| (recent * times + 2.0) / (looks + 2.0)).collect();
        Self { pairs, looks, trend, sessions, group: None, older: None }
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

    /// How often an item was looked at, by weight.
    pub fn count(&self, item: u32) -> f64 {
        self.looks[item as usize]
    }

    /// Where the log's items stand; `None` if another engine knows.
    pub fn index(&self) -> Option<&Index> {
        match &self.pairs {
            Pairs::Log(index) => Some(index),
            Pairs::Table(_) => None,
        }
    }

    /// The rows, each the heaviest first. The heaviest neighbour of a row weighs 1 on the mean. Pairs with less `support`
    /// than this do not count. Neighbours below `floor` are left out; [`FLOOR`] is usual.
    pub fn rows(&self, kernels: &Kernels, neighbours: usize, support: u32, floor: f32) -> CountedRows {
        finished(self.counted(kernels, neighbours, support), kernels, neighbours, floor)
    }

    /// As [`Counts::rows`], with how often each item was looked at, by weight. What pairs are counted from is let go before rows
    /// are smoothed: both at a time would be the most memory of a training.
    pub fn into_rows(self, kernels: &Kernels, neighbours: usize, support: u32, floor: f32) -> (CountedRows, Vec<f64>) {
        let counted = self.counted(kernels, neighbours, support);
        let looks = self.looks;
        drop((self.pairs, self.older, self.group));
        (finished(counted, kernels, neighbours, floor), looks)
    }

    /// The rows before they are smoothed.
    fn counted(&self, kernels: &Kernels, neighbours: usize, support: u32) -> CountedRows {
        let weights = &Weights::of(kernels);
        let sessions = self.index().map(|index| index.session_weights(weights)).unwrap_or_default();
        let worth = |item: usize| {
            let count = self.count(item as u32).max(1.0);
            (count.powf(-kernels.beta) * self.trend[item].powf(kernels.trend)) as f32
        };
        let worths: Vec<f32> = (0..self.trend.len()).map(worth).collect();
        let width = if kernels.hop > 0.0 { WIDE.max(neighbours) } else { neighbours };
        // A usual visit of the group.
        let visits = self.sessions.iter().map(|(.., sessions)| sessions).sum::<u64>().max(1) as f64;
        let weighed =
            |(age, clicks, sessions): &(u16, u16, u64)| (weights.session(*age, usize::from(*clicks)) * sessions) as f64;
        let usual = self.sessions.iter().map(weighed).sum::<f64>() / visits;
        // A pair that a flood has made may weigh less than one visit. Where one visit is enough, it stays.
        let support = if support > 1 { support as f32 } else { 0.0 };
        let items = self.trend.len();
        CountedRows::make(
            items,
            || Sums::new(items),
            |sums, own, row| {
                match &self.pairs {
                    Pairs::Log(index) => index.near(own, weights, &sessions, sums),
                    Pairs::Table(table) => table.near(own, sums),
                }
                if let Some(table) = &self.older {
                    table.near(own, sums);
                }
                self.near_in_group(own, weights, usual, sums);
                sums.forget(own);
                let share = (self.count(own).max(1.0).powf(-kernels.alpha) / ONE) as f32;
                row.extend(
                    sums.take(width, MOST, support, |item, weight| weight as f32 * share * worths[item as usize]),
                );
            },
        )
    }

    /// Adds up what stands near an item in sister shops. Their sums have a minimum support of their own. `usual` is the weight
    /// of a usual session.
    fn near_in_group(&self, own: u32, weights: &Weights, usual: f64, sums: &mut Sums<u64>) {
        let visits = Visit { number: u32::MAX, weight: f32::INFINITY };
        // Two places apart.
        let [behind, before] = weights.near[1].map(|way| way[0] as f64 * usual);
        for (item, later, earlier) in self.group.iter().flat_map(|group| group.near(own)) {
            let weight = f64::from(*later) * behind + f64::from(*earlier) * before;
            sums.add(*item, weight as u64, visits);
        }
    }
}

/// Counted rows smoothed, in their unit, and without neighbours below the floor.
fn finished(counted: CountedRows, kernels: &Kernels, neighbours: usize, floor: f32) -> CountedRows {
    let items = counted.len();
    let smooth = |sums: &mut Sums<f32>, own: u32, row: &mut CountedRow| {
        row.extend(smoothed(&counted, own, kernels.hop as f32, neighbours, sums));
    };
    let mut rows = if kernels.hop > 0.0 { CountedRows::make(items, || Sums::new(items), smooth) } else { counted };
    if (kernels.power - 1.0).abs() > f64::EPSILON {
        rows.each(|(_, weight)| *weight = weight.powf(kernels.power as f32));
    }
    to_unit(&mut rows);
    // The heaviest come first.
    rows.changed(|_, row| row.truncate(row.partition_point(|(_, weight)| *weight >= floor)))
}

/// A row with a share of its neighbours' rows added.
fn smoothed<'s>(
    rows: &CountedRows,
    own: u32,
    hop: f32,
    neighbours: usize,
    sums: &'s mut Sums<f32>,
) -> &'s [(u32, f32)] {
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
    sums.take(neighbours, usize::MAX, 0.0, |_, weight| weight)
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
    fn the_same_sums_make_the_same_rows_whoever_added_them_up() {
        let sessions: Vec<Vec<u32>> =
            (0..300).map(|n: u32| (0..4).map(|at| (n * 7 + at * at * 3) % 40).collect()).collect();
        let log = Log::of_items(&sessions);
        let kernels = Kernels::default();
        let own = Counts::new(&log, 0..300);
        let (index, weights) = (own.index().unwrap(), Weights::of(&kernels));
        let of_sessions = index.session_weights(&weights);
        let mut pairs = Vec::new();
        for item in 0..40 {
            for other in 0..40 {
                // Of one neighbour at a time, so that its sum is read exactly.
                let mut sums = Sums::new(40);
                index.near(item, &weights, &of_sessions, &mut sums);
                let (weight, mut visits) = (std::cell::Cell::new(0), 0);
                while visits < 300 {
                    index.near(item, &weights, &of_sessions, &mut sums);
                    (0..40).filter(|third| *third != other).for_each(|third| sums.forget(third));
                    let heard = |_, sum| {
                        weight.set(sum);
                        1.0
                    };
                    if sums.take(1, MOST, (visits + 1) as f32, heard).is_empty() {
                        break;
                    }
                    visits += 1;
                }
                if visits > 0 && item != other {
                    pairs.push((item, other, weight.get(), visits));
                }
            }
        }
        let (looks, recent) = index.looks(newest(&own.sessions).0);
        let looks = looks.into_iter().zip(recent).collect();
        let counted =
            Counted { lengths: own.sessions.clone(), looks, pairs: PairTable::new(40, pairs), trails: Vec::new() };
        let rows = |counts: &Counts| counts.rows(&kernels, 8, 2, FLOOR).iter().map(<[_]>::to_vec).collect::<Vec<_>>();
        assert_eq!(rows(&Counts::elsewhere(counted)), rows(&own));
        assert!(rows(&own).iter().any(|row| !row.is_empty()));
    }

    #[test]
    fn a_reader_of_a_part_of_the_log_does_not_see_the_rest() {
        let log = Log::of_items(&[&[0, 1], &[0, 2]]);
        let rows = Counts::new(&log, 0..1).rows(&plain(), 4, 1, 0.0);
        assert_eq!(rows.row(0).len(), 1);
    }
}
