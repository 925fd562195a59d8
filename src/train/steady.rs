//! Training on from a base: what has not clearly changed is written as it was.
//!
//! A day's log moves nearly every weight a little, most of them by less than anybody could tell from chance. Written anew, a
//! snapshot differs from yesterday's in two thirds of its entries, and a patch is half as long as the whole. So
//! with a base, an entry keeps its level until its weight is off by more than `LEVEL` steps, a row keeps its scale until
//! that is off by `SCALE`, and a neighbour gives its place only to one that weighs `PLACE` times as much. Each is
//! compared with the weight as counted today, never with yesterday's decision, so nothing drifts: a level is off by no more
//! however many days have passed.
//!
//! How much is too much was measured day by day on a public click log (`npm run bench -- --only transport`): with these numbers
//! patches shrink to half, and the items that the next day's visitors looked at are found as often, within 0.13 points of
//! R@20. A level of 2 and a place of 6 would save another eighth, and cost 0.2 points.
//!
//! Invariants: the same rows and the same base give the same rows; a base of the same log comes out unchanged.

use super::table::{CountedRow, CountedRows, Heads, LevelledRows};
use crate::snapshot::code::LEVELS;
use crate::snapshot::rows::{LevelledRow, ONE, levels, pack_scale, scale};

/// Steps by which a weight may be off its level before the level follows. Half a step is rounding.
const LEVEL: f32 = 1.5;
/// Share by which a row's scale may be off before it follows.
const SCALE: f32 = 0.25;
/// How many times as much a new neighbour must weigh to take the place of an old one.
const PLACE: f32 = 3.0;
/// Level from which on a new neighbour joins a row that has room: what is lighter comes and goes.
const JOINS: f32 = 1.5;
/// The heaviest neighbour in levels of a scale that is kept: within these its level says enough.
const HEAVIEST: std::ops::Range<f32> = 12.0..16.0;

/// Levels of all rows: as they come without a base, else steadied against it. `beyond` goes on where whole
/// rows end; it may be empty.
pub fn rows(counted: &Heads<'_>, beyond: &CountedRows, base: Option<&LevelledRows>, neighbours: usize) -> LevelledRows {
    let levelled = |at: usize| {
        let (row, rest) = counted.split(at);
        let Some(base) = base else { return levels(row) };
        let (scale, old) = base.row(at);
        let old: Vec<(u32, u32)> = old.collect();
        // What lies beyond a row's end is only for those that have a place in the base.
        let beyond = if beyond.is_empty() { &[] } else { beyond.row(at) };
        let more = rest.iter().chain(beyond).filter(|(to, _)| {
            old.binary_search_by_key(to, |(held, _)| *held).is_ok() && !row.iter().any(|(held, _)| held == to)
        });
        let whole: CountedRow = row.iter().chain(more).copied().collect();
        // A row that a budget shortens stays as short.
        let most = if rest.is_empty() { neighbours } else { row.len() };
        steady(&whole, &(scale, old), most)
    };
    LevelledRows::make(counted.len(), levelled)
}

/// Levels of a row, given its levels in the base. `row` may be longer than a row of a snapshot: what stands in the base may
/// stay even if a little lighter than others.
fn steady(counted: &CountedRow, base: &LevelledRow<u32>, neighbours: usize) -> LevelledRow<u32> {
    let (packed, old) = base;
    let level_of = |item: &u32| old.binary_search_by_key(item, |(to, _)| *to).map_or(0, |at| old[at].1);
    let worth = |(item, weight): &(u32, f32)| if level_of(item) > 0 { weight * PLACE } else { *weight };
    let mut kept = counted.clone();
    kept.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.0.cmp(&b.0)));
    kept.truncate(neighbours);
    let Some((unit, packed)) = unit(&kept, *packed, &level_of) else { return levels(&kept) };
    let mut row: Vec<(u32, u32)> = Vec::new();
    for (item, weight) in &kept {
        let (old, exact) = (level_of(item), (weight / unit).max(0.0).sqrt() * LEVELS as f32);
        let level = match old {
            0 if exact < JOINS => 0,
            0 => exact.round() as u32,
            old if (exact - old as f32).abs() <= LEVEL => old,
            _ => exact.round() as u32,
        };
        if level > 0 {
            row.push((*item, level.min(LEVELS)));
        }
    }
    row.sort_unstable();
    row.dedup_by_key(|(item, _)| *item);
    if row.is_empty() { levels(&kept) } else { (packed, row) }
}

/// The weight of the highest level and the scale that stands for it, chosen so that old levels stay right; `None` if
/// nothing is old.
fn unit(kept: &CountedRow, packed: u8, level_of: &dyn Fn(&u32) -> u32) -> Option<(f32, u8)> {
    // What most of the old levels say, heavy ones the most: the median, because a few may have changed by much.
    let mut said: Vec<(f32, u32)> = Vec::new();
    for (item, weight) in kept {
        let level = level_of(item);
        if level > 0 {
            said.push((weight.max(0.0) / (level as f32 / LEVELS as f32).powi(2), level * level));
        }
    }
    said.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = said.iter().map(|(_, share)| share).sum::<u32>() / 2;
    let mut passed = 0;
    let median = said.iter().find(|(_, share)| {
        passed += share;
        passed > half
    });
    let (median, _) = median?;
    let heaviest = kept.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
    let unit = |packed: u8| scale(packed) as f32 / ONE as f32;
    // The units at which the heaviest neighbour's level is at the ends of the range.
    let [most, least] = [HEAVIEST.start, HEAVIEST.end].map(|level| heaviest / (level / LEVELS as f32).powi(2));
    let old = unit(packed);
    if (median / old.max(f32::MIN_POSITIVE) - 1.0).abs() <= SCALE && (least..=most).contains(&old) {
        return Some((old, packed));
    }
    let packed = pack_scale(median.clamp(least, most));
    Some((unit(packed), packed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(weights: &[f32]) -> CountedRow {
        weights.iter().zip(1..).map(|(weight, item)| (item, *weight)).collect()
    }

    #[test]
    fn a_base_of_the_same_rows_comes_out_unchanged() {
        for weights in [&[1.0, 0.5, 0.2, 0.01][..], &[3.1], &[], &[0.3; 40]] {
            let fresh = levels(&counted(weights)[..weights.len().min(32)]);
            assert_eq!(steady(&counted(weights), &fresh, 32), fresh);
        }
    }

    #[test]
    fn small_changes_change_nothing_and_large_ones_do() {
        let base = levels(&counted(&[1.0, 0.5, 0.2]));
        assert_eq!(steady(&counted(&[1.05, 0.45, 0.22]), &base, 3), base);
        let moved = steady(&counted(&[1.0, 0.05, 0.2]), &base, 3);
        assert_eq!((moved.0, moved.1[0]), (base.0, base.1[0]));
        assert!(moved.1[1].1 < 5, "{moved:?}");
        // A row that is twice as heavy as it was has another scale, and the same levels.
        let heavy = steady(&counted(&[2.0, 1.0, 0.4]), &base, 3);
        assert!(heavy.0 > base.0 && heavy.1 == base.1);
    }

    #[test]
    fn a_place_goes_only_to_what_weighs_clearly_more() {
        let base = levels(&[(1, 1.0), (2, 0.3)]);
        let items =
            |weights: &[f32]| steady(&counted(weights), &base, 2).1.iter().map(|(to, _)| *to).collect::<Vec<_>>();
        assert_eq!(items(&[1.0, 0.2, 0.3]), [1, 2]);
        assert_eq!(items(&[1.0, 0.05, 0.3]), [1, 3]);
    }
}
