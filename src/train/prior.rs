//! What visits want before their first event, by traffic source, campaign and landing page.
//!
//! A visit belongs to a chain of groups, from all visits down to those of its campaign that began on its
//! landing page ([`Prior::keys`]). The shares of a group are pulled towards those of the wider group above
//! it, by as much as twenty visits would weigh ("hierarchical shrinkage"; Gelman and Hill, Data Analysis
//! Using Regression and Multilevel/Hierarchical Models, 2007), so that a rare campaign falls back to its
//! source, and a rare source to all. Groups of few visits are not kept at all: they would say more about
//! people than about where they come from.
//!
//! Each visit has one unit of attention, whatever it does, or as much as its [weight](Log::weights).
//!
//! Products are counted otherwise: a visit counts once for each, and newer visits count more, as in the shop's own lists.
//! They are ranked by the share of the group's visits that want them. So a large campaign leads to its products, and a small
//! one to what everybody wants.

use super::demand::recency;
use crate::context::Context;
use crate::event::EventKind;
use crate::log::{ItemNumber, Log, LogEvent, UNCATEGORISED};
use crate::snapshot::ItemIndex;
use crate::snapshot::section::{Prior, PriorNode};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Visits from which on a group is kept.
const MIN_VISITS: u32 = 30;
/// Groups kept at most, the largest first.
const MAX_GROUPS: usize = 96;
/// Weight of the wider group, in visits.
const PULL: f64 = 20.0;
/// Categories and items kept a group.
const KEPT: usize = 12;

/// The wider group above each place of [`Prior::keys`]: above a campaign's landing page the campaign, above
/// a landing page all visits, above a campaign its source, and so on up to all.
const ABOVE: [usize; 7] = [2, 6, 5, 4, 5, 6, 6];

/// The place of the groups by part of the day in [`Prior::keys`].
const PART_OF_DAY: usize = 3;

/// What was counted of a group.
#[derive(Default)]
struct Count {
    visits: u32,
    /// The same by weight.
    weight: f64,
    purchases: f64,
    categories: HashMap<u16, f64>,
    /// Visits with each product, and all of them, newer ones counting more.
    items: HashMap<ItemNumber, f64>,
    recent: f64,
}

/// Learns the prior of a log. Empty for a log too short to learn from.
pub fn fit(log: &Log, index: &dyn Fn(ItemNumber) -> ItemIndex) -> Prior {
    let mut counts: BTreeMap<u64, Count> = BTreeMap::new();
    // In a short log the part of the day is a name of the time that passes.
    let tells_hours = log.tells_hours();
    for visit in log.visits.iter().filter(|visit| !visit.is_order) {
        for (_, key) in groups(&visit.context, tells_hours) {
            counts.entry(key).or_default().visits += 1;
        }
    }
    let mut kept: Vec<(u32, u64)> = counts.iter().map(|(key, count)| (count.visits, *key)).collect();
    kept.retain(|(visits, _)| *visits >= MIN_VISITS);
    kept.sort_by_key(|(visits, key)| (Reverse(*visits), *key));
    kept.truncate(MAX_GROUPS);
    counts.retain(|key, count| kept.contains(&(count.visits, *key)));
    let mut wider: HashMap<u64, u64> = HashMap::new();
    let mean = recency(log).map(|(recent, _)| recent).sum::<f64>() / log.ends.len().max(1) as f64;
    let visits = log.visits.iter().zip(log.sessions()).zip(recency(log));
    // An order of a shop system's export is no visit.
    for ((visit, session), (recent, weight)) in visits.filter(|((visit, _), _)| !visit.is_order) {
        let keys = Prior::keys(&visit.context);
        for (place, key) in groups(&visit.context, tells_hours) {
            let Some(count) = counts.get_mut(&key) else { continue };
            add(count, session, weight, recent / mean, log);
            let chain = std::iter::successors(Some(ABOVE[place]), |place| Some(ABOVE[*place]));
            let above = chain.map(|place| keys[place]).find(|above| kept.iter().any(|(_, key)| key == above));
            wider.insert(key, above.unwrap_or_default());
        }
    }
    if !counts.contains_key(&0) {
        return Prior::default();
    }
    // The same visits under a narrower name say nothing new. The key of a wider group is the smaller one.
    let same = |key: u64, wide: u64| key != 0 && counts[&key].visits == counts[&wide].visits;
    let mut informative: BTreeMap<u64, u64> = BTreeMap::new();
    for key in counts.keys() {
        let mut wide = wider.get(key).copied().unwrap_or_default();
        while wide != 0 && !informative.contains_key(&wide) {
            wide = wider.get(&wide).copied().unwrap_or_default();
        }
        if !same(*key, wide) {
            informative.insert(*key, wide);
        }
    }
    let groups = Groups { counts: &counts, wider: &informative, index };
    Prior { nodes: informative.keys().map(|key| groups.node(*key)).collect() }
}

/// The groups of a visit, each with its place in [`Prior::keys`]; those by part of the day only if the log tells hours.
fn groups(context: &Context, tells_hours: bool) -> impl Iterator<Item = (usize, u64)> + use<> {
    let keys = Prior::keys(context);
    let all = keys.len() - 1;
    let is_known = move |place: usize, key: u64| (key != 0 || place == all) && (tells_hours || place != PART_OF_DAY);
    keys.into_iter().enumerate().filter(move |(place, key)| is_known(*place, *key))
}

/// Counts a session. Each has one unit of attention, or as much as it weighs, shared by the products it is about. `recent` is
/// how much it counts for each product.
fn add(count: &mut Count, session: &[LogEvent], weight: f64, recent: f64, log: &Log) {
    count.weight += weight;
    count.purchases += if session.iter().any(|event| event.kind == EventKind::Purchase) { weight } else { 0.0 };
    count.recent += recent;
    let mut items: Vec<ItemNumber> = session.iter().filter_map(|event| event.item).collect();
    let share = weight / items.len().max(1) as f64;
    for item in &items {
        let category = log.items[item.index()].category;
        if log.categories[usize::from(category)] != UNCATEGORISED {
            *count.categories.entry(category).or_default() += share;
        }
    }
    items.sort_unstable();
    items.dedup();
    for item in items {
        *count.items.entry(item).or_default() += recent;
    }
}

/// The groups that say something, each with its wider one.
struct Groups<'a> {
    counts: &'a BTreeMap<u64, Count>,
    wider: &'a BTreeMap<u64, u64>,
    index: &'a dyn Fn(ItemNumber) -> ItemIndex,
}

impl Groups<'_> {
    /// A share of a group's visits, pulled towards that of the wider group.
    fn share(&self, key: u64, of: &dyn Fn(&Count) -> f64) -> f64 {
        self.part(key, of, &|count| count.weight)
    }

    /// The same of another whole.
    fn part(&self, key: u64, of: &dyn Fn(&Count) -> f64, whole: &dyn Fn(&Count) -> f64) -> f64 {
        let count = &self.counts[&key];
        if key == 0 {
            of(count) / whole(count).max(f64::MIN_POSITIVE)
        } else {
            (of(count) + PULL * self.part(self.wider[&key], of, whole)) / (whole(count) + PULL)
        }
    }

    fn node(&self, key: u64) -> PriorNode {
        let purchases = |count: &Count| count.purchases;
        let logit = |rate: f64| {
            let rate = rate.clamp(1e-6, 1.0 - 1e-6);
            (rate / (1.0 - rate)).ln()
        };
        let (base, rate) = (self.share(0, &purchases), self.share(key, &purchases));
        let purchase = if base > 0.0 { ((logit(rate) - logit(base)) * 1000.0).round() as i32 } else { 0 };
        let category =
            |id: &u16| (*id, self.share(key, &|count| count.categories.get(id).copied().unwrap_or_default()));
        let categories = best(self.counts[&0].categories.keys().map(category));
        let item = |id: &ItemNumber| {
            let of = |count: &Count| count.items.get(id).copied().unwrap_or_default();
            (*id, self.part(key, &of, &|count| count.recent))
        };
        let items = best(self.counts[&key].items.keys().map(item));
        let permille = |(category, share): (u16, f64)| (category, (share * 1000.0).round() as u16);
        PriorNode {
            key,
            sessions: self.counts[&key].visits,
            purchase,
            categories: categories.into_iter().map(permille).filter(|(_, share)| *share > 0).collect(),
            items: items.into_iter().map(|(item, _)| (self.index)(item)).collect(),
        }
    }
}

/// The entries of the greatest shares, of equal ones those of the least number.
fn best<T: Ord + Copy>(entries: impl Iterator<Item = (T, f64)>) -> Vec<(T, f64)> {
    let mut entries: Vec<(T, f64)> = entries.filter(|(_, share)| *share > 1e-9).collect();
    entries.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    entries.truncate(KEPT);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Source, key_of};
    use crate::log::Visit;

    /// Sessions of one look; visits of a campaign look at item 1, others at item 0, also fifty that came by
    /// the same source.
    fn log(campaign_visits: usize) -> Log {
        let sessions: Vec<Vec<u32>> = (0..400).map(|at| vec![u32::from(at < campaign_visits)]).collect();
        let mut log = Log::of_items(&sessions);
        log.categories = vec!["a".into(), "b".into()];
        log.items[1].category = 1;
        let paid = Context { source: Source::Paid, campaign: key_of("lamps"), ..Context::default() };
        for at in 0..campaign_visits + 50 {
            let campaign = if at < campaign_visits { paid.campaign } else { 0 };
            log.visits[at] = Visit { context: Context { campaign, ..paid }, ..Visit::default() };
        }
        log
    }

    fn same(item: ItemNumber) -> ItemIndex {
        ItemIndex::new(item.get())
    }

    #[test]
    fn a_campaign_of_enough_visits_leads_to_its_category_and_a_rare_one_to_all() {
        let paid = Context { source: Source::Paid, campaign: key_of("lamps"), ..Context::default() };
        let prior = fit(&log(100), &same);
        assert!(prior.nodes.windows(2).all(|two| two[0].key < two[1].key));
        let node = prior.node(&paid).unwrap();
        assert_eq!((node.key >> 56, node.sessions, node.categories[0].0), (4, 100, 1));
        assert_eq!(node.items, [ItemIndex::new(1)]);
        let other = Context { campaign: key_of("unheard"), ..paid };
        assert_eq!(prior.node(&other).unwrap().key >> 56, 1);
        let rare = fit(&log(10), &same);
        assert_eq!(rare.node(&paid).unwrap().key >> 56, 1);
        let mail = Context { source: Source::Mail, ..Context::default() };
        assert_eq!(rare.node(&mail).unwrap().key, 0);
    }

    #[test]
    fn a_group_is_pulled_towards_the_wider_one() {
        let share = |visits: usize| {
            let prior = fit(&log(visits), &same);
            let paid = Context { source: Source::Paid, campaign: key_of("lamps"), ..Context::default() };
            prior.node(&paid).unwrap().categories[0].1
        };
        assert!(share(40) < share(200) && share(40) > 700, "{} {}", share(40), share(200));
    }
}
