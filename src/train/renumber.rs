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

use super::table::Heads;
use crate::snapshot::ItemIndex;

/// Most rounds of swaps per cut.
const ROUNDS: usize = 20;
/// A round that swaps at most one in this many items is the last.
const ENOUGH: usize = 1000;
/// Parts of this size are not cut further.
const SMALL: usize = 4;
/// Cuts above this depth hand one half to another thread: up to eight at once.
const THREADED: u32 = 3;

/// The items in their new order: `order[new] = old`.
pub fn order(rows: &Heads<'_>) -> Vec<u32> {
    let longest = (0..rows.len()).map(|own| rows.row(own).len()).max().unwrap_or_default();
    let logs: Vec<f32> = (0..longest + 3).map(|count| ((count + 1) as f32).log2()).collect();
    Part::whole(walk(rows), rows).split(&logs, 0)
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
fn walk(rows: &Heads<'_>) -> Vec<u32> {
    let mut seen = vec![false; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    for start in 0..rows.len() as u32 {
        let mut next = order.len();
        if !std::mem::replace(&mut seen[start as usize], true) {
            order.push(start);
        }
        while let Some(item) = order.get(next).copied() {
            next += 1;
            for (to, _) in rows.row(item as usize).iter().take(8) {
                if !std::mem::replace(&mut seen[*to as usize], true) {
                    order.push(*to);
                }
            }
        }
    }
    order
}

/// Some of the items, and the rows that name at least two of them: "data" and "queries" in the paper. A row that names one
/// has no gap here, wherever that item stands, nor in any part of this part. So parts have ever fewer rows to read, and the
/// rows have numbers of the part's own, which stand close together in memory.
struct Part {
    items: Vec<u32>,
    /// Where the rows of each item begin in `rows`; one more at the end.
    first: Vec<u32>,
    rows: Vec<u32>,
    /// Number of rows.
    count: usize,
}

impl Part {
    /// All items in an order to begin with. An item counts as a member of its own row.
    fn whole(items: Vec<u32>, rows: &Heads<'_>) -> Self {
        let mut places = vec![0_usize; items.len()];
        items.iter().enumerate().for_each(|(at, item)| places[*item as usize] = at);
        // The places of the items of a row. One without entries has none: nothing is near it.
        let named = |own: u32| {
            let row = rows.row(own as usize);
            let own = Some(own).filter(|_| !row.is_empty());
            own.into_iter().chain(row.iter().map(|(to, _)| *to)).map(|item| places[item as usize])
        };
        let mut first = vec![0_u32; items.len() + 1];
        items.iter().flat_map(|own| named(*own)).for_each(|at| first[at + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut all = vec![0; first.last().copied().unwrap_or_default() as usize];
        // Rows are numbered as their items are.
        for (own, number) in items.iter().zip(0..) {
            for at in named(*own) {
                all[next[at] as usize] = number;
                next[at] += 1;
            }
        }
        Self { count: items.len(), items, first, rows: all }
    }

    /// The rows of the item at a place.
    fn of(&self, at: usize) -> &[u32] {
        &self.rows[self.first[at] as usize..self.first[at + 1] as usize]
    }

    /// Cuts the part into two halves, and both halves again, the first few levels in parallel. Gives the items in their order.
    fn split(self, logs: &[f32], depth: u32) -> Vec<u32> {
        if self.items.len() <= SMALL {
            return self.items;
        }
        let (left, right) = self.cut(logs);
        let (mut items, rest) = if depth < THREADED {
            rayon::join(|| left.split(logs, depth + 1), || right.split(logs, depth + 1))
        } else {
            (left.split(logs, depth), right.split(logs, depth))
        };
        items.extend(rest);
        items
    }

    /// Cuts the part into two halves that share as few rows as possible.
    fn cut(self, logs: &[f32]) -> (Self, Self) {
        let half = self.items.len() / 2;
        // The items of both halves, by their places.
        let mut places: Vec<u32> = (0..self.items.len() as u32).collect();
        let (left, right) = places.split_at_mut(half);
        let mut sides = Sides::new(&self, half, logs);
        for _ in 0..ROUNDS {
            sides.weigh();
            // Swap the item that gains most on the left with the one that gains most on the right, then the next two,
            // while a pair still gains. Gains are not updated within a round; that is what makes rounds cheap.
            let (mut from_left, mut from_right) = (sides.gains(&self, left, 0), sides.gains(&self, right, 1));
            let most =
                [&from_left, &from_right].map(|side| side.iter().map(|(gain, _)| *gain).fold(f32::MIN, f32::max));
            keep_most(&mut from_left, most[1]);
            keep_most(&mut from_right, most[0]);
            let pairs = from_left.iter().zip(&from_right).take_while(|(one, other)| one.0 + other.0 > 0.0);
            let mut swaps = 0;
            for ((_, one), (_, other)) in pairs {
                sides.change(self.of(left[*one as usize] as usize), 0);
                sides.change(self.of(right[*other as usize] as usize), 1);
                std::mem::swap(&mut left[*one as usize], &mut right[*other as usize]);
                swaps += 1;
            }
            if swaps * ENOUGH <= self.items.len() {
                break;
            }
        }
        (self.half(left, 0, &sides.counts), self.half(right, 1, &sides.counts))
    }

    /// The items at some places, all on one side of a cut, with the rows that name two of them.
    fn half(&self, places: &[u32], side: usize, counts: &[[u16; 2]]) -> Self {
        let mut numbers = vec![u32::MAX; self.count];
        let mut half = Self { items: Vec::with_capacity(places.len()), first: vec![0], rows: Vec::new(), count: 0 };
        for at in places {
            half.items.push(self.items[*at as usize]);
            for row in self.of(*at as usize).iter().filter(|row| counts[**row as usize][side] > 1) {
                let number = &mut numbers[*row as usize];
                if *number == u32::MAX {
                    *number = half.count as u32;
                    half.count += 1;
                }
                half.rows.push(*number);
            }
            half.first.push(half.rows.len() as u32);
        }
        half.rows.shrink_to_fit();
        half
    }
}

/// The two sides of a part that is being cut: what is known of each of its rows.
struct Sides<'a> {
    /// How many of its items are on the left and on the right. A row has a few dozen items.
    counts: Vec<[u16; 2]>,
    /// Estimated bits it would save if one of its items on the left, or on the right, changed sides.
    gains: Vec<[f32; 2]>,
    /// Logarithms of the sizes of the sides.
    sizes: [f32; 2],
    /// `logs[count] = log2(count + 1)`.
    logs: &'a [f32],
}

impl<'a> Sides<'a> {
    fn new(part: &Part, half: usize, logs: &'a [f32]) -> Self {
        let mut counts = vec![[0; 2]; part.count];
        for at in 0..part.items.len() {
            part.of(at).iter().for_each(|row| counts[*row as usize][usize::from(at >= half)] += 1);
        }
        let sizes = [half, part.items.len() - half].map(|size| (size as f32).log2());
        Self { gains: vec![[0.0; 2]; counts.len()], counts, sizes, logs }
    }

    /// The gains of all rows: the move gain of the paper. A row with `d` of its items among the `n` of a side costs about
    /// `d log2(n / (d + 1))` bits there.
    fn weigh(&mut self) {
        let cost = |side: usize, count: u16| f32::from(count) * (self.sizes[side] - self.logs[usize::from(count)]);
        for (gains, [left, right]) in self.gains.iter_mut().zip(&self.counts) {
            let now = cost(0, *left) + cost(1, *right);
            let after = |left: u16, right: u16| now - cost(0, left) - cost(1, right);
            *gains = [
                if *left > 0 { after(left - 1, right + 1) } else { 0.0 },
                if *right > 0 { after(left + 1, right - 1) } else { 0.0 },
            ];
        }
    }

    /// What the items of a side gain by changing to the other, each with its place on the side.
    fn gains(&self, part: &Part, places: &[u32], side: usize) -> Vec<(f32, u32)> {
        let gain = |(at, place): (u32, &u32)| {
            let gains = part.of(*place as usize).iter().map(|row| self.gains[*row as usize][side]);
            (gains.sum::<f32>(), at)
        };
        (0..).zip(places).map(gain).collect()
    }

    /// An item of these rows changes from a side to the other.
    fn change(&mut self, rows: &[u32], from: usize) {
        for row in rows {
            let counts = &mut self.counts[*row as usize];
            counts[from] -= 1;
            counts[1 - from] += 1;
        }
    }
}

/// Those that gain with the item of the other side that gains most, in order. Most items gain with none, and need no order.
fn keep_most(gains: &mut Vec<(f32, u32)>, other: f32) {
    gains.retain(|(gain, _)| gain + other > 0.0);
    gains.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
}

#[cfg(test)]
mod tests {
    use super::super::table::CountedRows;
    use super::*;

    #[test]
    fn every_item_gets_a_number_and_what_belongs_together_stands_together() {
        // Items of the same remainder modulo 8 are neighbours.
        let rows: CountedRows = (0..400_u32).map(|own| (1..9).map(|n| ((own + 8 * n) % 400, 1.0)).collect()).collect();
        let order = order(&Heads::whole(&rows));
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
        assert!(order(&Heads::whole(&CountedRows::default())).is_empty());
        let rows: CountedRows = vec![Vec::new(); 9].into_iter().collect();
        let mut alone = order(&Heads::whole(&rows));
        alone.sort_unstable();
        assert_eq!(alone, (0..9).collect::<Vec<_>>());
    }
}
