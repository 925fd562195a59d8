//! Next-item scores: the rows of a session's items, added up.
//!
//! `score(j) = Σ recency[step] * kind * repeated * row(item)[j]` over the session's item events, newest
//! first, plus the return-to-seen kernel where `j` itself was one of them: people go back to what they
//! looked at, the more so when they have just begun to go back, or opened the same page twice. All numbers
//! are whole and small enough that no sum can overflow, so every host gets the same bits.
//!
//! Where the rows name fewer items than are asked for (a new product has a short row), the places left go
//! to the neighbours of the best found.

use super::Model;
use crate::event::{EventKind, ItemKey};
use crate::session::{MAX_TOUCHES, Session};
use crate::snapshot::rows::Rows;
use crate::snapshot::section::Kernel;
use alloc::vec::Vec;

/// An item and its score. Scores compare within one call only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// Item number.
    pub item: u32,
    /// Sum of weights.
    pub score: u32,
}

/// One event of a session, about one item of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Item number.
    pub item: u32,
    /// What was done.
    pub kind: EventKind,
    /// Whether it was done again at once.
    pub repeated: bool,
}

/// The item events of a session, newest first, at most [`MAX_TOUCHES`].
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    steps: [Step; MAX_TOUCHES],
    len: usize,
}

impl FromIterator<Step> for Trail {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        let none = Step { item: u32::MAX, kind: EventKind::ViewItem, repeated: false };
        let mut trail = Self { steps: [none; MAX_TOUCHES], len: 0 };
        for step in steps.into_iter().take(MAX_TOUCHES) {
            trail.steps[trail.len] = step;
            trail.len += 1;
        }
        trail
    }
}

impl core::ops::Deref for Trail {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.steps[..self.len.min(MAX_TOUCHES)]
    }
}

/// Rows to score with: those of a snapshot, or the trainer's before they are packed.
pub trait Table {
    /// Number of items.
    fn items(&self) -> usize;
    /// The scale of an item's row and its entries (neighbour, level).
    fn row(&self, item: u32) -> (u32, impl Iterator<Item = (u32, u32)>);
}

/// Working memory of scoring: 4 bytes an item, and lists of the items touched. Reused from call to
/// call, so that a decision allocates nothing once it has grown to the model's size.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    sums: Vec<u32>,
    touched: Vec<u32>,
    /// The best, each as score and inverted item number in one word, the best first.
    best: Vec<u64>,
    top: Vec<Scored>,
}

impl Scratch {
    #[inline]
    fn add(&mut self, item: u32, weight: u32) {
        if let Some(sum) = self.sums.get_mut(item as usize) {
            if *sum == 0 {
                self.touched.push(item);
            }
            *sum = sum.saturating_add(weight);
        }
    }

    fn add_row<T: Table>(&mut self, table: &T, item: u32, factor: u32) {
        let (scale, entries) = table.row(item);
        let unit = unit(factor, scale);
        for (neighbour, level) in entries {
            self.add(neighbour, unit * level * level);
        }
    }

    /// Takes the sums back to zero and puts the `limit` best behind those already found.
    fn take_best(&mut self, limit: usize, allowed: impl Fn(u32) -> bool) {
        self.best.clear();
        // A score of nothing is no candidate.
        let mut floor = u64::from(u32::MAX);
        for at in 0..self.touched.len() {
            let item = self.touched[at];
            let score = core::mem::take(&mut self.sums[item as usize]);
            let rank = u64::from(score) << 32 | u64::from(!item);
            if rank > floor && allowed(item) {
                keep_best(&mut self.best, rank, limit);
                if self.best.len() == limit {
                    floor = self.best.last().copied().unwrap_or(floor);
                }
            }
        }
        self.touched.clear();
        self.top.extend(self.best.iter().map(|rank| Scored { item: !(*rank as u32), score: (rank >> 32) as u32 }));
    }
}

/// The `limit` best next items after a trail, best first; of equal scores the lower item number leads.
/// Items of the trail are scored only if `seen` says so. The slice lives in `scratch`.
pub fn rank<'s, T: Table>(
    kernel: &Kernel,
    table: &T,
    trail: &Trail,
    limit: usize,
    seen: bool,
    scratch: &'s mut Scratch,
) -> &'s [Scored] {
    scratch.sums.resize(table.items(), 0);
    scratch.top.clear();
    let own = |item: u32| trail.iter().any(|step| step.item == item);
    let back = trail.first().is_some_and(|newest| trail[1..].iter().any(|step| step.item == newest.item));
    for (at, step) in trail.iter().enumerate() {
        scratch.add_row(table, step.item, factor(kernel, at, *step));
        if seen {
            let again = if at == 0 && step.repeated { kernel.again } else { 0 };
            let weight = kernel.returning[usize::from(back)][at].saturating_add(again).min(1 << 27);
            let length = kernel.length[trail.len() - 1].min(Kernel::ONE);
            scratch.add(step.item, (u64::from(weight) * u64::from(length) / u64::from(Kernel::ONE)) as u32);
        }
    }
    scratch.take_best(limit, |item| seen || !own(item));
    if scratch.top.len() < limit {
        fill_up(table, limit, own, scratch);
    }
    &scratch.top
}

/// Gives the places that are left to neighbours of the best found, behind them.
fn fill_up<T: Table>(table: &T, limit: usize, own: impl Fn(u32) -> bool, scratch: &mut Scratch) {
    const VIA: usize = 4;
    let found = scratch.top.len();
    let via: [Option<u32>; VIA] = core::array::from_fn(|at| scratch.top.get(at).map(|best| best.item));
    for (at, item) in via.into_iter().flatten().enumerate() {
        scratch.add_row(table, item, u32::from(Kernel::ONE) >> at);
    }
    let top = core::mem::take(&mut scratch.top);
    scratch.take_best(limit - found, |item| !own(item) && top.iter().all(|held| held.item != item));
    let last = top.last().map_or(0, |last| last.score);
    let behind = core::mem::replace(&mut scratch.top, top);
    scratch.top.extend(behind.iter().map(|next| Scored { score: next.score.min(last), ..*next }));
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The session's item events, as far as the snapshot knows their items. An `anchor` (the product
    /// whose page is being shown) stands first, as if it had just been viewed.
    pub fn trail(&self, session: &Session, anchor: Option<ItemKey>) -> Trail {
        let newest = session.touches().find_map(|touch| touch.item);
        let shown = anchor.filter(|key| newest != Some(*key)).map(|key| (key, EventKind::ViewItem, false));
        let touches = session.touches().filter_map(|touch| Some((touch.item?, touch.kind, touch.repeated)));
        let known = |(key, kind, repeated)| Some(Step { item: self.item(key)?, kind, repeated });
        shown.into_iter().chain(touches).take(MAX_TOUCHES).filter_map(known).collect()
    }

    /// The `limit` best next items after a trail: [`rank`] with this snapshot's rows.
    pub fn next_items<'s>(
        &self,
        trail: &Trail,
        limit: usize,
        seen: bool,
        scratch: &'s mut Scratch,
    ) -> &'s [Scored] {
        rank(&self.meta.kernel, &self.table(), trail, limit, seen, scratch)
    }

    /// What one event of a trail adds to the score of another item: the part of a reason.
    pub fn contribution(&self, at: usize, step: Step, to: u32) -> u32 {
        let table = self.table();
        let (scale, mut entries) = table.row(step.item);
        let unit = unit(factor(&self.meta.kernel, at, step), scale);
        entries.find(|(neighbour, _)| *neighbour == to).map_or(0, |(_, level)| unit * level * level)
    }

    fn table(&self) -> Packed<'_> {
        Packed { rows: &self.rows, section: self.bytes().get(self.rows_at.clone()).unwrap_or_default() }
    }
}

/// The rows of a snapshot, read in place.
struct Packed<'a> {
    rows: &'a Rows,
    section: &'a [u8],
}

impl Table for Packed<'_> {
    fn items(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    fn row(&self, item: u32) -> (u32, impl Iterator<Item = (u32, u32)>) {
        self.rows.row(self.section, item)
    }
}

/// The factor of a step's row, at most 4.
#[inline]
fn factor(kernel: &Kernel, at: usize, step: Step) -> u32 {
    let repeated = u32::from(if step.repeated { kernel.repeated } else { Kernel::ONE });
    let once = (u32::from(kernel.recency[at]) * u32::from(kernel.kinds[step.kind as usize])) >> 10;
    (once.min(1 << 12) * repeated.min(1 << 12) >> 10).min(1 << 12)
}

/// What one squared level is worth: at most (2^12 * 2^20) >> 13 = 2^19, which times 225 and 16 steps, with
/// 16 times 2^27 of the return kernel on top, stays below 2^32.
#[inline]
fn unit(factor: u32, scale: u32) -> u32 {
    ((u64::from(factor) * u64::from(scale)) >> 13) as u32
}

/// Keeps the `limit` best in order, by insertion: most candidates lose against the last at once.
#[inline]
fn keep_best(best: &mut Vec<u64>, rank: u64, limit: usize) {
    if best.len() < limit {
        best.push(rank);
    }
    let mut at = best.len();
    while at > 1 && best[at - 2] < rank {
        best[at - 1] = best[at - 2];
        at -= 1;
    }
    if let Some(place) = best.get_mut(at.wrapping_sub(1)) {
        *place = rank;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel() -> Kernel {
        Kernel {
            recency: core::array::from_fn(|at| 1024 >> at.min(10)),
            repeated: 512,
            returning: [core::array::from_fn(|at| if at == 0 { 5000 } else { 40 }); 2],
            again: 10_000,
            length: [1024; MAX_TOUCHES],
            affinity: [0; MAX_TOUCHES],
            kinds: [1024; EventKind::COUNT],
        }
    }

    struct Rows(Vec<Vec<(u32, u32)>>);

    impl Table for Rows {
        fn items(&self) -> usize {
            self.0.len()
        }

        fn row(&self, item: u32) -> (u32, impl Iterator<Item = (u32, u32)>) {
            (16, self.0[item as usize].iter().copied())
        }
    }

    /// Items 1 and 2 are next to 0, 3 to 1, 4 to 3.
    fn rows() -> Rows {
        Rows(alloc::vec![
            alloc::vec![(1, 4), (2, 4)],
            alloc::vec![(3, 2)],
            alloc::vec![],
            alloc::vec![(4, 15)],
            alloc::vec![]
        ])
    }

    fn trail(items: &[u32]) -> Trail {
        items.iter().map(|item| Step { item: *item, kind: EventKind::ViewItem, repeated: false }).collect()
    }

    fn found(trail: &Trail, limit: usize, seen: bool) -> Vec<(u32, u32)> {
        let mut scratch = Scratch::default();
        let first = rank(&kernel(), &rows(), trail, limit, seen, &mut scratch).to_vec();
        assert_eq!(rank(&kernel(), &rows(), trail, limit, seen, &mut scratch), first, "state passed between calls");
        first.iter().map(|best| (best.item, best.score)).collect()
    }

    #[test]
    fn rows_add_up_and_ties_go_to_the_lower_number() {
        assert_eq!(found(&trail(&[0]), 2, false), [(1, 32), (2, 32)]);
        assert_eq!(found(&trail(&[1, 0]), 2, false), [(2, 16), (3, 8)]);
        assert_eq!(found(&trail(&[1, 0]), 4, true), [(1, 5016), (0, 40), (2, 16), (3, 8)]);
    }

    #[test]
    fn a_repeated_event_weighs_by_the_kernel() {
        let repeated: Trail = trail(&[0]).iter().map(|step| Step { repeated: true, ..*step }).collect();
        assert_eq!(found(&repeated, 2, true), [(0, 15_000), (1, 16)]);
    }

    #[test]
    fn places_left_go_to_neighbours_of_neighbours_behind_the_rest() {
        assert_eq!(found(&trail(&[0]), 4, false), [(1, 32), (2, 32), (3, 8)]);
        assert_eq!(found(&trail(&[3]), 9, false), [(4, 450)]);
        assert_eq!(found(&trail(&[]), 9, true), []);
    }

    #[test]
    fn the_best_are_kept_in_order() {
        let mut best = Vec::new();
        for rank in [3, 9, 4, 4, 1, 10] {
            keep_best(&mut best, rank, 3);
            assert!(best.is_sorted_by(|a, b| a >= b));
        }
        assert_eq!(best, [10, 9, 4]);
    }

    #[test]
    fn a_trail_longer_than_a_session_is_cut_and_zero_is_no_limit_to_fear() {
        let long: Vec<u32> = (0..40).map(|n| n % 5).collect();
        assert_eq!(trail(&long).len(), MAX_TOUCHES);
        assert_eq!(found(&trail(&long), 0, true), []);
    }
}
