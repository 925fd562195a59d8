//! Trail rows: what came next after two items of a visit.
//!
//! A next-item row knows the newest item only. In some shops the item before it says much more: who came to the blue shoes
//! from the red ones goes on to other shoes, who came from the sale goes back there. So for item pairs that enough visits have
//! made, `a` and up to [`TRAIL`] clicks later `b`, the few items that followed `b` get a row of their own. It is added to the
//! row of `b`:
//!
//! ```text
//! weight(a, b, c) = trail * Σ exp(-decay * (distance - 1)) * session / (Σ session + DOUBT)
//! ```
//!
//! over the visits that went from `a` to `b`; `distance` is that from `b` to `c`, `session` the weight of the visit as in
//! [`count`](super::count). So it is nearly the share of these visits that went on to `c`, times the searched weight `trail`.
//! A weight of 0 means that there are no trail rows. The search only departs from it where that clearly gains.
//!
//! Invariants: pairs and followers that fewer distinct visits than the minimum support have made are not told; all trails
//! together are no larger than a `SHARE` of the rows; the same log gives the same trails on any number of threads.

use super::counted::TrailSums;
use super::index::Index;
use super::kernel::Kernels;
use super::sums::{MOST, Sums, Visit};
use super::table::CountedRow;
use super::weights::{NEAR_ONE, ONE, Weights};
use crate::model::TRAIL;
use crate::snapshot::ItemIndex;
use crate::snapshot::code::LEVELS;
use crate::snapshot::rows::{LevelledTrails, pack_scale};
use rayon::prelude::*;
use std::cmp::Reverse;

/// Distinct visits that must have made a pair. With two instead, trails take half as many bytes more and gain nothing.
pub const VISITS: f32 = 3.0;
/// Followers of a pair. Eight take a third more bytes than four and gain nothing.
const FOLLOWERS: usize = 4;
/// Followers that are looked at, by their sums alone.
pub const CUT: usize = 16;
/// The lightest follower that is kept; 1 is the heaviest neighbour of a usual row.
const LIGHTEST: f32 = 0.2;
/// Added to the visits of a pair against chance.
const DOUBT: f32 = 1.5;
/// Size of all trails, in entries and names of items before, relative to the entries of all next-item rows.
const SHARE: f64 = 0.25;

/// The trail rows of an item: what followed, by the item before.
pub type CountedTrails = Vec<(u32, CountedRow)>;

/// The trail rows of all items, by the log's numbers; empty if the kernels want none. They are not [bounded] yet.
///
/// [bounded]: bounded
pub fn rows(index: &Index, kernels: &Kernels, support: u32) -> Vec<CountedTrails> {
    if kernels.trail <= 0.0 {
        return Vec::new();
    }
    let weights = &Weights::of(kernels);
    let sessions = index.session_weights(weights);
    let all = 0..index.items() as u32;
    let sums = || Sums::new(index.items());
    let of_item = |sums: &mut Sums<u64>, own: u32| {
        let mut pairs: Vec<(u32, usize)> = Vec::new();
        for place in index.places_of(own) {
            let visit = index.visit_at(place);
            let from = visit.len() - index.rest_at(place).len() - 1;
            let before = &visit[from.saturating_sub(TRAIL)..from];
            for (at, item) in before.iter().enumerate() {
                if *item != own && !before[..at].contains(item) {
                    pairs.push((*item, place));
                }
            }
        }
        // Stable, so that the places of a pair stay in order.
        pairs.sort_by_key(|(before, _)| *before);
        let total = |pair: &[(u32, usize)]| total(index, pair, &sessions, support);
        let mut known: Vec<(u64, &[(u32, usize)])> = pairs
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|pair| total(pair).map(|total| (total, pair)))
            .collect();
        if known.len() > MOST {
            known.sort_unstable_by_key(|(total, pair)| (Reverse(*total), pair[0].0));
            known.truncate(MOST);
            known.sort_unstable_by_key(|(_, pair)| pair[0].0);
        }
        let of_pair = |(total, pair): (u64, &[(u32, usize)])| {
            for (_, place) in pair {
                let session = index.session_at(*place);
                for (item, [later, _]) in index.rest_at(*place).iter().zip(&weights.near) {
                    sums.add(*item, later[0] * sessions[session], index.visit(session));
                }
            }
            // Whether a visitor returns is for the kernel to say, which knows the whole visit.
            sums.forget(own);
            sums.forget(pair[0].0);
            let support = if support > 1 { support as f32 } else { 0.0 };
            finished(pair[0].0, total, kernels, |share| sums.take(FOLLOWERS, CUT, support, share))
        };
        let mut trails: CountedTrails = known.into_iter().filter_map(of_pair).collect();
        // Most items have a pair or two.
        trails.shrink_to_fit();
        trails
    };
    all.into_par_iter().map_init(sums, of_item).collect()
}

/// The same from what another engine has counted.
pub fn elsewhere(mut counted: Vec<Vec<TrailSums>>, items: usize, kernels: &Kernels) -> Vec<CountedTrails> {
    let mut sums = Sums::new(items);
    let visit = Visit { number: 1, weight: 1.0 };
    let mut of_item = |trails: &mut Vec<TrailSums>| {
        trails.sort_unstable();
        let mut of_pair = |(before, total, followers): &TrailSums| {
            for (item, weight) in followers {
                sums.add(*item, *weight, visit);
            }
            finished(*before, *total, kernels, |share| sums.take(FOLLOWERS, CUT, 0.0, share))
        };
        trails.iter().filter_map(&mut of_pair).collect()
    };
    counted.iter_mut().map(&mut of_item).collect()
}

/// The followers after an item, if any is heavy enough; `take` gives them, by what a sum makes.
fn finished<'s>(
    before: u32,
    total: u64,
    kernels: &Kernels,
    take: impl FnOnce(&dyn Fn(u32, u64) -> f32) -> &'s [(u32, f32)],
) -> Option<(u32, CountedRow)> {
    // A pair weighs what is near, in units of its own, times what the sessions weigh that `total` adds up.
    let share = kernels.trail / NEAR_ONE / (total as f64 + f64::from(DOUBT) * ONE / NEAR_ONE);
    let row = take(&|_, weight| (share * weight as f64) as f32);
    let row = &row[..row.partition_point(|(_, weight)| *weight >= LIGHTEST)];
    (!row.is_empty()).then(|| (before, row.to_vec()))
}

/// Trails that are no larger than they may be beside next-item rows of so many entries, the most important of a row first.
pub fn bounded(mut trails: Vec<CountedTrails>, entries: usize) -> Vec<CountedTrails> {
    bound(&mut trails, (entries as f64 * SHARE) as usize);
    // A record that is too long loses its last.
    let importance = |(before, row): &(u32, CountedRow)| (row.iter().map(|(_, weight)| *weight).sum::<f32>(), *before);
    trails.par_iter_mut().for_each(|groups| {
        groups.sort_by(|one, other| {
            let (one, other) = (importance(one), importance(other));
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
        });
    });
    trails
}

/// What the visits weigh that went from an item to another one, by their places; `None` if there are too few.
fn total(index: &Index, pair: &[(u32, usize)], sessions: &[u64], support: u32) -> Option<u64> {
    let (mut visits, mut total, mut last) = (0.0, 0, None);
    for (_, place) in pair {
        let session = index.session_at(*place);
        total += sessions[session];
        if last.replace(session) != Some(session) {
            visits += index.visit(session).weight;
        }
    }
    (visits >= VISITS.max(support as f32)).then_some(total)
}

/// Leaves out the lightest followers of all until so many entries, with the items before, are left.
fn bound(trails: &mut [CountedTrails], most: usize) {
    let mut lightest = LIGHTEST;
    loop {
        let size: usize = trails.iter().flatten().map(|(_, row)| 1 + row.len()).sum();
        if size <= most {
            return;
        }
        lightest *= 1.1;
        for groups in trails.iter_mut() {
            for (_, row) in groups.iter_mut() {
                row.truncate(row.partition_point(|(_, weight)| *weight >= lightest));
            }
            groups.retain(|(_, row)| !row.is_empty());
        }
    }
}

/// The steps of an item's trail rows, which share one scale: that of the heaviest.
pub fn levels(groups: &CountedTrails) -> LevelledTrails<u32> {
    let max = groups.iter().flat_map(|(_, row)| row).map(|(_, weight)| *weight).fold(0.0, f32::max);
    let level = |weight: f32| ((weight / max).sqrt() * LEVELS as f32 + 0.5) as u32;
    let group = |(before, row): &(u32, CountedRow)| {
        let mut row: Vec<(u32, u32)> = row.iter().map(|(item, weight)| (*item, level(*weight).max(1))).collect();
        row.sort_unstable();
        (*before, row)
    };
    if groups.is_empty() { (0, Vec::new()) } else { (pack_scale(max), groups.iter().map(group).collect()) }
}

/// Trail rows in a new order, under the new numbers; `indices` gives them by the old ones.
pub fn numbered(trails: &[CountedTrails], order: &[u32], indices: &[ItemIndex]) -> Vec<LevelledTrails<ItemIndex>> {
    let new = |item: u32| indices[item as usize];
    let of_item = |old: &u32| {
        let (scale, groups) = levels(&trails[*old as usize]);
        let group = |(before, row): (u32, Vec<(u32, u32)>)| {
            let mut row: Vec<(ItemIndex, u32)> = row.into_iter().map(|(item, level)| (new(item), level)).collect();
            row.sort_unstable();
            (new(before), row)
        };
        (scale, groups.into_iter().map(group).collect())
    };
    if trails.is_empty() { Vec::new() } else { order.iter().map(of_item).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;

    /// After 1, visits go to 2 if they came from 0, and to 3 if they came from 4.
    fn log() -> Log {
        let mut sessions = vec![vec![0, 1, 2]; 9];
        sessions.extend(vec![vec![4, 1, 3]; 9]);
        sessions.extend([vec![5, 1, 2], vec![5, 1, 2], vec![0, 1, 5], vec![0, 1, 0, 1, 0, 1, 6]]);
        Log::of_items(&sessions)
    }

    fn trails(log: &Log, support: u32, entries: usize) -> Vec<CountedTrails> {
        let index = Index::new(log, 0..log.ends.len());
        bounded(rows(&index, &Kernels { trail: 1.0, age: 0.0, stay: 0.0, ..Kernels::default() }, support), entries)
    }

    fn items(groups: &CountedTrails) -> Vec<(u32, Vec<u32>)> {
        groups.iter().map(|(before, row)| (*before, row.iter().map(|(item, _)| *item).collect())).collect()
    }

    #[test]
    fn what_follows_depends_on_the_item_before() {
        let trails = trails(&log(), 1, 1000);
        let mut of_one = items(&trails[1]);
        of_one.sort();
        assert_eq!(of_one, [(0, vec![2]), (4, vec![3])], "two visits are too few, and so is a share of one in eleven");
        let weight = trails[1].iter().find(|(before, _)| *before == 4).unwrap().1[0].1;
        assert!((weight - 9.0 / 10.5).abs() < 1e-5, "{weight}");
        assert!(trails[3].is_empty());
    }

    #[test]
    fn no_trail_tells_of_fewer_visits_than_the_minimum_support() {
        assert!(trails(&log(), 10, 1000)[1].iter().all(|(before, _)| *before != 4));
        let mut log = log();
        log.weights = vec![0.3; log.ends.len()];
        assert!(trails(&log, 1, 1000)[1].iter().all(|(before, _)| *before == 0), "a visit counts by its weight");
        let mut weak = Log::of_items(&vec![vec![0, 1, 2]; 3]);
        assert_eq!(items(&trails(&weak, 3, 1000)[1]), [(0, vec![2])]);
        assert!(trails(&weak, 4, 1000).iter().all(Vec::is_empty));
        weak.weights = vec![1.0, 1.0, 0.5];
        assert!(trails(&weak, 3, 1000).iter().all(Vec::is_empty));
    }

    #[test]
    fn trails_stay_within_their_share_and_are_off_at_a_weight_of_nothing() {
        let whole: usize = trails(&log(), 1, 1000).iter().flatten().map(|(_, row)| 1 + row.len()).sum();
        let bounded = trails(&log(), 1, (whole - 1) * 4);
        let left: usize = bounded.iter().flatten().map(|(_, row)| 1 + row.len()).sum();
        assert!(left < whole && left > 0);
        let log = log();
        let index = Index::new(&log, 0..log.ends.len());
        assert!(rows(&index, &Kernels { trail: 0.0, ..Kernels::default() }, 1).is_empty());
    }

    #[test]
    fn levels_share_one_scale_and_numbers_become_those_of_the_snapshot() {
        let groups = vec![(7, vec![(2, 1.0), (1, 0.25)]), (3, vec![(5, 0.04)])];
        let (scale, levelled) = levels(&groups);
        assert_eq!(scale, pack_scale(1.0));
        assert_eq!(levelled, [(7, vec![(1, 8), (2, 15)]), (3, vec![(5, 3)])]);
        let order = [1, 0];
        let indices = [1, 0].map(ItemIndex::new);
        let trails = vec![vec![], vec![(0, vec![(0, 1.0)])]];
        let numbered = numbered(&trails, &order, &indices);
        assert_eq!(numbered[0].1, [(ItemIndex::new(1), vec![(ItemIndex::new(1), 15)])]);
        assert!(numbered[1].1.is_empty());
    }
}
