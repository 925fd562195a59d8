//! Sums by item, from which one row at a time is taken.
//!
//! What stands near an item is added up in an array of the catalogue's length, with a list of the items touched, so that a row
//! costs what it holds and not what the shop sells. Each thread has sums of its own.
//!
//! Weights are whole numbers where they come from the log, so that the order of additions makes no difference. A row of
//! a log has at most [`MOST`] entries to choose from, the heaviest before anything is known of their items: that bounds what an engine that
//! counts elsewhere has to hand over.
//!
//! Invariant: whatever was taken, all sums are at nothing again.

use super::table::CountedRow;
use std::cmp::Ordering::Equal;

/// Entries of an item that are looked at, by their sums alone.
pub const MOST: usize = 512;

/// What can be added up.
pub trait Weight: Copy + Default + PartialOrd {
    /// The sum of two.
    #[must_use]
    fn plus(self, more: Self) -> Self;
}

impl Weight for f32 {
    fn plus(self, more: Self) -> Self {
        self + more
    }
}

impl Weight for u64 {
    fn plus(self, more: Self) -> Self {
        self.saturating_add(more)
    }
}

/// A visit that has made a pair. Numbers begin at 1; 0 is none.
#[derive(Clone, Copy, Default)]
pub struct Visit {
    /// The session.
    pub number: u32,
    /// Its weight in a support.
    pub weight: f32,
}

/// What was added up for an item. Together in memory, since all of it is read with each addition.
#[derive(Clone, Copy, Default)]
struct Sum<W> {
    weight: W,
    /// Weights of the distinct visits.
    support: f32,
    /// The newest of them. Visits come one after the other, so this says whether one is new.
    visit: u32,
}

/// Sums by item, for one row at a time.
pub struct Sums<W> {
    by_item: Vec<Sum<W>>,
    touched: Vec<u32>,
    /// Those that count.
    found: Vec<(u32, W)>,
    /// The row that is being taken.
    row: CountedRow,
}

impl<W: Weight> Sums<W> {
    /// Room for so many items, all of them at nothing.
    pub fn new(items: usize) -> Self {
        Self { by_item: vec![Sum::default(); items], touched: Vec::new(), found: Vec::new(), row: Vec::new() }
    }

    /// Adds to the sum of an item what a visit says. A weight of nothing says nothing.
    pub fn add(&mut self, item: u32, weight: W, visit: Visit) {
        if weight == W::default() {
            return;
        }
        let sum = &mut self.by_item[item as usize];
        if sum.weight == W::default() {
            self.touched.push(item);
        }
        sum.weight = sum.weight.plus(weight);
        if sum.visit != visit.number {
            sum.visit = visit.number;
            sum.support += visit.weight;
        }
    }

    /// Leaves an item out of what is taken.
    pub fn forget(&mut self, item: u32) {
        self.by_item[item as usize].weight = W::default();
    }

    /// Hands over each sum with its support, in no order, and sets the sums back to nothing.
    pub fn each(&mut self, mut sink: impl FnMut(u32, W, f32)) {
        for item in self.touched.drain(..) {
            let sum = std::mem::take(&mut self.by_item[item as usize]);
            if sum.weight > W::default() {
                sink(item, sum.weight, sum.support);
            }
        }
    }

    /// The heaviest entries of at least this support, heaviest first, and the sums back to nothing; of equal weights the
    /// lower item number leads. `weight` says what an item's sum makes in the row, of
    /// the `most` items with the heaviest sums.
    pub fn take(&mut self, limit: usize, most: usize, support: f32, weight: impl Fn(u32, W) -> f32) -> &[(u32, f32)] {
        let Self { by_item, found, row, touched } = self;
        let taken = touched.drain(..).map(|item| (item, std::mem::take(&mut by_item[item as usize])));
        let counts = |(_, sum): &(u32, Sum<W>)| sum.weight > W::default() && sum.support >= support;
        found.clear();
        found.extend(taken.filter(counts).map(|(item, sum)| (item, sum.weight)));
        if found.len() > most {
            // Weights are never NaN.
            found.select_nth_unstable_by(most, |a, b| b.1.partial_cmp(&a.1).unwrap_or(Equal).then(a.0.cmp(&b.0)));
            found.truncate(most);
        }
        row.clear();
        row.extend(found.drain(..).map(|(item, sum)| (item, weight(item, sum))));
        let heavier = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if row.len() > limit {
            row.select_nth_unstable_by(limit, heavier);
            row.truncate(limit);
        }
        row.sort_unstable_by(heavier);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_with_enough_support_are_taken_and_nothing_is_left() {
        let mut sums = Sums::new(5);
        let visit = |number| Visit { number, weight: 1.0 };
        for (item, weight, number) in
            [(1, 2.0, 1), (1, 1.0, 2), (2, 9.0, 1), (2, 9.0, 1), (3, 3.0, 2), (3, 0.5, 3), (4, 3.5, 1)]
        {
            sums.add(item, weight, visit(number));
        }
        sums.forget(4);
        assert_eq!(sums.take(9, MOST, 2.0, |_, weight| weight), [(3, 3.5), (1, 3.0)], "item 2 had one visit only");
        sums.add(2, 1.0, visit(4));
        assert_eq!(sums.take(9, MOST, 0.0, |item, weight| weight + item as f32), [(2, 3.0)]);
    }
}
