//! Item numbers that stay: the base's, with new items where there is room.
//!
//! An item's number is the place of everything that is known of it. If numbers stayed, a patch tells of what has changed alone,
//! and shards of unchanged items keep their names. But items that come near the end, far from their neighbours, make rows
//! longer, so there are three ways, each tried only if the one before would make the rows longer by more than
//! `LONGER` than a fresh numbering does:
//!
//! 1. every item keeps its number; new ones take the places of gone ones, the nearest to their neighbours, or stand at the end;
//! 2. items keep their order; each new one goes beside its heaviest neighbour;
//! 3. a fresh numbering.
//!
//! Invariant: each is a permutation, and depends on nothing but rows and base.

use super::base::Base;
use super::renumber::indices;
use super::table::{CountedRows, LevelledRows};
use crate::snapshot::ItemIndex;
use crate::snapshot::rows::{self, LevelledRow};
use std::collections::BTreeSet;

/// Share by which rows may be longer than under a fresh numbering.
const LONGER: f64 = 0.06;

/// How a snapshot's items were numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// Without a base, or because the base's numbers would make the rows too long.
    Fresh,
    /// As in the base; new items where there is room.
    Kept,
    /// In the base's order, new items between.
    Inserted,
}

/// Chooses a numbering: `order[new] = item of the log`. `fresh` is one that packs well.
pub fn choose(counted: &CountedRows, levelled: &LevelledRows, base: &Base, fresh: Vec<u32>) -> (Vec<u32>, Numbering) {
    let anchors = anchors(counted, base);
    let most = bits(levelled, &fresh) * (1.0 + LONGER);
    let kept = kept(&anchors, base);
    if bits(levelled, &kept) <= most {
        return (kept, Numbering::Kept);
    }
    let inserted = inserted(&anchors, base);
    if bits(levelled, &inserted) <= most {
        return (inserted, Numbering::Inserted);
    }
    (fresh, Numbering::Fresh)
}

/// Bits that rows take under a numbering.
fn bits(levelled: &LevelledRows, order: &[u32]) -> f64 {
    rows::bits(levelled.len(), numbered(levelled, order, &indices(order)))
}

/// Rows in a new order, with neighbours under their new numbers: what gives the row at a place of it.
pub fn numbered<'a>(
    levelled: &'a LevelledRows,
    order: &'a [u32],
    indices: &'a [ItemIndex],
) -> impl Fn(usize) -> LevelledRow<ItemIndex> + 'a {
    |at| {
        let (scale, row) = levelled.row(order[at] as usize);
        let mut row: Vec<(ItemIndex, u32)> = row.map(|(to, level)| (indices[to as usize], level)).collect();
        row.sort_unstable();
        (scale, row)
    }
}

/// By new item, the number in the base near which it belongs: that of its heaviest neighbour that has one, or of the
/// heaviest neighbour's. The end if it has none.
fn anchors(counted: &CountedRows, base: &Base) -> Vec<(u32, u32)> {
    let direct = |item: u32| counted.row(item as usize).iter().find_map(|(to, _)| base.numbers[*to as usize]);
    let anchor = |item: u32| {
        direct(item).or_else(|| counted.row(item as usize).iter().find_map(|(to, _)| direct(*to))).unwrap_or(base.items)
    };
    let new = (0..counted.len() as u32).filter(|item| base.numbers[*item as usize].is_none());
    let mut anchors: Vec<(u32, u32)> = new.map(|item| (anchor(item), item)).collect();
    anchors.sort_unstable();
    anchors
}

fn kept(anchors: &[(u32, u32)], base: &Base) -> Vec<u32> {
    let len = base.numbers.len();
    let mut places: Vec<Option<u32>> = vec![None; len.max(base.items as usize)];
    for (item, number) in base.numbers.iter().enumerate() {
        if let Some(number) = number {
            places[*number as usize] = Some(item as u32);
        }
    }
    let mut free: BTreeSet<u32> = (0..places.len() as u32).filter(|at| places[*at as usize].is_none()).collect();
    let mut last = Vec::new();
    for (anchor, item) in anchors {
        // Places past the base's are all alike: whoever stands there stands in the order of the anchors.
        let inner = || free.range(..base.items);
        let (below, above) = (inner().rev().find(|at| **at < *anchor), free.range(*anchor..base.items).next());
        let near = [below, above].into_iter().flatten().min_by_key(|at| at.abs_diff(*anchor)).copied();
        match near {
            Some(near) => {
                free.remove(&near);
                places[near as usize] = Some(*item);
            }
            None => last.push(*item),
        }
    }
    for item in last {
        if let Some(at) = free.pop_first() {
            places[at as usize] = Some(item);
        }
    }
    // More are gone than came: those with the highest numbers move into the gaps.
    while places.len() > len {
        if let Some(Some(item)) = places.pop()
            && let Some(gap) = places.iter().position(Option::is_none)
        {
            places[gap] = Some(item);
        }
    }
    places.into_iter().flatten().collect()
}

fn inserted(anchors: &[(u32, u32)], base: &Base) -> Vec<u32> {
    let old = base.numbers.iter().zip(0..).filter_map(|(number, item)| number.map(|number| (number, false, item)));
    let mut all: Vec<(u32, bool, u32)> =
        old.chain(anchors.iter().map(|(anchor, item)| (*anchor, true, *item))).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, _, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A base of items under these numbers of the log.
    fn base(of_log: &[u32], items: usize) -> Base {
        let mut numbers = vec![None; items];
        of_log.iter().zip(0..).filter(|(item, _)| **item != u32::MAX).for_each(|(item, number)| {
            numbers[*item as usize] = Some(number);
        });
        Base {
            numbers,
            items: of_log.len() as u32,
            rows: LevelledRows::default(),
            together: LevelledRows::default(),
            codes: [[0; 180]; 2],
        }
    }

    /// Rows that name one neighbour each.
    fn counted(neighbours: &[u32]) -> CountedRows {
        neighbours.iter().map(|to| vec![(*to, 1.0)]).collect()
    }

    #[test]
    fn new_items_take_the_nearest_gaps_and_then_the_end() {
        const GONE: u32 = u32::MAX;
        let base = base(&[0, GONE, 1, 2, GONE, 3], 7);
        let anchors = anchors(&counted(&[1, 0, 0, 0, 3, 0, 2]), &base);
        assert_eq!(anchors, [(0, 5), (3, 6), (5, 4)]);
        let kept = kept(&anchors, &base);
        assert_eq!(kept, [0, 5, 1, 2, 6, 3, 4]);
        assert_eq!(inserted(&anchors, &base), [0, 5, 1, 2, 6, 3, 4]);
    }

    #[test]
    fn gaps_that_nothing_fills_are_closed_from_the_end() {
        const GONE: u32 = u32::MAX;
        let base = base(&[0, GONE, 1, GONE, 2, 3], 4);
        assert_eq!(kept(&anchors(&counted(&[1, 0, 0, 0]), &base), &base), [0, 3, 1, 2]);
    }

    #[test]
    fn numbers_that_stay_too_far_apart_are_given_afresh() {
        // Neighbours stand at the two ends of the base.
        let items = 400_u32;
        let near: Vec<u32> = (0..items).map(|item| item ^ 1).collect();
        let levelled: LevelledRows = near.iter().map(|to| (9, vec![(*to, 15)])).collect();
        let order: Vec<u32> = (0..items).step_by(2).chain((1..items).step_by(2)).collect();
        let fresh: Vec<u32> = (0..items).collect();
        let (chosen, how) = choose(&counted(&near), &levelled, &base(&order, items as usize), fresh.clone());
        assert_eq!((chosen, how), (fresh.clone(), Numbering::Fresh));
        let (chosen, how) = choose(&counted(&near), &levelled, &base(&fresh, items as usize), order);
        assert_eq!((chosen, how), (fresh, Numbering::Kept));
    }
}
