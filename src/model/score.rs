//! Next-item scores: the rows of a session's items, added up.
//!
//! `score(j) = Σ recency[step] * kind * row(item)[j]` over the session's item events, newest first,
//! plus `returning[step]` where `j` itself was one of them (the return-to-seen kernel). All numbers are
//! whole and small enough that no sum can overflow, so every host gets the same bits.

use super::Model;
use crate::event::{EventKind, ItemKey};
use crate::session::{MAX_TOUCHES, Session};
use crate::snapshot::rows::scale;
use alloc::vec::Vec;

/// An item and its score. Scores compare within one call only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// Item number.
    pub item: u32,
    /// Sum of weights.
    pub score: u32,
}

/// Working memory of scoring: 4 bytes an item and a list of the items touched. Reused from call to
/// call, so that a decision allocates nothing once it has grown to the model's size.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    sums: Vec<u32>,
    touched: Vec<u32>,
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
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The session's item events as (item number, kind), newest first, at most [`MAX_TOUCHES`]. An
    /// `anchor` (the product whose page is being shown) stands first, as if it had just been viewed.
    pub fn trail(&self, session: &Session, anchor: Option<ItemKey>) -> impl Iterator<Item = (u32, EventKind)> + '_ {
        let newest = session.touches().find_map(|touch| touch.item);
        let shown = anchor.filter(|key| newest != Some(*key)).map(|key| (key, EventKind::ViewItem));
        let trail: Vec<_> =
            shown.into_iter().chain(session.touches().filter_map(|t| Some((t.item?, t.kind)))).collect();
        trail.into_iter().take(MAX_TOUCHES).filter_map(|(key, kind)| Some((self.item(key)?, kind)))
    }

    /// The `limit` best next items after a trail, best first; of equal scores the lower item number
    /// leads. Items of the trail are scored only if `seen` says so. The slice lives in `scratch`.
    pub fn next_items<'s>(
        &self,
        trail: impl Iterator<Item = (u32, EventKind)>,
        limit: usize,
        seen: bool,
        scratch: &'s mut Scratch,
    ) -> &'s [Scored] {
        scratch.sums.resize(self.len(), 0);
        let section = &self.bytes()[self.rows_at.clone()];
        let mut own = [u32::MAX; MAX_TOUCHES];
        for (step, (item, kind)) in trail.take(MAX_TOUCHES).enumerate() {
            own[step] = item;
            let factor = self.factor(step, kind);
            if factor == 0 {
                continue;
            }
            let (row_scale, entries) = self.rows.row(section, item);
            let unit = unit(factor, row_scale);
            for (neighbour, level) in entries {
                scratch.add(neighbour, unit * level * level);
            }
            if seen {
                let weight = u64::from(self.meta.kernel.returning[step].min(1 << 12)) * u64::from(scale(u8::MAX)) * 225;
                scratch.add(item, (weight >> 13) as u32);
            }
        }
        scratch.top.clear();
        for at in 0..scratch.touched.len() {
            let item = scratch.touched[at];
            let score = core::mem::take(&mut scratch.sums[item as usize]);
            if score > 0 && (seen || !own.contains(&item)) {
                keep_best(&mut scratch.top, Scored { item, score }, limit);
            }
        }
        scratch.touched.clear();
        &scratch.top
    }

    /// What one event of a trail adds to the score of an item: the part of a reason.
    pub fn contribution(&self, step: usize, (item, kind): (u32, EventKind), to: u32) -> u32 {
        let (row_scale, mut entries) = self.rows.row(&self.bytes()[self.rows_at.clone()], item);
        let unit = unit(self.factor(step, kind), row_scale);
        entries.find(|(neighbour, _)| *neighbour == to).map_or(0, |(_, level)| unit * level * level)
    }

    fn factor(&self, step: usize, kind: EventKind) -> u32 {
        let kernel = &self.meta.kernel;
        (u32::from(kernel.recency[step]) * u32::from(kernel.kinds[kind as usize])) >> 10
    }
}

/// What one squared level is worth: at most (2^12 * 2^20) >> 13 = 2^19, which times 225 and 16 steps
/// stays below 2^31.
#[inline]
fn unit(factor: u32, row_scale: u32) -> u32 {
    ((u64::from(factor.min(1 << 12)) * u64::from(row_scale)) >> 13) as u32
}

/// Keeps the `limit` best in order, by insertion: most candidates lose against the last at once.
#[inline]
fn keep_best(top: &mut Vec<Scored>, new: Scored, limit: usize) {
    let better = |a: &Scored, b: &Scored| (a.score, core::cmp::Reverse(a.item)) > (b.score, core::cmp::Reverse(b.item));
    if top.len() == limit {
        match top.last() {
            Some(last) if better(&new, last) => top.pop(),
            _ => return,
        };
    }
    let at = top.iter().rposition(|held| better(held, &new)).map_or(0, |at| at + 1);
    top.insert(at, new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_in_order_and_ties_go_to_the_lower_number() {
        let mut top = Vec::new();
        for (item, score) in [(5, 3), (1, 9), (2, 3), (9, 1), (7, 9), (3, 3)] {
            keep_best(&mut top, Scored { item, score }, 4);
        }
        let order: Vec<_> = top.iter().map(|s| s.item).collect();
        assert_eq!(order, [1, 7, 2, 3]);
    }
}
