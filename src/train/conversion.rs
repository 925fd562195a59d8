//! Conversion of products: how often visits that have seen a product end in a purchase, beside what is usual in the shop.
//!
//! What counts is a purchase of anything. That the product itself is bought says less: it is rarer, and a visit that looks
//! at what buyers look at is near a purchase, whichever product it takes. A visit counts once for each product that it had
//! seen before its first purchase.
//!
//! Most products have few visits, so a rate of its own would be chance. It is pulled towards the rate of the product's brand
//! within its category, that towards the category's, and that towards the shop's (empirical Bayes). How strong a pull is
//! follows from how much the rates of a group differ beyond chance, by the method of moments (Kleinman: Proportions with
//! extraneous variance, JASA 1973).
//!
//! A snapshot holds a level of four bits for each product: log-odds in steps beside the shop's. Tables of intent are fitted
//! to the same levels, so the steps' size matters to nobody else.
//!
//! Invariant: a session never helps to make the levels that it is fitted with, or its own purchase would stand in its
//! features. Sessions are dealt into [`FOLDS`], and the levels for one fold are counted on the others.

use super::ended::Ended;
use crate::feature::USUAL;
use crate::log::{Log, UNCATEGORISED};
use std::collections::{BTreeMap, HashMap};

/// Parts into which the sessions are dealt. More parts leave each with more sessions to count on, and cost time.
pub const FOLDS: u32 = 10;
/// Visits that buy, and visits that do not, below which nothing is known.
const LEAST: f64 = 20.0;
/// The sizes of a step, in logits. The smallest is taken with which nearly all visits' products have a level.
const STEPS: [f64; 4] = [0.0625, 0.125, 0.25, 0.5];
/// Share of the visits' products that may lie beyond the last level.
const BEYOND: f64 = 0.01;
/// Bounds of the share of a rate's variance that lies between the members of a group (the intraclass correlation).
const BETWEEN: (f64, f64) = (1e-4, 0.5);

/// Visits that had seen something, and those of them that ended in a purchase; by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    visits: f64,
    buyers: f64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.visits += other.visits;
        self.buyers += other.buyers;
    }

    /// The share of buyers, pulled towards a wider group's by as many visits as `strength` says.
    fn rate(self, wider: f64, strength: f64) -> f64 {
        (self.buyers + strength * wider) / (self.visits + strength)
    }
}

/// The levels of products and categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// By product, 1 to 15; 0 is unknown: no visit had seen it. Empty if nothing is known at all.
    pub items: Vec<u8>,
    /// By category number, as above. What has no category is unknown.
    pub categories: Vec<u8>,
}

/// The number of the part that a session is dealt into.
pub fn fold(session: &Ended) -> u32 {
    /// Seed of the draw.
    const FOLD: u64 = 11;
    (session.draw(FOLD) * f64::from(FOLDS)) as u32
}

/// What was counted of a log's products.
pub struct Conversion<'a> {
    log: &'a Log,
    sessions: &'a [Ended],
    /// By product.
    items: Vec<Tally>,
    /// By product, the number of its brand within its category; the category of each of these.
    brands: (Vec<u32>, Vec<u16>),
    /// Size of a step, in logits. The same for all folds, so that their levels mean the same.
    step: f64,
}

impl<'a> Conversion<'a> {
    /// Counts sessions.
    pub fn of(log: &'a Log, sessions: &'a [Ended]) -> Self {
        let mut numbers: HashMap<(u16, &str), u32> = HashMap::new();
        let mut categories = Vec::new();
        let mut brand = |item: &'a crate::log::Item| {
            *numbers.entry((item.category, &item.brand)).or_insert_with(|| {
                categories.push(item.category);
                categories.len() as u32 - 1
            })
        };
        let brands = log.items.iter().map(&mut brand).collect();
        let mut items = vec![Tally::default(); log.items.len()];
        for session in sessions {
            count(log, &mut items, session, 1.0);
        }
        let mut all = Self { log, sessions, items, brands: (brands, categories), step: STEPS[0] };
        all.step = all.rates(&all.items).map_or(all.step, |rates| step(&all.items, &rates.items));
        all
    }

    /// The levels by all sessions.
    pub fn levels(&self) -> Levels {
        self.levels_of(&self.items)
    }

    /// The levels by all sessions but those of one fold.
    pub fn levels_without(&self, left_out: u32) -> Levels {
        let mut items = self.items.clone();
        let own = self.sessions.iter().filter(|session| fold(session) == left_out);
        own.for_each(|session| count(self.log, &mut items, session, -1.0));
        self.levels_of(&items)
    }

    fn levels_of(&self, items: &[Tally]) -> Levels {
        let Some(rates) = self.rates(items) else { return Levels::default() };
        let level = |odds: &f64| (f64::from(USUAL) + (odds / self.step).round()).clamp(1.0, 15.0) as u8;
        // What nobody has seen is as unknown as a product that is not in the snapshot.
        let of_item = |(one, odds): (&Tally, &f64)| if one.visits > 0.5 { level(odds) } else { 0 };
        let is_one = |at: usize| rates.seen[at] && self.log.categories[at] != UNCATEGORISED;
        let of_category = |(at, odds): (usize, &f64)| if is_one(at) { level(odds) } else { 0 };
        Levels {
            items: items.iter().zip(&rates.items).map(of_item).collect(),
            categories: rates.categories.iter().enumerate().map(of_category).collect(),
        }
    }

    /// The rates of products and categories; `None` if too few visits buy, or do not.
    fn rates(&self, items: &[Tally]) -> Option<Rates> {
        let (brand_of, category_of) = &self.brands;
        let mut brands = vec![Tally::default(); category_of.len()];
        items.iter().zip(brand_of).for_each(|(item, brand)| brands[*brand as usize].add(*item));
        let mut categories = vec![Tally::default(); self.log.categories.len()];
        brands.iter().zip(category_of).for_each(|(brand, category)| categories[usize::from(*category)].add(*brand));
        let mut shop = Tally::default();
        for category in &categories {
            shop.add(*category);
        }
        if shop.buyers < LEAST || shop.visits - shop.buyers < LEAST {
            return None;
        }
        let usual = shop.buyers / shop.visits;
        let pull = strength(&categories, |_| 0, &[shop]);
        let category_rates: Vec<f64> = categories.iter().map(|one| one.rate(usual, pull)).collect();
        let pull = strength(&brands, |brand| category_of[brand].into(), &categories);
        let brand_rate = |(at, one): (usize, &Tally)| one.rate(category_rates[usize::from(category_of[at])], pull);
        let brand_rates: Vec<f64> = brands.iter().enumerate().map(brand_rate).collect();
        let pull = strength(items, |item| brand_of[item] as usize, &brands);
        let beside = |rate: f64| logit(rate) - logit(usual);
        let item_odds: Vec<f64> = items
            .iter()
            .zip(brand_of)
            .map(|(one, brand)| beside(one.rate(brand_rates[*brand as usize], pull)))
            .collect();
        let seen = categories.iter().map(|category| category.visits > 0.5).collect();
        Some(Rates { items: item_odds, categories: category_rates.into_iter().map(beside).collect(), seen })
    }
}

/// Log-odds of a purchase beside the shop's.
struct Rates {
    /// By product.
    items: Vec<f64>,
    /// By category.
    categories: Vec<f64>,
    /// Whether any visit had seen the category.
    seen: Vec<bool>,
}

/// Adds a session to the products that it had seen, or takes it away again.
fn count(log: &Log, items: &mut [Tally], session: &Ended, sign: f64) {
    let visits = sign * f64::from(session.weight(log));
    let one = Tally { visits, buyers: if session.bought { visits } else { 0.0 } };
    session.products(log).for_each(|item| items[item].add(one));
}

/// How many visits the rate of a group weighs beside those of its member, by how much the members' rates differ. `group`
/// tells the group of each member.
///
/// The squared distances of the members' rates from that of their group add up to what chance makes of them and to what
/// really differs; the second part is solved for.
fn strength(members: &[Tally], group: impl Fn(usize) -> usize, groups: &[Tally]) -> f64 {
    // By group: members, the sum of their squared visits, and the squared distances by visits.
    let mut parts: BTreeMap<usize, [f64; 3]> = BTreeMap::new();
    for (at, one) in members.iter().enumerate().filter(|(_, one)| one.visits > 0.5) {
        let group = group(at);
        let whole = groups[group];
        let distance = one.buyers / one.visits - whole.buyers / whole.visits;
        let part = parts.entry(group).or_default();
        part[0] += 1.0;
        part[1] += one.visits * one.visits;
        part[2] += one.visits * distance * distance;
    }
    let (mut beyond, mut whole) = (0.0, 0.0);
    for (group, [count, squares, distances]) in parts {
        let Tally { visits, buyers } = groups[group];
        let rate = buyers / visits;
        let variance = rate * (1.0 - rate);
        beyond += distances - variance * (count - 1.0);
        whole += variance * (visits - squares / visits - (count - 1.0));
    }
    let between = if whole > 0.0 { (beyond / whole).clamp(BETWEEN.0, BETWEEN.1) } else { BETWEEN.0 };
    (1.0 - between) / between
}

/// The smallest step with which nearly all visits' products lie within the levels.
fn step(items: &[Tally], odds: &[f64]) -> f64 {
    let all: f64 = items.iter().map(|one| one.visits).sum();
    let fits = |step: &&f64| {
        let is_beyond = |odds: f64| odds.abs() > (f64::from(USUAL) - 0.5) * **step;
        let beyond: f64 = items.iter().zip(odds).filter(|(_, odds)| is_beyond(**odds)).map(|(one, _)| one.visits).sum();
        beyond <= BEYOND * all
    };
    STEPS.iter().find(fits).copied().unwrap_or(STEPS[STEPS.len() - 1])
}

fn logit(rate: f64) -> f64 {
    let rate = rate.clamp(1e-6, 1.0 - 1e-6);
    (rate / (1.0 - rate)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind::{Purchase, ViewItem};
    use crate::feature::{Feature, MISSING};
    use crate::log::{ItemNumber, LogEvent, Visit};
    use crate::snapshot::section::Prior;
    use crate::train::ended::ended;
    use crate::train::intent::{Moment, fit, moments, training};
    use crate::train::shop::LogShop;
    use xxhash_rust::xxh64::xxh64;

    /// A number below 1 that looks like chance.
    fn chance(seed: u64) -> f64 {
        (xxh64(&seed.to_le_bytes(), 21) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Visits that look at one to four of 600 products and buy as often as `rate` says of the last.
    fn log(visits: u64, rate: impl Fn(u32) -> f64) -> Log {
        let mut log = Log::of_items(&[(0..600).collect::<Vec<u32>>()]);
        (log.events, log.ends, log.visits, log.untimed) = (Vec::new(), Vec::new(), Vec::new(), false);
        for visit in 0..visits {
            let time_ms = |at: u64| (visit * 7200 + at * 10 + 1) * 1000;
            let looks = 1 + (chance(visit * 16) * 4.0) as u64;
            // Some products are looked at often, most seldom.
            let item = |at: u64| (chance(visit * 16 + 1 + at).powi(2) * 600.0) as u32;
            let look = |at: u64| LogEvent::of_item(time_ms(at), ItemNumber::new(item(at)), ViewItem);
            log.events.extend((0..looks).map(look));
            let last = item(looks - 1);
            if chance(visit * 16 + 9) < rate(last) {
                log.events.push(LogEvent::of_item(time_ms(looks), ItemNumber::new(last), Purchase));
            }
            log.ends.push(log.events.len());
            log.visits.push(Visit::default());
        }
        log.span_ms = (0, (visits + 1) * 7_200_000);
        log
    }

    /// The share of pairs of a moment that comes true and one that does not in which the first has more; ties count half.
    fn auc(moments: &[Moment], score: impl Fn(&Moment) -> i32) -> f64 {
        let mut rows: Vec<(i32, bool)> =
            moments.iter().map(|moment| (score(moment), moment.truth[0] == Some(true))).collect();
        rows.sort_unstable();
        let (mut below, mut pairs, mut positives) = (0.0, 0.0, 0.0);
        for tied in rows.chunk_by(|a, b| a.0 == b.0) {
            let yes = tied.iter().filter(|row| row.1).count() as f64;
            let no = tied.len() as f64 - yes;
            pairs += yes * (below + no / 2.0);
            below += no;
            positives += yes;
        }
        pairs / (below * positives)
    }

    /// How well the score tells buyers apart in visits that are newer than those it was fitted to, and how well the levels
    /// alone seem to in those that it was fitted to.
    fn fresh_and_seen(rate: impl Fn(u32) -> f64) -> (f64, f64) {
        let log = log(8000, rate);
        let (prior, sessions) = (Prior::default(), ended(&log));
        let (older, newer) = sessions.split_at(6000);
        let (known, _) = log.split(0.75);
        let (tables, _) = fit(&known, &[0], &prior);
        let mut shop = LogShop::new(&log, &[0], &prior);
        let (mut seen, levels) = training(&log, &mut shop, older);
        seen.retain(|moment| moment.features.get(Feature::MeanConversion) != MISSING);
        shop.learn(levels);
        let fresh = moments(&log, &shop, &newer.iter().collect::<Vec<_>>(), |_| 1.0);
        let score = |moment: &Moment| tables.purchase.score(&moment.features.0);
        (auc(&fresh, score), auc(&seen, |moment| moment.features.get(Feature::MeanConversion)))
    }

    #[test]
    fn products_that_say_nothing_gain_nothing_and_products_that_do_are_found() {
        let (fresh, seen) = fresh_and_seen(|_| 0.3);
        assert!((0.47..0.53).contains(&fresh) && (0.47..0.53).contains(&seen), "{fresh} {seen}");
        let (fresh, seen) = fresh_and_seen(|item| if item % 3 == 0 { 0.9 } else { 0.05 });
        assert!(fresh > 0.6 && seen > 0.6 && (fresh - seen).abs() < 0.08, "{fresh} {seen}");
    }

    #[test]
    fn a_session_does_not_help_to_make_the_levels_it_is_fitted_with() {
        let log = log(2000, |_| 0.5);
        let sessions = ended(&log);
        let conversion = Conversion::of(&log, &sessions);
        let all = conversion.levels();
        let mut visits = vec![0; 600];
        sessions.iter().flat_map(|session| session.products(&log)).for_each(|item| visits[item] += 1);
        let alone = |session: &&Ended| session.products(&log).any(|item| visits[item] == 1);
        let session = sessions.iter().find(alone).unwrap();
        let item = session.products(&log).find(|item| visits[*item] == 1).unwrap();
        assert!(all.items[item] > 0);
        assert_eq!(conversion.levels_without(fold(session)).items[item], 0);
    }

    #[test]
    fn rates_are_pulled_strongly_where_they_differ_by_chance_only() {
        let tally = |buyers: f64| Tally { visits: 50.0, buyers };
        let of = |spread: f64| {
            let members: Vec<Tally> = (0..60).map(|at| tally(15.0 + spread * (chance(at) - 0.5))).collect();
            let mut whole = Tally::default();
            for one in &members {
                whole.add(*one);
            }
            strength(&members, |_| 0, &[whole])
        };
        assert!(of(4.0) > 1000.0 && of(28.0) < 60.0, "{} {}", of(4.0), of(28.0));
    }

    #[test]
    fn what_few_have_seen_is_near_its_category_and_what_nobody_has_seen_is_unknown() {
        let mut log = log(6000, |item| if item < 300 { 0.6 } else { 0.1 });
        log.categories = vec!["hot".into(), "cold".into(), UNCATEGORISED.into()];
        let fresh = log.items[0].clone();
        log.items.extend([fresh.clone(), fresh]);
        for (number, item) in log.items.iter_mut().enumerate() {
            item.category = u16::from((300..600).contains(&number));
        }
        // Seen by the first visit only.
        log.events[0].item = Some(ItemNumber::new(600));
        let sessions = ended(&log);
        let levels = Conversion::of(&log, &sessions).levels();
        assert!(levels.categories[0] > USUAL && levels.categories[1] < USUAL, "{levels:?}");
        assert_eq!((levels.categories[2], levels.items[601]), (0, 0));
        assert!(levels.items[600].abs_diff(levels.categories[0]) <= 2, "{levels:?}");
    }
}
