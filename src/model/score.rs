//! Next-item scores: the sum of the rows of a session's items.
//!
//! `score(j) = Σ recency[step] * kind * repeated * row(item)[j]` over the session's item events, newest
//! first, plus the return-to-seen kernel if `j` is itself one of them: people return to what they have viewed, even more
//! so if they have just returned to something, or are used to opening a page twice. All numbers are integers, small enough
//! that no sum can overflow, so every host computes the same bits.
//!
//! A shop whose log gains from it also has trail rows: what came after two items of a visit, the newest and one of the few
//! before it. What they hold for a history is added at a factor of one.
//!
//! If the rows hold fewer items than requested (a new product has a short row), neighbours of the best items fill the
//! remaining places.
//!
//! Units. A factor is a fixed-point number; [`Kernel::ONE`] (1024) is one. A level is a weight of 1 to 15 on a square-root
//! scale, so `level * level * scale` is the weight. A score has no unit of its own: hosts show it relative to the best.
//!
//! How the sums are held, and how the best are found among them, is in `scratch`.

use super::data::Data;
use super::{History, Model, Scored, Scratch, Step};
use crate::session::MAX_INTERACTIONS;
use crate::snapshot::ItemIndex;
use crate::snapshot::code::CodeTable;
use crate::snapshot::section::Kernel;
use alloc::vec::Vec;

/// How many steps before the newest one trail rows look back. On a public click log a second and a third gain as much again as
/// half of the first, a fourth nothing.
pub const TRAIL: usize = 3;

/// The rows that scoring reads: a snapshot's, or the trainer's before they are packed.
pub trait RowTable {
    /// Number of items.
    fn items(&self) -> usize;
    /// Scale of an item's row, and its entries (neighbour, level).
    fn row(&self, item: ItemIndex) -> (u32, impl Iterator<Item = (ItemIndex, u32)>);
    /// Visits what trail rows tell after a history: (scale, item, level) of what came after its newest item and one of the few
    /// before it.
    #[inline(always)]
    fn trails(&self, _: &History, _: impl FnMut(u32, ItemIndex, u32)) {}
    /// Takes items out of the ranking that cannot be shown.
    #[inline(always)]
    fn hide(&self, _: &mut Scratch) {}
}

impl Scratch {
    /// Adds the rows of a history's items, with their factors.
    #[inline(never)]
    fn add_history<T: RowTable>(&mut self, table: &T, kernel: &Kernel, history: &History) {
        let mut rows = [(ItemIndex::UNKNOWN, 0); MAX_INTERACTIONS];
        for (row, (at, step)) in rows.iter_mut().zip(history.iter().enumerate()) {
            *row = (step.item, factor(kernel, at, *step));
        }
        self.add_rows(table, &rows);
        table.trails(history, |scale, item, level| self.add(item, unit(Kernel::ONE.into(), scale) * level * level));
    }

    /// Adds the rows of items with their factors.
    #[inline(never)]
    fn add_rows<T: RowTable>(&mut self, table: &T, rows: &[(ItemIndex, u32)]) {
        for (item, factor) in rows.iter().copied() {
            // An event with less than a hundredth of the newest one's weight does not change the ranking.
            if factor >= u32::from(Kernel::ONE) / 100 {
                let (scale, entries) = table.row(item);
                let unit = unit(factor, scale);
                self.add_all(entries.map(|(neighbour, level)| (neighbour, unit * level * level)));
            }
        }
    }
}

/// The `limit` best next items after a history, best first. Of equal scores the lower item number leads. Items of the
/// history itself are included only if `seen` is set. The returned slice lives in `scratch`.
pub fn rank<'s, T: RowTable>(
    kernel: &Kernel,
    table: &T,
    history: &History,
    limit: usize,
    seen: bool,
    scratch: &'s mut Scratch,
) -> &'s [Scored] {
    scratch.fit(table.items());
    // Whether the visitor has just returned to something. Who returns once is more likely to return again, so the kernel
    // has two tables of weights for it.
    let back = history.first().is_some_and(|newest| history[1..].iter().any(|step| step.item == newest.item));
    scratch.add_history(table, kernel, history);
    let mut of_newest = of_newest(kernel, history);
    for (at, step) in history.iter().enumerate() {
        if seen {
            let weight = of_newest.take().unwrap_or(kernel.returning[usize::from(back)][at]);
            // The bound is the one that `unit` counts with. The trainer writes smaller numbers; a forged snapshot may not.
            let weight = weight.min(1 << 27);
            let length = kernel.length[history.len() - 1].min(Kernel::ONE);
            scratch.add(step.item, ((u64::from(weight) * u64::from(length)) >> 10) as u32);
        } else {
            scratch.forget(step.item);
        }
    }
    table.hide(scratch);
    scratch.take_best(limit);
    if scratch.top.len() < limit {
        fill_up(table, history, limit, scratch);
    }
    &scratch.top
}

/// The return-to-seen score of the newest item where something says more than its place: that it or the item before it was
/// opened twice in a row, or that it is the only one.
#[inline(always)]
fn of_newest(kernel: &Kernel, history: &[Step]) -> Option<u32> {
    match history {
        [newest, ..] if newest.repeated => Some(kernel.again),
        [_, before, ..] if before.repeated => Some(kernel.habit),
        [_] => Some(kernel.first),
        _ => None,
    }
}

/// Fills the remaining places with neighbours of the best items found: two steps from the history instead of one.
///
/// The best item counts fully, the second half as much, and so on for four of them. What comes this way stands behind
/// everything that was found directly, so its scores are cut to that of the last direct one.
fn fill_up<T: RowTable>(table: &T, history: &History, limit: usize, scratch: &mut Scratch) {
    const VIA: usize = 4;
    let found = scratch.top.len();
    let mut via = [(ItemIndex::UNKNOWN, 0); VIA];
    for (at, (via, best)) in via.iter_mut().zip(&scratch.top).enumerate() {
        *via = (best.item, u32::from(Kernel::ONE) >> at);
    }
    scratch.add_rows(table, &via);
    for at in 0..found {
        scratch.forget(scratch.top[at].item);
    }
    for step in history.iter() {
        scratch.forget(step.item);
    }
    table.hide(scratch);
    scratch.take_best(limit - found);
    if let Some(last) = found.checked_sub(1).map(|at| scratch.top[at].score) {
        scratch.top[found..].iter_mut().for_each(|next| next.score = next.score.min(last));
    }
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The `limit` best next items after a history: [`rank`] with this snapshot's rows.
    pub fn next_items<'s>(
        &self,
        history: &History,
        limit: usize,
        seen: bool,
        scratch: &'s mut Scratch,
    ) -> &'s [Scored] {
        rank(&self.meta.kernel, &self.table(true), history, limit, seen, scratch)
    }

    /// The scores of given items after a history, from the rows alone: without the return-to-seen kernel and without
    /// neighbours of neighbours.
    pub fn scores(&self, history: &History, items: &[ItemIndex], scratch: &mut Scratch, out: &mut Vec<u32>) {
        let table = self.table(false);
        scratch.fit(table.items());
        let kernel = &self.meta.kernel;
        scratch.add_history(&table, kernel, history);
        out.clear();
        out.extend(items.iter().map(|item| scratch.sum(*item)));
        scratch.take_best(0);
    }

    /// Items bought together with an item: (item, weight), unsorted. Empty if the log has too few carts.
    pub fn bought_with(&self, item: ItemIndex) -> impl Iterator<Item = (ItemIndex, u32)> + '_ {
        let (scale, entries) = self.row(1, item);
        // At most 892,800, so the weights for all products of a cart can be added up.
        entries.map(move |(to, level)| (to, (scale >> 8) * level * level))
    }

    /// Total contribution of one event of a history to the scores of other items: one part of an explanation. It reads the
    /// event's row again instead of keeping parts while scoring, because decisions are made far more often than explained.
    pub fn contribution(&self, at: usize, step: Step, to: &[ItemIndex]) -> u64 {
        // Most neighbours are not among them. A 64-bit filter rejects these quickly.
        let marks = to.iter().fold(0, |marks, item| marks | item.mark());
        let table = self.table(false);
        let (scale, entries) = table.row(step.item);
        let unit = unit(factor(&self.meta.kernel, at, step), scale);
        entries.fold(0, |sum, (neighbour, level)| {
            let counts = marks & neighbour.mark() != 0 && to.contains(&neighbour);
            if counts { sum + u64::from(unit * level * level) } else { sum }
        })
    }

    /// The rows. `shown` leaves out of a ranking what has no card.
    pub(super) fn table(&self, shown: bool) -> Packed<'_> {
        Packed { data: &self.data, all: self.bytes(), code: &self.codes[0], shown }
    }
}

/// The rows of a snapshot, read in place.
pub(super) struct Packed<'a> {
    data: &'a Data,
    all: &'a [u8],
    code: &'a CodeTable,
    shown: bool,
}

impl RowTable for Packed<'_> {
    fn items(&self) -> usize {
        self.data.len()
    }

    #[inline(always)]
    fn row(&self, item: ItemIndex) -> (u32, impl Iterator<Item = (ItemIndex, u32)>) {
        self.data.row(self.all, 0, item, self.code)
    }

    #[inline(always)]
    fn trails(&self, history: &History, mut visit: impl FnMut(u32, ItemIndex, u32)) {
        if let Some((newest, before)) = history.split_first() {
            let (scale, entries) = self.data.row(self.all, 2, newest.item, self.code);
            entries.of_trails(|item| is_before(before, item), |item, level| visit(scale, item, level));
        }
    }

    #[inline(always)]
    fn hide(&self, scratch: &mut Scratch) {
        if self.shown && self.data.is_partial() {
            scratch.keep(|item| self.data.can_show(item));
        }
    }
}

/// Whether an item is among the few before the newest that trail rows tell of.
#[inline(always)]
pub fn is_before(before: &[Step], item: ItemIndex) -> bool {
    before.iter().take(TRAIL).any(|step| step.item == item)
}

/// The factor of an event's row, at most 4.
#[inline(always)]
fn factor(kernel: &Kernel, at: usize, step: Step) -> u32 {
    let repeated = u32::from(if step.repeated { kernel.repeated } else { Kernel::ONE });
    let once = (u32::from(kernel.recency[at]) * u32::from(kernel.kinds[step.kind as usize])) >> 10;
    ((once.min(1 << 12) * repeated.min(1 << 12)) >> 10).min(1 << 12)
}

/// The value of one squared level: at most (2^12 * 2^20) >> 13 = 2^19, or 2^17 in a trail. Times 225 and 16 steps, or three
/// trails, plus 16 times 2^27 of the return-to-seen kernel, it stays below 2^32.
#[inline(always)]
fn unit(factor: u32, scale: u32) -> u32 {
    ((u64::from(factor) * u64::from(scale)) >> 13) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;

    fn kernel() -> Kernel {
        Kernel {
            recency: core::array::from_fn(|at| 1024 >> at.min(10)),
            repeated: 512,
            returning: [core::array::from_fn(|at| if at == 0 { 5000 } else { 40 }); 2],
            again: 10_000,
            habit: 3_000,
            first: 700,
            length: [1024; MAX_INTERACTIONS],
            affinity: [0; MAX_INTERACTIONS],
            kinds: [1024; EventKind::COUNT],
        }
    }

    struct Rows(Vec<Vec<(u32, u32)>>);

    impl RowTable for Rows {
        fn items(&self) -> usize {
            self.0.len()
        }

        fn row(&self, item: ItemIndex) -> (u32, impl Iterator<Item = (ItemIndex, u32)>) {
            (16, self.0[item.place()].iter().map(|(item, level)| (ItemIndex::new(*item), *level)))
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

    fn history(items: &[u32]) -> History {
        items
            .iter()
            .map(|item| Step { item: ItemIndex::new(*item), kind: EventKind::ViewItem, repeated: false })
            .collect()
    }

    fn found(history: &History, limit: usize, seen: bool) -> Vec<(u32, u32)> {
        let mut scratch = Scratch::default();
        let first = rank(&kernel(), &rows(), history, limit, seen, &mut scratch).to_vec();
        assert_eq!(rank(&kernel(), &rows(), history, limit, seen, &mut scratch), first, "state passed between calls");
        first.iter().map(|best| (best.item.get(), best.score)).collect()
    }

    #[test]
    fn rows_add_up_and_ties_go_to_the_lower_number() {
        assert_eq!(found(&history(&[0]), 2, false), [(1, 32), (2, 32)]);
        assert_eq!(found(&history(&[1, 0]), 2, false), [(2, 16), (3, 8)]);
        assert_eq!(found(&history(&[1, 0]), 4, true), [(1, 5016), (0, 40), (2, 16), (3, 8)]);
    }

    #[test]
    fn a_repeated_event_weighs_by_the_kernel() {
        let repeated: History = history(&[0]).iter().map(|step| Step { repeated: true, ..*step }).collect();
        assert_eq!(found(&repeated, 2, true), [(0, 10_000), (1, 16)]);
        // The same page again is likelier for who did so before, and another number where nothing is known of the visitor.
        let before =
            history(&[1, 0]).iter().enumerate().map(|(at, step)| Step { repeated: at == 1, ..*step }).collect();
        assert_eq!(found(&before, 2, true), [(1, 3000), (0, 40)]);
        assert_eq!(found(&history(&[1, 0]), 2, true), [(1, 5016), (0, 40)]);
        assert_eq!(found(&history(&[0]), 1, true), [(0, 700)]);
    }

    #[test]
    fn places_left_go_to_neighbours_of_neighbours_behind_the_rest() {
        assert_eq!(found(&history(&[0]), 4, false), [(1, 32), (2, 32), (3, 8)]);
        assert_eq!(found(&history(&[3]), 9, false), [(4, 450)]);
        assert_eq!(found(&history(&[]), 9, true), []);
    }

    #[test]
    fn a_history_longer_than_a_session_is_cut_and_zero_is_no_limit_to_fear() {
        let long: Vec<u32> = (0..40).map(|n| n % 5).collect();
        assert_eq!(history(&long).len(), MAX_INTERACTIONS);
        assert_eq!(found(&history(&long), 0, true), []);
    }
}
