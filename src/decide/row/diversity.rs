//! Diversity: which candidate of a pool comes next, given the products already in the row.
//!
//! The next product has the largest `(1 - λ) score - λ similarity`, where λ is the plan's diversity and similarity is
//! that to the most similar product already taken (maximal marginal relevance; Carbonell and Goldstein, SIGIR 1998).
//! Similarity is 600 thousandths for the same category and 400 for the same brand.
//!
//! The sums are kept in millionths (thousandths times thousandths) and never divided, so that no rounding decides.
//!
//! Invariant: a product that is taken already, or that a cap keeps out, is never returned.

use super::pool::{Candidate, Pools};
use crate::decide::guard::{Guard, Tally};
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::Row;

/// Number of candidates of a strategy, its best ones, that are compared for each place if the plan asks for diversity. The
/// bound keeps the cost of a row linear in its length.
const COMPARED: usize = 16;

/// A product that was taken.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub item: ItemIndex,
    pub category: u16,
    pub brand: u32,
    /// Its place in the row, 0 the first.
    pub place: u8,
    /// Which pool it is from; none if it is pinned.
    pub pool: Option<u8>,
    /// The score as its strategy has it, what boosts added to it, and what diversity took off, all in thousandths. They are
    /// kept apart for the explanation.
    pub score: i32,
    pub boost: i32,
    pub penalty: i32,
}

impl Taken {
    /// What it adds to the row's score.
    pub(super) fn net_score(&self) -> i32 {
        self.score + self.boost - self.penalty
    }
}

impl Candidate {
    /// Compares it with the products taken since it was last compared, and closes it if it is one of them. What was compared
    /// before is kept in its counters, so a row costs one comparison of each pair, not one for each place.
    #[inline(always)]
    pub(super) fn compare(&mut self, taken: &[Taken]) {
        for taken in &taken[usize::from(self.compared).min(taken.len())..] {
            // Number 0 is "no category" and "no brand", which products do not share.
            let category = taken.category != 0 && taken.category == self.category;
            let brand = taken.brand != 0 && taken.brand == self.brand;
            self.same_category += u8::from(category);
            self.same_brand += u8::from(brand);
            self.similarity = self.similarity.max(u32::from(category) * 600 + u32::from(brand) * 400);
            self.open &= taken.item != self.item;
        }
        self.compared = taken.len() as u8;
    }

    /// The cap that keeps it out.
    #[inline(always)]
    pub(super) fn cap(&self, row: &Row) -> Option<Guard> {
        if row.category_cap > 0 && self.same_category >= row.category_cap {
            Some(Guard::CategoryCap)
        } else if row.brand_cap > 0 && self.same_brand >= row.brand_cap {
            Some(Guard::BrandCap)
        } else {
            None
        }
    }

    /// Whether it can be taken beside these. Not inlined, for those who ask rarely.
    #[inline(never)]
    pub(super) fn fits(&mut self, taken: &[Taken], row: &Row) -> bool {
        self.compare(taken);
        self.open && self.cap(row).is_none()
    }

    /// What diversity takes off its score where it stands now, in thousandths: `score - penalty` is the value by which
    /// [`Pools::best`] compares.
    pub(super) fn penalty(&self, row: &Row) -> i32 {
        (u32::from(row.diversity) * (self.boosted + self.similarity) / 1000) as i32
    }
}

impl<B: AsRef<[u8]>> Pools<'_, B> {
    /// The candidate of a pool, or of some of its items, that is to be taken next. What is taken already or kept
    /// out by a cap is closed on the way.
    pub(super) fn best(
        &mut self,
        number: usize,
        among: Option<&[ItemIndex]>,
        taken: &[Taken],
        tally: &mut Tally,
    ) -> Option<usize> {
        // Without diversity the first open candidate is the best, because candidates come in order of their scores.
        let diversity = i32::from(self.row.diversity);
        let compared = if diversity == 0 { 1 } else { COMPARED };
        let (mut best, mut first): (Option<(i32, usize)>, _) = (None, None);
        let (mut at, mut open) = (self.all[number].closed, 0);
        loop {
            // As many as may be needed, but never more than asked for.
            self.look(number, if among.is_some() { usize::MAX } else { at + compared - open });
            let pool = &mut self.all[number];
            if at == pool.candidates.len() {
                break;
            }
            for one in &mut pool.candidates[at..] {
                at += 1;
                if !one.open {
                    // Closed ones at the front are skipped for good; the next search begins behind them.
                    pool.closed += usize::from(pool.closed + 1 == at);
                    continue;
                }
                if among.is_some_and(|among| !among.contains(&one.item)) {
                    continue;
                }
                one.compare(taken);
                let cap = one.cap(self.row);
                if cap.is_some() || !one.open {
                    one.open = false;
                    if let Some(guard) = cap {
                        tally.add(guard);
                    }
                    continue;
                }
                open += 1;
                first = first.or(Some(at - 1));
                let value = (1000 - diversity) * one.boosted as i32 - diversity * one.similarity as i32;
                if best.is_none_or(|(best, _)| value > best) {
                    best = Some((value, at - 1));
                }
                if open == compared {
                    break;
                }
            }
            if open == compared {
                break;
            }
        }
        // The first open candidate has the best score. If another one is taken, diversity was the reason.
        if best.map(|(_, at)| at) != first {
            tally.add(Guard::Diversity);
        }
        best.map(|(_, at)| at)
    }
}
