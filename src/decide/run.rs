//! How a row takes its products.
//!
//! Pinned products take their places first, then those of reserved places, then the rest place by place:
//! each place belongs to one strategy (by shares, or the first that has something left), and goes to the
//! candidate with the largest `(1 - λ) merit - λ likeness`, where λ is the plan's diversity and likeness is
//! that to the most alike product already taken (maximal marginal relevance; Carbonell and Goldstein, SIGIR
//! 1998). Caps are never exceeded: a row is rather shorter.

use super::candidates::Found;
use super::guard::{Gate, Guard, Tally};
use super::row::strategy_of;
use crate::event::ItemKey;
use crate::model::heaviest_first;
use crate::snapshot::plan::{Row, Strategy};
use alloc::vec::Vec;

/// Of a strategy with likeness to weigh only so many candidates are compared for a place, its best.
const COMPARED: usize = 16;

/// The candidates of one strategy, the best first: asked for only when a place wants one, and looked at only as
/// far as places want them.
#[derive(Clone, Default)]
pub(super) struct Pool {
    /// None until the strategy was asked.
    found: Option<Found>,
    /// How many of those found were looked at.
    looked: usize,
    /// Those of them that may be shown at all.
    candidates: Vec<Candidate>,
    /// So many of them, from the best on, cannot be taken in this run any more.
    closed: usize,
}

#[derive(Clone, Copy)]
struct Candidate {
    item: u32,
    category: u16,
    brand: u32,
    /// As the strategy has it, and after boosts.
    merit: u32,
    boosted: u32,
    /// Against the first `compared` products taken: likeness to the most alike in thousandths, 600 for the
    /// category and 400 for the brand; how many are of its category, and of its brand.
    likeness: u32,
    same_category: u8,
    same_brand: u8,
    compared: u8,
    /// Whether it can still be taken in this run.
    open: bool,
}

impl Candidate {
    fn of(item: u32, category: u16, brand: u32, merit: u32, boosted: u32) -> Self {
        let (likeness, same_category, same_brand, compared) = (0, 0, 0, 0);
        Self { item, category, brand, merit, boosted, likeness, same_category, same_brand, compared, open: true }
    }

    /// Compares it with the products taken since it was last compared, and closes it if it is one of them.
    #[inline(always)]
    fn compare(&mut self, taken: &[Taken]) {
        for taken in &taken[usize::from(self.compared).min(taken.len())..] {
            let category = taken.category == self.category;
            let brand = taken.brand != 0 && taken.brand == self.brand;
            self.same_category += u8::from(category);
            self.same_brand += u8::from(brand);
            self.likeness = self.likeness.max(u32::from(category) * 600 + u32::from(brand) * 400);
            self.open &= taken.item != self.item;
        }
        self.compared = taken.len() as u8;
    }

    /// The cap that keeps it out.
    #[inline(always)]
    fn cap(&self, row: &Row) -> Option<Guard> {
        if row.category_cap > 0 && self.same_category >= row.category_cap {
            Some(Guard::CategoryCap)
        } else if row.brand_cap > 0 && self.same_brand >= row.brand_cap {
            Some(Guard::BrandCap)
        } else {
            None
        }
    }
}

/// A product that was taken.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) item: u32,
    pub(super) category: u16,
    pub(super) brand: u32,
    /// Its place in the row, 0 the first.
    pub(super) place: u8,
    /// Which pool it is from; none if it is pinned.
    pub(super) pool: Option<u8>,
    pub(super) merit: i32,
    pub(super) boost: i32,
    pub(super) penalty: i32,
}

impl Taken {
    pub(super) fn score(&self) -> i32 {
        self.merit + self.boost - self.penalty
    }
}

/// One way of filling the row.
pub(super) struct Run<'a, B> {
    pub(super) row: &'a Row,
    pub(super) gate: &'a Gate<'a, B>,
    /// Asks a strategy.
    pub(super) ask: &'a mut dyn FnMut(Strategy) -> Found,
    pub(super) pools: Vec<Pool>,
    pub(super) taken: Vec<Taken>,
    /// A bit for each place that is taken.
    pub(super) places: u64,
    /// What was done in this run, and what was refused in all.
    pub(super) tally: Tally,
    pub(super) refused: Tally,
}

impl<B: AsRef<[u8]>> Run<'_, B> {
    /// Opens all candidates, and gives pinned products their places.
    pub(super) fn begin(&mut self) {
        self.places = 0;
        for pool in &mut self.pools {
            pool.closed = 0;
            for candidate in &mut pool.candidates {
                (candidate.likeness, candidate.compared, candidate.open) = (0, 0, true);
                (candidate.same_category, candidate.same_brand) = (0, 0);
            }
        }
        for (place, item) in &self.row.pins {
            if let Some(guard) = self.gate.refuses(*item, None) {
                self.tally.add(guard);
                continue;
            }
            let (category, brand) = (self.gate.model.item_category(*item), self.gate.model.brand_number(*item));
            let mut one = Candidate::of(*item, category, brand, 0, 0);
            one.compare(&self.taken);
            if one.open && one.cap(self.row).is_none() && self.is_free(*place) {
                self.tally.add(Guard::Pinned);
                let (item, place) = (*item, *place);
                self.places |= 1 << place;
                self.taken.push(Taken { item, category, brand, place, pool: None, merit: 0, boost: 0, penalty: 0 });
            }
        }
    }

    /// Lets products the row shows now keep their places, as far as they are still candidates; returns how many.
    pub(super) fn keep(&mut self, shown: &[&str]) -> usize {
        let all: Vec<u32> = shown.iter().filter_map(|id| self.gate.model.item(ItemKey::from_id(id))).collect();
        let mut items: Vec<u32> = all.iter().filter(|item| !self.has(**item)).copied().collect();
        for (place, pool) in self.reserved() {
            if let Some(at) = self.best(pool, Some(&items)).or_else(|| self.best(pool, None)) {
                items.retain(|item| *item != self.pools[pool].candidates[at].item);
                self.take(pool, at, place);
            }
        }
        let places: Vec<u8> = (0..self.row.limit).filter(|place| self.is_free(*place)).collect();
        for (item, place) in items.into_iter().zip(places) {
            for pool in 0..self.row.sources.len() {
                self.look(pool, usize::MAX);
                let known = self.pools[pool].candidates.iter_mut().enumerate().find(|(_, one)| one.item == item);
                let Some((at, one)) = known else { continue };
                one.compare(&self.taken);
                if one.open && one.cap(self.row).is_none() {
                    self.take(pool, at, place);
                }
                break;
            }
        }
        let is_kept = |one: &&Taken| one.pool.is_some() && all.contains(&one.item);
        self.taken.iter().filter(is_kept).count()
    }

    /// Gives every place that is left to a candidate.
    pub(super) fn finish(&mut self) {
        for (place, pool) in self.reserved() {
            if self.is_free(place)
                && let Some(at) = self.best(pool, None)
            {
                self.tally.add(Guard::Reserved);
                self.take(pool, at, place);
            }
        }
        // Each strategy's claim grows by its share with every place, and falls by all when it gets one.
        let total: i32 = self.row.sources.iter().map(|(_, share)| i32::from(*share)).sum();
        let mut claims: Vec<i32> = self.row.sources.iter().map(|_| 0).collect();
        let mut turn: Vec<(u32, usize)> = Vec::with_capacity(claims.len());
        for place in 0..self.row.limit {
            if !self.is_free(place) {
                continue;
            }
            if total == 0 {
                // Without shares the plan's order decides.
                let next = (0..claims.len()).find_map(|pool| Some((pool, self.best(pool, None)?)));
                let Some((pool, at)) = next else { break };
                self.take(pool, at, place);
                continue;
            }
            turn.clear();
            for (at, (claim, (_, share))) in claims.iter_mut().zip(&self.row.sources).enumerate() {
                *claim += i32::from(*share);
                turn.push(((*claim + total).max(0) as u32, at));
            }
            heaviest_first(&mut turn, |(claim, _)| *claim);
            let next = turn.iter().find_map(|(_, pool)| Some((*pool, self.best(*pool, None)?)));
            let Some((pool, at)) = next else { break };
            claims[pool] -= total;
            self.take(pool, at, place);
        }
    }

    /// The places kept for other strategies, with their pools: spread over the row, its last among them.
    fn reserved(&self) -> Vec<(u8, usize)> {
        let limit = usize::from(self.row.limit);
        let wanted: usize = self.row.reserve.iter().map(|(_, count)| usize::from(*count)).sum();
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
        for (number, (_, places)) in self.row.reserve.iter().enumerate() {
            for _ in 0..*places {
                if at == count {
                    return kept;
                }
                at += 1;
                // A pinned product moves a kept place towards the row's beginning, or else its end.
                let own = at * limit / count - 1;
                let is_free = |place: &usize| used >> place & 1 == 0;
                let free = (0..=own).rev().find(is_free).or_else(|| (own..limit).find(is_free));
                if let Some(place) = free {
                    used |= 1 << place;
                    kept.push((place as u8, self.row.sources.len() + number));
                }
            }
        }
        kept
    }

    fn is_free(&self, place: u8) -> bool {
        place < self.row.limit && self.places >> place & 1 == 0
    }

    fn has(&self, item: u32) -> bool {
        self.taken.iter().any(|one| one.item == item)
    }

    /// Looks at what a strategy found until `enough` candidates may be shown. Boosts change the order of
    /// merit, so with them all are looked at.
    fn look(&mut self, number: usize, enough: usize) {
        let strategy = strategy_of(self.row, number);
        let own = number < self.row.sources.len();
        let boosts = !self.row.boosts.is_empty();
        if self.pools[number].found.is_none() {
            self.pools[number].found = Some((self.ask)(strategy));
            self.pools[number].candidates.reserve(usize::from(self.row.limit) + 4);
        }
        let pool = &mut self.pools[number];
        let Some(found) = pool.found.as_ref().filter(|found| pool.looked < found.len()) else { return };
        let brands = self.row.brand_cap > 0 || self.row.diversity > 0;
        while pool.looked < found.len() && (boosts || pool.candidates.len() < enough) {
            let (item, merit) = found[pool.looked];
            pool.looked += 1;
            match self.gate.refuses(item, Some(strategy)) {
                // Refusals are counted for the row's own strategies only.
                Some(guard) if own => self.refused.add(guard),
                Some(_) => {}
                None => {
                    let boosted = if boosts { self.gate.boosted(item, merit) } else { merit };
                    if boosted != merit && own {
                        self.refused.add(Guard::Boosted);
                    }
                    let category = self.gate.model.item_category(item);
                    let brand = if brands { self.gate.model.brand_number(item) } else { 0 };
                    pool.candidates.push(Candidate::of(item, category, brand, merit, boosted));
                }
            }
        }
        if boosts {
            heaviest_first(&mut pool.candidates, |candidate| candidate.boosted);
        }
    }

    /// The candidate of a pool, or of some of its items, that is to be taken next. What is taken already or kept
    /// out by a cap is closed on the way.
    fn best(&mut self, number: usize, among: Option<&[u32]>) -> Option<usize> {
        let diversity = i32::from(self.row.diversity);
        let compared = if diversity == 0 { 1 } else { COMPARED };
        let (mut best, mut first): (Option<(i32, usize)>, _) = (None, None);
        let (mut at, mut open) = (self.pools[number].closed, 0);
        loop {
            // As many as may be needed, but never more than asked for.
            self.look(number, if among.is_some() { usize::MAX } else { at + compared - open });
            let (row, taken, tally) = (self.row, &self.taken, &mut self.tally);
            let pool = &mut self.pools[number];
            if at == pool.candidates.len() {
                break;
            }
            for one in &mut pool.candidates[at..] {
                at += 1;
                if !one.open {
                    pool.closed += usize::from(pool.closed + 1 == at);
                    continue;
                }
                if among.is_some_and(|among| !among.contains(&one.item)) {
                    continue;
                }
                one.compare(taken);
                let cap = one.cap(row);
                if cap.is_some() || !one.open {
                    one.open = false;
                    if let Some(guard) = cap {
                        tally.add(guard);
                    }
                    continue;
                }
                open += 1;
                first = first.or(Some(at - 1));
                let value = (1000 - diversity) * one.boosted as i32 - diversity * one.likeness as i32;
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
        if best.map(|(_, at)| at) != first {
            self.tally.add(Guard::Diversity);
        }
        best.map(|(_, at)| at)
    }

    fn take(&mut self, pool: usize, at: usize, place: u8) {
        let diversity = u32::from(self.row.diversity);
        let one = &mut self.pools[pool].candidates[at];
        one.open = false;
        let one = *one;
        self.places |= 1 << place;
        let penalty = (diversity * (one.boosted + one.likeness) / 1000) as i32;
        self.taken.push(Taken {
            item: one.item,
            category: one.category,
            brand: one.brand,
            place,
            pool: Some(pool as u8),
            merit: one.merit as i32,
            boost: one.boosted as i32 - one.merit as i32,
            penalty,
        });
    }
}
