//! *fill* slots: products from the plan's strategies, as far as the guardrails let them through.
//!
//! Pinned products take their places first, then those of reserved places, then the rest place by place:
//! each place belongs to one strategy (by shares, or the first that has something left), and goes to the
//! candidate with the largest `(1 - λ) merit - λ likeness`, where λ is the plan's diversity and likeness is
//! that to the most alike product already taken (maximal marginal relevance; Carbonell and Goldstein, SIGIR
//! 1998). Caps are never exceeded: a row is rather shorter.

use super::because::Because;
use super::candidates::{Sought, find};
use super::guard::{Gate, Guard, Tally};
use super::reason::in_parts;
use super::{Decider, Decision, Pick, Place, Reason};
use crate::event::{EventKind, ItemKey};
use crate::model::{Model, Trail, heaviest_first};
use crate::session::Session;
use crate::snapshot::plan::{Row, Strategy};
use alloc::{format, string::String, vec::Vec};

/// The candidates of one strategy that may be shown at all, the best first.
#[derive(Clone, Default)]
pub(super) struct Pool {
    strategy: Option<Strategy>,
    candidates: Vec<Candidate>,
}

#[derive(Clone, Copy)]
struct Candidate {
    item: u32,
    category: u16,
    brand: u32,
    /// As the strategy has it, and after boosts.
    merit: u32,
    boosted: u32,
    /// Likeness to the most alike product already taken, in thousandths.
    likeness: u32,
    /// Whether it can still be taken in this run.
    open: bool,
}

/// A product that was taken.
#[derive(Clone, Copy)]
struct Taken {
    item: u32,
    category: u16,
    brand: u32,
    /// Its place in the row, 0 the first.
    place: u8,
    /// Which pool it is from; none if it is pinned.
    pool: Option<u8>,
    merit: i32,
    boost: i32,
    penalty: i32,
}

impl Taken {
    fn score(&self) -> i32 {
        self.merit + self.boost - self.penalty
    }
}

/// Fills a slot. The shop's own content stays if fewer products were found than the plan asks for.
pub(super) fn fill<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    row: &Row,
    place: &Place<'_>,
    decision: &mut Decision,
) {
    let (model, session) = (decider.model, decider.session);
    let board = &mut *decider.board;
    let trail = model.trail(session, place.anchor);
    let sold_out: Vec<u32> = board.sold_out.iter().filter_map(|key| model.item(*key)).collect();
    let gate = Gate {
        model,
        row,
        circumstances: &board.circumstances,
        anchor: place.anchor.and_then(|key| model.item(key)),
        trail: &trail,
        taken: &board.taken,
        sold_out: &sold_out,
    };
    let mut tally = Tally::default();
    let want = usize::from(row.limit) * 2 + 16;
    let sought = Sought { session, anchor: place.anchor, trail: &trail, seen: row.seen, want };
    let strategies = row.sources.iter().map(|(strategy, _)| *strategy);
    board.pools.clear();
    for (number, strategy) in strategies.chain(row.reserve.iter().map(|(strategy, _)| *strategy)).enumerate() {
        let found = find(model, strategy, &sought, &mut board.scratch, &mut board.ranked);
        let pool = admit(&gate, strategy, found, number < row.sources.len(), &mut tally);
        board.pools.push(pool);
    }
    let keep = if row.steady > 0 && place.fitted { place.keys } else { &[] };
    let taken = Vec::with_capacity(usize::from(row.limit));
    let mut run = Run { row, pools: &mut board.pools, taken, tally: tally.clone() };
    run.begin(&gate);
    run.finish();
    if !keep.is_empty() {
        let fresh = core::mem::take(&mut run.taken);
        let of_fresh = core::mem::replace(&mut run.tally, tally);
        run.begin(&gate);
        let kept = run.keep(keep, model);
        run.finish();
        let sum = |taken: &[Taken]| taken.iter().map(Taken::score).sum::<i32>().max(0) as u64;
        let better = sum(&fresh) * 1000 > sum(&run.taken) * (1000 + u64::from(row.steady));
        let same = |a: &[Taken], b: &[Taken]| {
            a.iter().all(|one| b.iter().any(|other| (one.item, one.place) == (other.item, other.place)))
        };
        if better || kept == 0 || fresh.len() > run.taken.len() || same(&fresh, &run.taken) {
            (run.taken, run.tally) = (fresh, of_fresh);
        } else {
            (0..kept).for_each(|_| run.tally.add(Guard::Steady));
        }
    }
    let Run { mut taken, tally, .. } = run;
    heaviest_first(&mut taken, |one| u32::from(u8::MAX - one.place));
    tally.tell(&mut decision.guards);
    let least = usize::from(row.at_least.max(1));
    if taken.len() < least {
        let text = format!("{} of the {least} products this slot asks for were found", taken.len());
        decision.reasons.push(Reason { code: "no_candidates", text, weight: 0 });
        return;
    }
    decision.fitted = true;
    decision.score = taken.iter().map(Taken::score).sum();
    let name = |one: &Taken| {
        one.pool.and_then(|pool| board.pools[usize::from(pool)].strategy).map_or("pinned", Strategy::name)
    };
    decision.items.extend(taken.iter().map(|one| Pick {
        item_id: model.item_id(one.item),
        score: one.score(),
        strategy: name(one),
        item: one.item,
    }));
    explain(model, &board.pools, &trail, &taken, decision);
    decision.because = because(model, session, &board.pools, &trail, place.anchor, &taken);
}

/// The candidates that may be shown at all. Refusals are counted for the row's own strategies only.
fn admit<B: AsRef<[u8]>>(
    gate: &Gate<'_, B>,
    strategy: Strategy,
    found: Vec<(u32, u32)>,
    counted: bool,
    tally: &mut Tally,
) -> Pool {
    let mut candidates = Vec::with_capacity(found.len());
    let boosts = !gate.row.boosts.is_empty();
    let brands = gate.row.brand_cap > 0 || gate.row.diversity > 0;
    for (item, merit) in found {
        match gate.refuses(item, Some(strategy)) {
            Some(guard) if counted => tally.add(guard),
            Some(_) => {}
            None => {
                let boosted = if boosts { gate.boosted(item, merit) } else { merit };
                if boosted != merit && counted {
                    tally.add(Guard::Boosted);
                }
                let category = gate.model.item_category(item);
                let brand = if brands { gate.model.brand_number(item) } else { 0 };
                candidates.push(Candidate { item, category, brand, merit, boosted, likeness: 0, open: true });
            }
        }
    }
    if boosts {
        heaviest_first(&mut candidates, |candidate| candidate.boosted);
    }
    Pool { strategy: Some(strategy), candidates }
}

/// One way of filling the row.
struct Run<'a> {
    row: &'a Row,
    pools: &'a mut Vec<Pool>,
    taken: Vec<Taken>,
    tally: Tally,
}

impl Run<'_> {
    /// Opens all candidates, and gives pinned products their places.
    fn begin<B: AsRef<[u8]>>(&mut self, gate: &Gate<'_, B>) {
        for candidate in self.pools.iter_mut().flat_map(|pool| &mut pool.candidates) {
            (candidate.likeness, candidate.open) = (0, true);
        }
        for (place, item) in &self.row.pins {
            if let Some(guard) = gate.refuses(*item, None) {
                self.tally.add(guard);
                continue;
            }
            let (category, brand) = (gate.model.item_category(*item), gate.model.brand_number(*item));
            let one = Taken { item: *item, category, brand, place: *place, pool: None, merit: 0, boost: 0, penalty: 0 };
            if !self.is_full(&one) && self.is_free(*place) {
                self.tally.add(Guard::Pinned);
                self.take(one);
            }
        }
    }

    /// Lets products the row shows now keep their places, as far as they are still candidates; returns how many.
    fn keep<B: AsRef<[u8]>>(&mut self, shown: &[String], model: &Model<B>) -> usize {
        let is_pinned = |run: &Self, item: &u32| run.taken.iter().any(|one| one.item == *item);
        let all: Vec<u32> = shown.iter().filter_map(|id| model.item(ItemKey::from_id(id))).collect();
        let mut items: Vec<u32> = all.iter().filter(|item| !is_pinned(self, item)).copied().collect();
        for (place, pool) in self.reserved() {
            if let Some(at) = self.best(pool, Some(&items)).or_else(|| self.best(pool, None)) {
                items.retain(|item| *item != self.pools[pool].candidates[at].item);
                self.take_from(pool, at, place);
            }
        }
        let places: Vec<u8> = (0..self.row.limit).filter(|place| self.is_free(*place)).collect();
        for (item, place) in items.into_iter().zip(places) {
            let find = |pool: &Pool| pool.candidates.iter().position(|one| one.item == item && one.open);
            let own = self.pools.iter().take(self.row.sources.len()).enumerate();
            let found = own.into_iter().find_map(|(number, pool)| Some((number, find(pool)?)));
            if let Some((pool, at)) = found
                && self.cap(self.pools[pool].candidates[at].category, self.pools[pool].candidates[at].brand).is_none()
            {
                self.take_from(pool, at, place);
            }
        }
        let is_kept = |one: &&Taken| one.pool.is_some() && all.contains(&one.item);
        self.taken.iter().filter(is_kept).count()
    }

    /// Gives every place that is left to a candidate.
    fn finish(&mut self) {
        for (place, pool) in self.reserved() {
            if self.is_free(place)
                && let Some(at) = self.best(pool, None)
            {
                self.tally.add(Guard::Reserved);
                self.take_from(pool, at, place);
            }
        }
        // Each strategy's claim grows by its share with every place, and falls by all when it gets one.
        let total: i32 = self.row.sources.iter().map(|(_, share)| i32::from(*share)).sum();
        let mut claims: Vec<i32> = self.row.sources.iter().map(|_| 0).collect();
        for place in 0..self.row.limit {
            if !self.is_free(place) {
                continue;
            }
            let mut turn: Vec<(u32, usize)> = Vec::with_capacity(claims.len());
            for (at, (claim, (_, share))) in claims.iter_mut().zip(&self.row.sources).enumerate() {
                *claim += i32::from(*share);
                turn.push(((*claim + total).max(0) as u32, at));
            }
            // Without shares all claims are equal, and the plan's order decides.
            heaviest_first(&mut turn, |(claim, _)| *claim);
            for (_, pool) in turn {
                if let Some(at) = self.best(pool, None) {
                    claims[pool] -= total;
                    self.take_from(pool, at, place);
                    break;
                }
            }
        }
    }

    /// The places kept for other strategies, with their pools: spread over the row, its last among them.
    fn reserved(&self) -> Vec<(u8, usize)> {
        let limit = usize::from(self.row.limit);
        let wanted = self.row.reserve.iter().enumerate();
        let pools =
            wanted.flat_map(|(at, (_, count))| core::iter::repeat_n(self.row.sources.len() + at, usize::from(*count)));
        let pools: Vec<usize> = pools.take(limit).collect();
        let count = pools.len();
        let mut used: Vec<usize> =
            self.taken.iter().filter(|one| one.pool.is_none()).map(|one| usize::from(one.place)).collect();
        let mut kept = Vec::with_capacity(count);
        for (at, pool) in pools.into_iter().enumerate() {
            // A pinned product moves a kept place towards the row's beginning, or else its end.
            let own = (at + 1) * limit / count - 1;
            let free = (0..=own).rev().chain(own..limit).find(|place| !used.contains(place));
            if let Some(place) = free {
                used.push(place);
                kept.push((place as u8, pool));
            }
        }
        kept
    }

    fn is_free(&self, place: u8) -> bool {
        place < self.row.limit && self.taken.iter().all(|one| one.place != place)
    }

    /// Whether a cap, or the product itself in the row, keeps it out.
    fn is_full(&self, one: &Taken) -> bool {
        self.taken.iter().any(|taken| taken.item == one.item) || self.cap(one.category, one.brand).is_some()
    }

    fn cap(&self, category: u16, brand: u32) -> Option<Guard> {
        let reached = |cap: u8, alike: &dyn Fn(&Taken) -> bool| {
            cap > 0 && self.taken.iter().filter(|one| alike(one)).count() >= usize::from(cap)
        };
        if reached(self.row.category_cap, &|one| one.category == category) {
            Some(Guard::CategoryCap)
        } else if brand != 0 && reached(self.row.brand_cap, &|one| one.brand == brand) {
            Some(Guard::BrandCap)
        } else {
            None
        }
    }

    /// The candidate of a pool, or of some of its items, that is to be taken next. What a cap keeps out is closed
    /// on the way.
    fn best(&mut self, pool: usize, among: Option<&[u32]>) -> Option<usize> {
        let diversity = i64::from(self.row.diversity);
        let (mut best, mut first): (Option<(i64, usize)>, _) = (None, None);
        for at in 0..self.pools[pool].candidates.len() {
            let one = self.pools[pool].candidates[at];
            if !one.open || among.is_some_and(|among| !among.contains(&one.item)) {
                continue;
            }
            if let Some(guard) = self.cap(one.category, one.brand) {
                self.pools[pool].candidates[at].open = false;
                self.tally.add(guard);
                continue;
            }
            first = first.or(Some(at));
            let value = (1000 - diversity) * i64::from(one.boosted) - diversity * i64::from(one.likeness);
            if best.is_none_or(|(best, _)| value > best) {
                best = Some((value, at));
            }
            // The rest have no more merit; without likeness none can come past.
            if diversity == 0 {
                break;
            }
        }
        if best.map(|(_, at)| at) != first {
            self.tally.add(Guard::Diversity);
        }
        best.map(|(_, at)| at)
    }

    fn take_from(&mut self, pool: usize, at: usize, place: u8) {
        let one = self.pools[pool].candidates[at];
        let diversity = u32::from(self.row.diversity);
        let penalty = (diversity * (one.boosted + one.likeness) / 1000) as i32;
        self.take(Taken {
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

    fn take(&mut self, one: Taken) {
        let measured = self.row.diversity > 0;
        for candidate in self.pools.iter_mut().flat_map(|pool| &mut pool.candidates) {
            if candidate.item == one.item {
                candidate.open = false;
            } else if measured {
                let brand = one.brand != 0 && one.brand == candidate.brand;
                let alike = u32::from(one.category == candidate.category) * 600 + u32::from(brand) * 400;
                candidate.likeness = candidate.likeness.max(alike);
            }
        }
        self.taken.push(one);
    }
}

/// Says what the score is the sum of: strategy by strategy what its products earned, cut by the events that
/// brought them; what boosts added; what diversity cost.
fn explain<B: AsRef<[u8]>>(model: &Model<B>, pools: &[Pool], trail: &Trail, taken: &[Taken], decision: &mut Decision) {
    for (number, pool) in pools.iter().enumerate() {
        let own = || taken.iter().filter(|one| one.pool == Some(number as u8));
        let merit: i32 = own().map(|one| one.merit).sum();
        let Some(strategy) = pool.strategy.filter(|_| merit > 0) else { continue };
        let code = strategy.name();
        if !matches!(strategy, Strategy::NextItem | Strategy::RecommendedForYou) {
            let text = format!("{} by {}", own().count(), code.replace('_', " "));
            decision.reasons.push(Reason { code, text, weight: merit });
            continue;
        }
        const NAMED: usize = 3;
        let parts = trail.iter().enumerate().map(|(at, step)| {
            let weight: u64 = own().map(|one| u64::from(model.contribution(at, *step, one.item))).sum();
            (weight.min(u64::from(u32::MAX)) as u32, *step)
        });
        let mut parts: Vec<_> = parts.filter(|(weight, _)| *weight > 0).collect();
        heaviest_first(&mut parts, |(weight, _)| *weight);
        let mut weights: Vec<u64> = parts.iter().take(NAMED).map(|(weight, _)| u64::from(*weight)).collect();
        let rest: u64 = parts.iter().skip(NAMED).map(|(weight, _)| u64::from(*weight)).sum();
        if rest > 0 || weights.is_empty() {
            weights.push(rest.max(1));
        }
        for (at, weight) in in_parts(merit, &weights).enumerate() {
            let text = match parts.get(at).filter(|_| at < NAMED) {
                Some((_, step)) => format!("{} {}: visits went on to these", step.kind.name(), model.title(step.item)),
                None if parts.is_empty() => format!("{} by {}", own().count(), code.replace('_', " ")),
                None => "earlier events".into(),
            };
            decision.reasons.push(Reason { code, text, weight });
        }
    }
    let boost: i32 = taken.iter().map(|one| one.boost).sum();
    let penalty: i32 = taken.iter().map(|one| one.penalty).sum();
    for (code, text, weight) in [
        ("boost", "raised or lowered by the plan", boost),
        ("diversity", "what being unlike each other cost", -penalty),
    ] {
        if weight != 0 {
            decision.reasons.push(Reason { code, text: text.into(), weight });
        }
    }
    let pinned = taken.iter().filter(|one| one.pool.is_none()).count();
    if pinned == taken.len() {
        let text = format!("{pinned} pinned by the plan");
        decision.reasons.push(Reason { code: "pinned", text, weight: 0 });
    }
}

/// In a few words: what the strategy of most of the row has to say.
fn because<B: AsRef<[u8]>>(
    model: &Model<B>,
    session: &Session,
    pools: &[Pool],
    trail: &Trail,
    anchor: Option<ItemKey>,
    taken: &[Taken],
) -> Option<Because> {
    let count = |number: usize| taken.iter().filter(|one| one.pool == Some(number as u8)).count();
    let mut most = (0, None);
    for (number, pool) in pools.iter().enumerate() {
        if count(number) > most.0 {
            most = (count(number), pool.strategy);
        }
    }
    let subject = anchor.and_then(|key| model.item(key)).or(trail.first().map(|step| step.item));
    let about = |key, item: Option<u32>| match item {
        Some(item) => Because::about_item(model, key, item),
        None => Because::of(model, "because.visit", ""),
    };
    let plain = |key| Because::of(model, key, "");
    let in_cart = trail.iter().find(|step| step.kind == EventKind::AddToCart).map(|step| step.item);
    match most.1? {
        // Said on a product's own page, "because you looked at" would be said of what is looked at now.
        Strategy::NextItem | Strategy::AlsoViewed | Strategy::RecommendedForYou => {
            about(if anchor.is_some() { "because.similar" } else { "because.viewed" }, subject)
        }
        Strategy::BoughtTogether => match in_cart.filter(|_| anchor.is_none()) {
            Some(item) => about("because.cart", Some(item)),
            None => about("because.together", subject),
        },
        Strategy::SimilarItems => about("because.similar", subject),
        Strategy::CompleteTheLook => about("because.look", subject),
        Strategy::RecentlyViewed => plain("because.recent"),
        Strategy::Trending => plain("because.trending"),
        Strategy::NewArrivals => plain("because.new"),
        Strategy::Bestsellers => plain("because.bestsellers"),
        Strategy::PopularWithSource => plain("because.source"),
        Strategy::AdjacentCategories => plain("because.adjacent"),
        Strategy::CategoryBestsellers | Strategy::BackToSearch => {
            let search = most.1 == Some(Strategy::BackToSearch);
            let newest = session.touches().find(|touch| !search || touch.kind == EventKind::Search);
            let anchored =
                anchor.filter(|_| !search).and_then(|key| model.item(key)).map(|item| model.item_category(item));
            let category = anchored.or_else(|| newest.and_then(|touch| model.touch_category(&touch)));
            match category {
                Some(category) if search => Because::about_category(model, "because.search", category),
                Some(category) => Because::about_category(model, "because.category", category),
                None => plain("because.visit"),
            }
        }
    }
}
