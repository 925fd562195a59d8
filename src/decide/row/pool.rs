//! Pools: the candidates of each strategy of a row, looked at only as far as places want them.
//!
//! A row has one pool for each of its own strategies, then one for each strategy with reserved places. A strategy is
//! asked when a place first wants one of its products, and the gate sees candidates one by one: most rows are full
//! long before the last one.

use crate::decide::candidates::Found;
use crate::decide::guard::{Gate, Guard, Tally};
use crate::model::Scored;
use crate::snapshot::ItemIndex;
use crate::snapshot::plan::{Row, Strategy};
use alloc::vec::Vec;

/// The strategy of a pool: the row's own first, then those of reserved places.
pub(super) fn strategy_of(row: &Row, pool: usize) -> Strategy {
    let own = row.sources.get(pool).map(|(strategy, _)| *strategy);
    own.or_else(|| row.reserve.get(pool - row.sources.len()).map(|(strategy, _)| *strategy))
        .unwrap_or(Strategy::NextItem)
}

/// How many pools a row has.
pub(super) fn pools_of(row: &Row) -> usize {
    row.sources.len() + row.reserve.len()
}

/// The candidates of one strategy, the best first.
#[derive(Clone, Default)]
pub(super) struct Pool {
    /// What the strategy found; `None` until it was asked.
    found: Option<Found>,
    /// How many of those the gate has looked at.
    looked: usize,
    /// Those that may be shown at all.
    pub candidates: Vec<Candidate>,
    /// How many of them, counted from the best, can no longer be taken.
    pub closed: usize,
}

/// A product that may be shown, and how it compares with those already taken.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub item: ItemIndex,
    pub category: u16,
    pub brand: u32,
    /// Score of the strategy, in thousandths of its best.
    pub score: u32,
    /// The same after boosts.
    pub boosted: u32,
    /// Similarity to the most similar of the first `compared` products taken, in thousandths.
    pub similarity: u32,
    /// How many of them are of its category, and of its brand.
    pub same_category: u8,
    pub same_brand: u8,
    pub compared: u8,
    /// Whether it can still be taken.
    pub open: bool,
}

impl Candidate {
    pub(super) fn of(item: ItemIndex, category: u16, brand: u32, score: u32, boosted: u32) -> Self {
        let (similarity, same_category, same_brand, compared) = (0, 0, 0, 0);
        Self { item, category, brand, score, boosted, similarity, same_category, same_brand, compared, open: true }
    }
}

/// All pools of a row, and what fills them.
pub(super) struct Pools<'a, B> {
    pub row: &'a Row,
    pub gate: &'a Gate<'a, B>,
    /// Asks a strategy.
    ask: &'a mut dyn FnMut(Strategy) -> Found,
    pub all: Vec<Pool>,
    /// What the gate refused, of the row's own strategies.
    pub refused: Tally,
}

impl<'a, B: AsRef<[u8]>> Pools<'a, B> {
    pub(super) fn new(gate: &'a Gate<'a, B>, ask: &'a mut dyn FnMut(Strategy) -> Found) -> Self {
        let row = gate.row;
        let all = core::iter::repeat_with(Pool::default).take(pools_of(row)).collect();
        Self { row, gate, ask, all, refused: Tally::default() }
    }

    /// Opens all candidates again, for another way of filling the row.
    pub(super) fn reopen(&mut self) {
        for pool in &mut self.all {
            pool.closed = 0;
            for candidate in &mut pool.candidates {
                (candidate.similarity, candidate.compared, candidate.open) = (0, 0, true);
                (candidate.same_category, candidate.same_brand) = (0, 0);
            }
        }
    }

    /// Looks at what a strategy found until `enough` candidates may be shown. Boosts change the order of scores, so
    /// with them all are looked at.
    pub(super) fn look(&mut self, number: usize, enough: usize) {
        let strategy = strategy_of(self.row, number);
        let own = number < self.row.sources.len();
        let boosts = !self.row.boosts.is_empty();
        if self.all[number].found.is_none() {
            self.all[number].found = Some((self.ask)(strategy));
            self.all[number].candidates.reserve(usize::from(self.row.limit) + 4);
        }
        let pool = &mut self.all[number];
        let Some(found) = pool.found.as_ref().filter(|found| pool.looked < found.len()) else { return };
        let model = self.gate.visit.model;
        let brands = self.row.brand_cap > 0 || self.row.diversity > 0;
        while pool.looked < found.len() && (boosts || pool.candidates.len() < enough) {
            let Scored { item, score } = found[pool.looked];
            pool.looked += 1;
            match self.gate.refuses(item, Some(strategy)) {
                // Refusals are counted for the row's own strategies only.
                Some(guard) if own => self.refused.add(guard),
                Some(_) => {}
                None => {
                    let boosted = if boosts { self.gate.boosted(item, score) } else { score };
                    if boosted != score && own {
                        self.refused.add(Guard::Boosted);
                    }
                    let category = model.item_category(item);
                    // Looked up only where a cap or diversity asks for it.
                    let brand = if brands { model.brand_number(item) } else { 0 };
                    // The best stand in front, and of equals the first found.
                    let better = pool.candidates.iter().rposition(|one| one.boosted >= boosted);
                    let place = better.map_or(0, |better| better + 1);
                    pool.candidates.insert(place, Candidate::of(item, category, brand, score, boosted));
                }
            }
        }
    }
}
