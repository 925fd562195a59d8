//! Placement: which strategy each place of a row belongs to.
//!
//! Pinned products take their places first, then products of reserved strategies, then the rest place by place. Each
//! of those places belongs to one strategy: by shares, or without shares to the first that has something left.
//!
//! Invariants: a place holds at most one product, a product has at most one place, and caps are never exceeded. If the
//! three cannot hold otherwise, the row is shorter.

use super::diversity::Taken;
use super::pool::{Candidate, Pools};
use crate::decide::guard::{Guard, Tally};
use crate::event::ItemKey;
use crate::model::heaviest_number_first;
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// One way of filling the row.
pub(super) struct Placement<'a, B> {
    pub pools: Pools<'a, B>,
    /// In the order in which they were taken.
    pub taken: Vec<Taken>,
    /// A bit for each place that is taken. A row has at most 48 places.
    places: u64,
    /// What guardrails did in this way of filling it.
    pub tally: Tally,
}

impl<'a, B: AsRef<[u8]>> Placement<'a, B> {
    pub(super) fn new(pools: Pools<'a, B>) -> Self {
        let taken = Vec::with_capacity(usize::from(pools.row.limit));
        Self { pools, taken, places: 0, tally: Tally::default() }
    }

    /// Begins again with an empty row. Returns what was taken, and what guardrails did on the way. What strategies found and
    /// the gate let through stays, so a second filling asks nobody again.
    pub(super) fn restart(&mut self) -> (Vec<Taken>, Tally) {
        self.pools.reopen();
        self.places = 0;
        (core::mem::take(&mut self.taken), core::mem::take(&mut self.tally))
    }

    /// Gives pinned products their places. Pins are the merchandiser's word, but guardrails are too: a pinned product that is
    /// sold out, banned or over a cap is left out.
    pub(super) fn pin(&mut self) {
        let row = self.pools.row;
        for (place, item) in &row.pins {
            if let Some(guard) = self.pools.gate.refuses(*item, None) {
                self.tally.add(guard);
                continue;
            }
            let model = self.pools.gate.visit.model;
            let (category, brand) = (model.item_category(*item), model.brand_number(*item));
            let mut one = Candidate::of(*item, category, brand, 0, 0);
            if one.fits(&self.taken, row) && self.is_free(*place) {
                self.tally.add(Guard::Pinned);
                let (item, place) = (*item, *place);
                self.places |= 1 << place;
                self.taken.push(Taken { item, category, brand, place, pool: None, score: 0, boost: 0, penalty: 0 });
            }
        }
    }

    /// Lets products the row shows now keep their places, as far as they are still candidates; returns how many.
    pub(super) fn keep(&mut self, shown: &[&str]) -> usize {
        let model = self.pools.gate.visit.model;
        // Reserved places come first here too: otherwise what is shown would fill the row, and they would be lost.
        // Loops instead of adaptors, here and below: each chain of adaptors would be a function of its own.
        let (mut all, mut items) = (Vec::new(), Vec::new());
        for id in shown {
            let Some(item) = model.item(ItemKey::from_id(id)) else { continue };
            all.push(item);
            if !self.has(item) {
                items.push(item);
            }
        }
        for (place, pool) in self.reserved() {
            if let Some(at) = self.best(pool, Some(&items)).or_else(|| self.best(pool, None)) {
                items.retain(|item| *item != self.pools.all[pool].candidates[at].item);
                self.take(pool, at, place);
            }
        }
        // The others keep their order, in the places that are left.
        let mut places = Vec::new();
        for place in 0..self.pools.row.limit {
            if self.is_free(place) {
                places.push(place);
            }
        }
        for (item, place) in items.iter().zip(&places) {
            for pool in 0..self.pools.row.sources.len() {
                self.pools.look(pool, usize::MAX);
                let known = self.pools.all[pool].candidates.iter_mut().enumerate().find(|(_, one)| one.item == *item);
                let Some((at, one)) = known else { continue };
                if one.fits(&self.taken, self.pools.row) {
                    self.take(pool, at, *place);
                }
                break;
            }
        }
        let mut kept = 0;
        for one in &self.taken {
            kept += usize::from(one.pool.is_some() && all.contains(&one.item));
        }
        kept
    }

    /// Gives every place that is left to a candidate: reserved places first.
    pub(super) fn finish(&mut self) {
        for (place, pool) in self.reserved() {
            if self.is_free(place)
                && let Some(at) = self.best(pool, None)
            {
                self.tally.add(Guard::Reserved);
                self.take(pool, at, place);
            }
        }
        self.fill_by_shares();
    }

    /// Each strategy's claim grows by its share with every place, and falls by all when it gets one. The place goes
    /// to the largest claim that has something left. Without shares all claims stay equal, and the plan's order
    /// decides.
    fn fill_by_shares(&mut self) {
        let sources = &self.pools.row.sources;
        let total: i32 = sources.iter().map(|(_, share)| i32::from(*share)).sum();
        let mut claims: Vec<i32> = sources.iter().map(|_| 0).collect();
        let mut turn: Vec<(u16, u32)> = Vec::with_capacity(claims.len());
        for place in 0..self.pools.row.limit {
            if !self.is_free(place) {
                continue;
            }
            turn.clear();
            for ((claim, (_, share)), pool) in claims.iter_mut().zip(sources).zip(0..) {
                *claim += i32::from(*share);
                // The sort takes unsigned numbers. Claims below `-total` (the others had nothing left for a while) count
                // alike.
                turn.push((pool, (*claim + total).max(0) as u32));
            }
            heaviest_number_first(&mut turn);
            let next =
                turn.iter().find_map(|(pool, _)| Some((usize::from(*pool), self.best(usize::from(*pool), None)?)));
            let Some((pool, at)) = next else { break };
            // Claims add up to 0 again: what one strategy is ahead, the others are owed.
            claims[pool] -= total;
            self.take(pool, at, place);
        }
    }

    /// The places kept for other strategies, with their pools: spread over the row, its last among them.
    fn reserved(&self) -> Vec<(u8, usize)> {
        let row = self.pools.row;
        let limit = usize::from(row.limit);
        let wanted: usize = row.reserve.iter().map(|(_, count)| usize::from(*count)).sum();
        let count = wanted.min(limit);
        let mut kept = Vec::new();
        if count == 0 {
            return kept;
        }
        // A bit for each place that has a pinned product, or is kept already.
        let mut used = 0_u64;
        for one in self.taken.iter().filter(|one| one.pool.is_none()) {
            used |= 1 << one.place;
        }
        let mut at = 0;
        for (number, (_, places)) in row.reserve.iter().enumerate() {
            for _ in 0..*places {
                if at == count {
                    return kept;
                }
                at += 1;
                // A pinned product moves a kept place towards the row's beginning, or else its end.
                // `at` counts from 1, so the last of them is the row's last place.
                let own = at * limit / count - 1;
                for step in 0..limit {
                    let place = if step <= own { own - step } else { step };
                    if used >> place & 1 == 0 {
                        used |= 1 << place;
                        kept.push((place as u8, row.sources.len() + number));
                        break;
                    }
                }
            }
        }
        kept
    }

    /// Whether the row has this place and nothing stands there.
    fn is_free(&self, place: u8) -> bool {
        place < self.pools.row.limit && self.places >> place & 1 == 0
    }

    fn has(&self, item: ItemIndex) -> bool {
        self.taken.iter().any(|one| one.item == item)
    }

    fn best(&mut self, pool: usize, among: Option<&[ItemIndex]>) -> Option<usize> {
        self.pools.best(pool, among, &self.taken, &mut self.tally)
    }

    /// Gives a place to a candidate, with its score as it counts at this moment: diversity depends on what was taken before.
    fn take(&mut self, pool: usize, at: usize, place: u8) {
        let one = &mut self.pools.all[pool].candidates[at];
        one.open = false;
        let one = *one;
        self.places |= 1 << place;
        self.taken.push(Taken {
            item: one.item,
            category: one.category,
            brand: one.brand,
            place,
            pool: Some(pool as u8),
            score: one.score as i32,
            boost: one.boosted as i32 - one.score as i32,
            penalty: one.penalty(self.pools.row),
        });
    }
}
