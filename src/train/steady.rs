//! Training on from a base: what has not clearly changed is written as it was.
//!
//! A day's log moves nearly every weight a little, most of them by less than anybody could tell from chance. Written anew, a
//! snapshot differs from yesterday's in two thirds of its entries, and a patch is half as long as the whole. So
//! with a base, an entry keeps its level until its weight is off by more than [`LEVEL`] steps, a row keeps its scale until
//! that is off by [`SCALE`], and a neighbour gives its place only to one that weighs [`PLACE`] times as much. Each is
//! compared with the weight as counted today, never with yesterday's decision, so nothing drifts: a level is off by no more
//! however many days have passed.
//!
//! Invariants: the same rows and the same base give the same rows; a base of the same log comes out unchanged.

use super::count::CountedRow;
use crate::snapshot::code::LEVELS;
use crate::snapshot::rows::{LevelledRow, ONE, levels, pack_scale, scale};
use rayon::prelude::*;

/// Steps by which a weight may be off its level before the level follows. Half a step is rounding.
const LEVEL: f32 = 0.8;
/// Share by which a row's scale may be off before it follows.
const SCALE: f32 = 0.1;
/// How many times as much a new neighbour must weigh to take the place of an old one.
const PLACE: f32 = 1.5;
/// Level from which on a new neighbour joins a row that has room: what is lighter comes and goes.
const JOINS: f32 = 1.0;
/// The heaviest neighbour in levels of a scale that is kept: within these its level says enough.
const HEAVIEST: std::ops::Range<f32> = 12.0..16.0;

fn knob(name: &str, or: f32) -> f32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// Levels of all rows: as they come without a base, else as [`row`] does. `beyond` goes on where rows end.
pub fn rows(
    counted: &[CountedRow],
    beyond: &[CountedRow],
    base: Option<&Vec<LevelledRow<u32>>>,
    neighbours: usize,
) -> Vec<LevelledRow<u32>> {
    let Some(base) = base else { return counted.iter().map(|row| levels(row)).collect() };
    let whole = |at: usize| {
        let more = beyond.get(at).into_iter().flatten().filter(|(to, _)| !counted[at].iter().any(|(held, _)| held == to));
        let whole: CountedRow = counted[at].iter().chain(more).copied().collect();
        row(&whole, &base[at], neighbours)
    };
    (0..counted.len()).into_par_iter().map(whole).collect()
}

/// Levels of a row, given its levels in the base. `row` may be longer than a row of a snapshot: what stands in the base may
/// stay even if a little lighter than others.
pub fn row(counted: &CountedRow, base: &LevelledRow<u32>, neighbours: usize) -> LevelledRow<u32> {
    let (packed, old) = base;
    let level_of = |item: &u32| old.binary_search_by_key(item, |(to, _)| *to).map_or(0, |at| old[at].1);
    let place = knob("PLACE", PLACE);
    let worth = |(item, weight): &(u32, f32)| if level_of(item) > 0 { weight * place } else { *weight };
    let mut kept = counted.clone();
    kept.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.0.cmp(&b.0)));
    kept.truncate(neighbours);
    let Some((unit, packed)) = unit(&kept, *packed, &level_of) else { return levels(&kept) };
    let mut row: Vec<(u32, u32)> = Vec::new();
    for (item, weight) in &kept {
        let (old, exact) = (level_of(item), (weight / unit).max(0.0).sqrt() * LEVELS as f32);
        let level = match old {
            0 if exact < knob("JOINS", JOINS) => 0,
            0 => exact.round() as u32,
            old if (exact - old as f32).abs() <= knob("LEVEL", LEVEL) => old,
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
/// there is no telling, or if the levels would be spread badly.
fn unit(kept: &CountedRow, packed: u8, level_of: &dyn Fn(&u32) -> u32) -> Option<(f32, u8)> {
    // Least squares, in the square roots that levels are.
    let (mut both, mut squares, mut heaviest) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (item, weight) in kept {
        let level = level_of(item) as f32 / LEVELS as f32;
        both += weight.max(0.0).sqrt() * level;
        squares += level * level;
        heaviest = heaviest.max(*weight);
    }
    let fitted = if squares > 0.0 { (both / squares).powi(2) } else { 0.0 };
    let unit = |packed: u8| scale(packed) as f32 / ONE as f32;
    let is_spread = |unit: f32| HEAVIEST.contains(&((heaviest / unit).sqrt() * LEVELS as f32));
    let old = unit(packed);
    if old > 0.0 && (fitted / old - 1.0).abs() <= knob("SCALE", SCALE) && is_spread(old) {
        return Some((old, packed));
    }
    let packed = pack_scale(fitted);
    let new = unit(packed);
    (fitted > 0.0 && is_spread(new)).then_some((new, packed))
}
