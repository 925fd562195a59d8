//! Item numbers that stay: the base's, with new items where there is room.
//!
//! An item's number is the place of everything that is known of it. If numbers stayed, a patch tells of what has changed alone,
//! and shards of unchanged items keep their names. But items that come near the end, far from their neighbours, make rows
//! longer, so there are three ways, each tried only if the one before would make the rows longer by more than
//! [`LONGER`] than a fresh numbering does:
//!
//! 1. every item keeps its number; new ones take the places of gone ones, the nearest to their neighbours, or stand at the end;
//! 2. items keep their order; each new one goes beside its heaviest neighbour;
//! 3. a fresh numbering.
//!
//! Invariant: each is a permutation, and depends on nothing but rows and base.

use super::base::Base;
use super::count::CountedRow;
use crate::snapshot::rows::{self, LevelledRow};
use crate::snapshot::ItemIndex;
use std::collections::BTreeSet;

/// Share by which rows may be longer than under a fresh numbering.
const LONGER: f64 = 0.03;

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
pub fn choose(
    counted: &[CountedRow],
    levelled: &[LevelledRow<u32>],
    base: &Base,
    fresh: Vec<u32>,
) -> (Vec<u32>, Numbering) {
    let anchors = anchors(counted, base);
    let most = bits(levelled, &fresh) * (1.0 + std::env::var("LONGER").ok().and_then(|text| text.parse().ok()).unwrap_or(LONGER));
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
fn bits(levelled: &[LevelledRow<u32>], order: &[u32]) -> f64 {
    rows::bits(&numbered(levelled, order))
}

/// Rows in a new order, with neighbours under their new numbers.
pub fn numbered(levelled: &[LevelledRow<u32>], order: &[u32]) -> Vec<LevelledRow<ItemIndex>> {
    let mut indices = vec![ItemIndex::UNKNOWN; order.len()];
    for (item, index) in order.iter().zip(0..) {
        indices[*item as usize] = ItemIndex::new(index);
    }
    let row = |item: &u32| {
        let (scale, row) = &levelled[*item as usize];
        let mut row: Vec<(ItemIndex, u32)> = row.iter().map(|(to, level)| (indices[*to as usize], *level)).collect();
        row.sort_unstable();
        (*scale, row)
    };
    order.iter().map(row).collect()
}

/// By new item, the number in the base near which it belongs: that of its heaviest neighbour that has one, or of the
/// heaviest neighbour's. The end if it has none.
fn anchors(counted: &[CountedRow], base: &Base) -> Vec<(u32, u32)> {
    let direct = |item: u32| counted[item as usize].iter().find_map(|(to, _)| base.numbers[*to as usize]);
    let anchor = |item: u32| {
        direct(item).or_else(|| counted[item as usize].iter().find_map(|(to, _)| direct(*to))).unwrap_or(base.items)
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
    let mut all: Vec<(u32, bool, u32)> = old.chain(anchors.iter().map(|(anchor, item)| (*anchor, true, *item))).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, _, item)| item).collect()
}
