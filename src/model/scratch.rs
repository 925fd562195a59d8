//! The working memory of scoring: sums by item, and the best of them.
//!
//! A session touches a few hundred of a catalogue's items. So sums are held in one array of the catalogue's length, which is
//! indexed without hashing or branching, and a list of the items touched, so that only their places are looked at and
//! reset.
//!
//! Invariant: between calls all sums are zero, and nothing of one call is left for the next but the result.

use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// An item and its score. Scores compare within one call only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// The item.
    pub item: ItemIndex,
    /// Sum of weights.
    pub score: u32,
}

impl Scored {
    /// Orders candidates: the larger word is the better one. Of equal scores the lower item number is.
    fn rank(self) -> u64 {
        u64::from(self.score) << 32 | u64::from(!self.item.get())
    }
}

/// Greatest number of items that one call can score. A row for which there may be no room is left out as a whole: once half
/// of the places are taken, since a row may have 2,048 entries. Sixteen rows of up to 128 entries never get there.
const TOUCHED: usize = 4096;
/// Upper bound of the entries in a row, which has at most 255 bytes.
const ROW: usize = 2048;

/// Working memory of scoring: 4 bytes per item, and lists of bounded length. Callers reuse it, so that a decision does
/// not allocate once the memory has grown to the model's size.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// Sums by item; all zero between calls.
    sums: Vec<u32>,
    /// Items with a nonzero sum: the first `count` of [`TOUCHED`] places.
    touched: Vec<ItemIndex>,
    count: usize,
    /// The best items found, best first.
    pub(super) top: Vec<Scored>,
}

/// Unpredictable branches cost more than the work they save, so none of the loop over rows depends on a score.
impl Scratch {
    /// Makes room for a catalogue of this length, and forgets the results of the call before. All lists reach their final
    /// length at the first call.
    pub(super) fn fit(&mut self, items: usize) {
        self.sums.resize(items, 0);
        self.touched.resize(TOUCHED, ItemIndex::UNKNOWN);
        self.top.clear();
    }

    /// Adds to the sum of one item.
    pub(super) fn add(&mut self, item: ItemIndex, weight: u32) {
        self.add_all(core::iter::once((item, weight)));
    }

    /// Adds to the sums of many items: the innermost loop of scoring, run once for each entry of a row. Items past the end
    /// of the catalogue are skipped, because a row's entries are read without being trusted.
    #[inline(always)]
    pub(super) fn add_all(&mut self, weights: impl Iterator<Item = (ItemIndex, u32)>) {
        // Local copies stay in registers: the compiler cannot prove that the writes below leave the fields alone.
        let (sums, mut count) = (&mut self.sums[..], self.count);
        let Some(touched) = self.touched.first_chunk_mut::<TOUCHED>().filter(|_| count + ROW <= TOUCHED) else {
            return;
        };
        weights.for_each(|(item, weight)| {
            if let Some(sum) = sums.get_mut(item.place()) {
                // Always written, but counted only if new. There is room for a whole row.
                touched[count % TOUCHED] = item;
                count += usize::from(*sum == 0);
                // Bounded for verified tables, see `score::unit`. An unverified table may wrap around.
                *sum = sum.wrapping_add(weight);
            }
        });
        self.count = count;
    }

    /// Takes an item out of the ranking. It stays in the list of touched items with a score of 0, which is never
    /// among the best.
    pub(super) fn forget(&mut self, item: ItemIndex) {
        if let Some(sum) = self.sums.get_mut(item.place()) {
            *sum = 0;
        }
    }

    /// Takes all items out of the ranking but those to keep.
    #[inline(always)]
    pub(super) fn keep(&mut self, keep: impl Fn(ItemIndex) -> bool) {
        for at in 0..self.count.min(TOUCHED) {
            let item = self.touched[at];
            if !keep(item) {
                self.forget(item);
            }
        }
    }

    /// The sum of an item; 0 for one that does not exist.
    pub(super) fn sum(&self, item: ItemIndex) -> u32 {
        self.sums.get(item.place()).copied().unwrap_or_default()
    }

    /// Resets the sums to zero and appends the `limit` best items to those already found.
    ///
    /// The best so far stand in order. Most items are worse than the last of them, which takes one look.
    pub(super) fn take_best(&mut self, limit: usize) {
        let found = self.top.len();
        let most = found + limit;
        for at in 0..self.count.min(TOUCHED) {
            let item = self.touched[at];
            let score = self.sums.get_mut(item.place()).map_or(0, core::mem::take);
            let one = Scored { item, score };
            if score == 0 || self.top.len() == most && self.top.last().is_none_or(|last| last.rank() > one.rank()) {
                continue;
            }
            self.top.truncate(most - 1);
            let mut place = self.top.len();
            while place > found && self.top[place - 1].rank() < one.rank() {
                place -= 1;
            }
            self.top.insert(place, one);
        }
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_those_a_full_sort_finds() {
        let mut seed = 1_u32;
        let mut draw = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for limit in [1, 2, 7, 20] {
            let weights: Vec<u32> = (0..300).map(|_| draw() % [3, 50, 60_000][limit % 3]).collect();
            let mut scratch = Scratch::default();
            scratch.fit(300);
            weights.iter().enumerate().for_each(|(item, weight)| scratch.add(ItemIndex::new(item as u32), *weight));
            scratch.take_best(limit);
            let mut sorted: Vec<(u32, u32)> = (0..).zip(weights).filter(|(_, weight)| *weight > 0).collect();
            sorted.sort_by_key(|(item, weight)| (core::cmp::Reverse(*weight), *item));
            sorted.truncate(limit);
            assert_eq!(scratch.top.iter().map(|best| (best.item.get(), best.score)).collect::<Vec<_>>(), sorted);
            assert!(scratch.sums.iter().all(|sum| *sum == 0));
        }
    }
}
