//! Item numbers that bring neighbours close together, so that rows pack into fewer bits.
//!
//! A row stores the gaps between its ascending item numbers, and a gap of g takes about log2(g) bits. So similar items
//! should have near numbers. The method is recursive graph bisection: cut the items into two halves such that as many rows
//! as possible fall into one of them, swapping items while that lowers the estimated bits; then cut each half, down to a
//! handful (Dhulipala, Kabiljo, Karrer, Ottaviano, Pupyrev, Shalita: "Compressing graphs and indexes with recursive graph
//! bisection", KDD 2016, algorithm 1). It starts from a breadth-first order, and on public click logs takes a third off
//! the bits of that.
//!
//! Invariant: the result is a permutation of the items, and the same on any number of threads.

use super::count::CountedRow;
use crate::snapshot::ItemIndex;

/// Most rounds of swaps per cut.
const ROUNDS: usize = 12;
/// A round that swaps at most one in this many items is the last.
const ENOUGH: usize = 1000;
/// Parts of this size are not cut further.
const SMALL: usize = 4;
/// Cuts above this depth hand one half to another thread: up to eight at once. Each needs counters of its own, two numbers
/// per row of the whole catalogue, so deeper cuts share those of their thread.
const THREADED: u32 = 3;

/// The items in their new order: `order[new] = old`.
pub fn order(rows: &[CountedRow]) -> Vec<u32> {
    let mut order = walk(rows);
    // By item, the rows that name it; "queries" and "data" in the paper. An item counts as a member of its own row.
    let mut rows_of: Vec<Vec<u32>> = (0..rows.len() as u32).map(|own| vec![own]).collect();
    for (own, row) in rows.iter().enumerate() {
        for (to, _) in row {
            rows_of[*to as usize].push(own as u32);
        }
    }
    // Logarithms by table: `gain` needs four of them per item, row and round.
    let logs = rows_of.iter().map(Vec::len).max().unwrap_or_default().max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let logs = (0..logs + 3).map(|count| ((count + 1) as f32).log2()).collect();
    Cuts { rows_of: &rows_of, logs }.split(&mut order, Halves::new(rows.len()), 0);
    order
}

/// The index of each of the log's items in a snapshot with this order: the inverse permutation.
pub fn indices(order: &[u32]) -> Vec<ItemIndex> {
    let mut indices = vec![ItemIndex::UNKNOWN; order.len()];
    for (old, new) in order.iter().zip(0..) {
        indices[*old as usize] = ItemIndex::new(new);
    }
    indices
}

/// The items in breadth-first order along their eight heaviest neighbours, starting anew at each item not reached yet. A
/// good start saves rounds: bisection only swaps, and finds the optimum near where it begins.
fn walk(rows: &[CountedRow]) -> Vec<u32> {
    let mut seen = vec![false; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    for start in 0..rows.len() as u32 {
        let mut next = order.len();
        if !std::mem::replace(&mut seen[start as usize], true) {
            order.push(start);
        }
        while let Some(item) = order.get(next).copied() {
            next += 1;
            for (to, _) in rows[item as usize].iter().take(8) {
                if !std::mem::replace(&mut seen[*to as usize], true) {
                    order.push(*to);
                }
            }
        }
    }
    order
}

/// What all cuts share.
struct Cuts<'a> {
    /// By item, the numbers of the rows that contain it, its own among them.
    rows_of: &'a [Vec<u32>],
    /// `logs[count] = log2(count + 1)`.
    logs: Vec<f32>,
}

/// By row, how many of its items are in the left and in the right half of the part being cut. All zeros between two cuts:
/// a cut clears the rows it touched, which is cheaper than clearing all.
struct Halves {
    left: Vec<u32>,
    right: Vec<u32>,
}

impl Halves {
    fn new(rows: usize) -> Self {
        Self { left: vec![0; rows], right: vec![0; rows] }
    }
}

impl Cuts<'_> {
    /// Cuts a part into two halves, and both halves again; the first few levels in parallel.
    fn split(&self, part: &mut [u32], mut halves: Halves, depth: u32) {
        if part.len() <= SMALL {
            return;
        }
        self.cut(part, &mut halves);
        let half = part.len() / 2;
        let (left, right) = part.split_at_mut(half);
        if depth < THREADED {
            let other = Halves::new(self.rows_of.len());
            rayon::join(|| self.split(left, halves, depth + 1), || self.split(right, other, depth + 1));
        } else {
            self.split_on(left, &mut halves);
            self.split_on(right, &mut halves);
        }
    }

    /// As [`Cuts::split`], on this thread alone and in the same counters.
    fn split_on(&self, part: &mut [u32], halves: &mut Halves) {
        if part.len() > SMALL {
            self.cut(part, halves);
            let half = part.len() / 2;
            let (left, right) = part.split_at_mut(half);
            self.split_on(left, halves);
            self.split_on(right, halves);
        }
    }

    /// Orders a part so that its first half and its second half share as few rows as possible.
    fn cut(&self, part: &mut [u32], halves: &mut Halves) {
        let half = part.len() / 2;
        let sizes = ((half as f32).log2(), ((part.len() - half) as f32).log2());
        self.count(part, half, halves);
        for _ in 0..ROUNDS {
            let gain = |(at, item): (usize, &u32)| (self.gain(*item, at < half, sizes, halves), *item);
            let mut gains: Vec<(f32, u32)> = part.iter().enumerate().map(gain).collect();
            let most = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
            // Swap the item that gains most on the left with the one that gains most on the right, then the next two,
            // while a pair still gains. Gains are not updated within a round; that is what makes rounds cheap.
            let (left, right) = gains.split_at_mut(half);
            left.sort_unstable_by(most);
            right.sort_unstable_by(most);
            let mut swaps = 0;
            for (one, other) in left.iter_mut().zip(right).take_while(|(one, other)| one.0 + other.0 > 0.0) {
                for row in &self.rows_of[one.1 as usize] {
                    halves.left[*row as usize] -= 1;
                    halves.right[*row as usize] += 1;
                }
                for row in &self.rows_of[other.1 as usize] {
                    halves.left[*row as usize] += 1;
                    halves.right[*row as usize] -= 1;
                }
                std::mem::swap(one, other);
                swaps += 1;
            }
            for (to, (_, item)) in part.iter_mut().zip(&gains) {
                *to = *item;
            }
            if swaps * ENOUGH <= part.len() {
                break;
            }
        }
        for row in part.iter().flat_map(|item| &self.rows_of[*item as usize]) {
            halves.left[*row as usize] = 0;
            halves.right[*row as usize] = 0;
        }
    }

    /// Counts the items of each row in both halves.
    fn count(&self, part: &[u32], half: usize, halves: &mut Halves) {
        for (at, item) in part.iter().enumerate() {
            let counts = if at < half { &mut halves.left } else { &mut halves.right };
            self.rows_of[*item as usize].iter().for_each(|row| counts[*row as usize] += 1);
        }
    }

    /// Estimated bits that the rows of an item would save if it changed sides: the move gain of the paper. A row with `d`
    /// of its items among the `n` of a half costs about `d log2(n / (d + 1))` bits there.
    fn gain(&self, item: u32, is_left: bool, (left_size, right_size): (f32, f32), halves: &Halves) -> f32 {
        let cost = |left: u32, right: u32| {
            left as f32 * (left_size - self.logs[left as usize])
                + right as f32 * (right_size - self.logs[right as usize])
        };
        let of_row = |row: &u32| {
            let (left, right) = (halves.left[*row as usize], halves.right[*row as usize]);
            let after = if is_left { (left - 1, right + 1) } else { (left + 1, right - 1) };
            // A row with a single item in this part has no gap here, wherever that item stands.
            if left + right > 1 { cost(left, right) - cost(after.0, after.1) } else { 0.0 }
        };
        self.rows_of[item as usize].iter().map(of_row).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_gets_a_number_and_what_belongs_together_stands_together() {
        // Items of the same remainder modulo 8 are neighbours.
        let rows: Vec<CountedRow> =
            (0..400_u32).map(|own| (1..9).map(|n| ((own + 8 * n) % 400, 1.0)).collect()).collect();
        let order = order(&rows);
        let mut place = vec![usize::MAX; 400];
        order.iter().enumerate().for_each(|(new, old)| place[*old as usize] = new);
        assert!(place.iter().all(|new| *new < 400));
        let far = |places: &dyn Fn(usize) -> usize| {
            let pairs =
                rows.iter().enumerate().flat_map(|(own, row)| row.iter().map(move |(to, _)| (own, *to as usize)));
            pairs.map(|(own, to)| places(own).abs_diff(places(to))).sum::<usize>()
        };
        let (before, after) = (far(&|item| item), far(&|item| place[item]));
        assert!(after * 2 < before, "{after} of {before}");
    }

    #[test]
    fn no_items_and_no_neighbours_are_no_trouble() {
        assert!(order(&[]).is_empty());
        let mut alone = order(&vec![CountedRow::new(); 9]);
        alone.sort_unstable();
        assert_eq!(alone, (0..9).collect::<Vec<_>>());
    }
}
