//! Ranked lists: bestsellers of the store and of each category, what is trending, what is new, which
//! categories are near; usual prices.
//!
//! A visit counts once for each product, by the most it did with it, however often it did it, and for its first
//! `VISIT` products only. Strangers' visits count by their [weight](Log::weights), and their carts and purchases at
//! most twice as much as their other visits of the product, so that a script that "buys" makes no bestseller.

use crate::event::EventKind;
use crate::log::{ItemNumber, Log, lineage};
use crate::snapshot::ItemIndex;
use crate::snapshot::section::Lists;
use std::cmp::Reverse;

const STORE: usize = 200;
const CATEGORY: usize = 24;
const CATEGORY_NEW: usize = 8;
const OTHER: usize = 48;
/// Visits in the newest quarter from which on an item can be trending.
const TREND_VISITS: f64 = 5.0;
/// Products of one visit that count.
const VISIT: usize = 60;
/// How much strangers' carts and purchases of a product can add to their other visits of it, at most.
const BOUGHT: f64 = 2.0;

/// What visits did with each product.
struct Tally {
    /// Weight of the visits, carts and purchases included.
    score: Vec<f64>,
    /// Visits in the newest quarter of the log, and before.
    recent: Vec<f64>,
    earlier: Vec<f64>,
}

impl Tally {
    fn of(log: &Log) -> Self {
        let (oldest, newest) = log.span_ms;
        let recent_from = newest - (newest - oldest) / 4;
        let empty = || vec![0.0_f64; log.items.len()];
        let mut tally = Self { score: empty(), recent: empty(), earlier: empty() };
        // Of strangers: visits that only looked, and what the others add to them.
        let has_strangers = log.visits.iter().any(|visit| visit.is_strangers);
        let strangers = || if has_strangers { empty() } else { Vec::new() };
        let (mut looked, mut bought) = (strangers(), strangers());
        let mut done: Vec<(usize, u32, usize)> = Vec::new();
        for (number, (session, visit)) in log.sessions().zip(&log.visits).enumerate() {
            let weight = f64::from(log.weight(number));
            done.clear();
            for (at, event) in session.iter().enumerate() {
                let Some(item) = event.item.map(ItemNumber::index) else { continue };
                let deed = match event.kind {
                    EventKind::Purchase => 10,
                    EventKind::AddToCart => 4,
                    EventKind::RemoveFromCart => 0,
                    _ => 1,
                };
                done.push((item, deed, at));
            }
            done.sort_by_key(|(item, deed, at)| (*item, Reverse(*deed), *at));
            done.dedup_by_key(|(item, ..)| *item);
            if done.len() > VISIT {
                done.sort_by_key(|(.., at)| *at);
            }
            for (item, deed, at) in done.iter().take(VISIT) {
                if visit.is_strangers {
                    let looks = f64::from((*deed).min(1));
                    bought[*item] += weight * (f64::from(*deed) - looks);
                    looked[*item] += if *deed <= 1 { weight * looks } else { 0.0 };
                    tally.score[*item] += weight * looks;
                } else {
                    tally.score[*item] += f64::from(*deed);
                }
                let is_recent = session[*at].time_ms >= recent_from;
                *if is_recent { &mut tally.recent[*item] } else { &mut tally.earlier[*item] } += weight;
            }
        }
        for ((score, looked), bought) in tally.score.iter_mut().zip(&looked).zip(&bought) {
            *score += bought.min(BOUGHT * looked);
        }
        tally
    }
}

/// Ranks the log's items. `indices` holds the snapshot's number of each; categories that fewer than `support` visits had
/// both of are not related.
pub fn rank(log: &Log, indices: &[ItemIndex], support: u32) -> Lists {
    let Tally { score, recent, earlier } = Tally::of(log);
    let all = || 0..log.items.len() as u32;
    let mut bestsellers: Vec<u32> = all().collect();
    bestsellers.sort_by(|a, b| score[*b as usize].total_cmp(&score[*a as usize]).then(a.cmp(b)));
    let category_bestsellers = by_category(log, &bestsellers, CATEGORY);
    let (now, before) = (recent.iter().sum::<f64>().max(1.0), earlier.iter().sum::<f64>().max(1.0));
    // Growth of an item's share of attention; one visit is added on both sides against chance.
    let growth = |item: &u32| {
        let at = *item as usize;
        ((recent[at] + 1.0) / now) / ((earlier[at] + 1.0) / before)
    };
    let mut trending: Vec<u32> = all().filter(|item| recent[*item as usize] >= TREND_VISITS).collect();
    trending.sort_by(|a, b| growth(b).total_cmp(&growth(a)).then(a.cmp(b)));
    let mut new_arrivals: Vec<u32> = all().collect();
    new_arrivals.sort_by_key(|item| (Reverse(log.items[*item as usize].first_ms), *item));
    let category_new = by_category(log, &new_arrivals, CATEGORY_NEW);
    let (adjacent, complements) = super::together::categories(log, support);
    bestsellers.truncate(STORE);
    trending.truncate(OTHER);
    new_arrivals.truncate(OTHER);
    let indexed = |list: Vec<u32>| list.into_iter().map(|item| indices[item as usize]).collect::<Vec<_>>();
    Lists {
        bestsellers: indexed(bestsellers),
        category_bestsellers: category_bestsellers.into_iter().map(indexed).collect(),
        trending: indexed(trending),
        new_arrivals: indexed(new_arrivals),
        category_new: category_new.into_iter().map(indexed).collect(),
        adjacent,
        complements,
    }
}

/// The first products of a ranking in each category, and in each category above it.
fn by_category(log: &Log, ranked: &[u32], limit: usize) -> Vec<Vec<u32>> {
    let number = |path: &str| log.categories.binary_search_by(|known| known.as_str().cmp(path)).ok();
    let lineages: Vec<Vec<usize>> =
        log.categories.iter().map(|path| lineage(path).filter_map(number).collect()).collect();
    let mut lists = vec![Vec::new(); log.categories.len()];
    for item in ranked {
        for category in &lineages[usize::from(log.items[*item as usize].category)] {
            if lists[*category].len() < limit {
                lists[*category].push(*item);
            }
        }
    }
    lists
}

/// Priced items of a category from which on it has a usual price.
const PRICED: usize = 3;

/// Median price of each category in hundredths, by category number; 0 where too few prices are known.
pub fn medians(log: &Log) -> Vec<u32> {
    let mut prices = vec![Vec::new(); log.categories.len()];
    for item in log.items.iter().filter(|item| item.price_cents > 0) {
        prices[usize::from(item.category)].push(item.price_cents);
    }
    let median = |mut prices: Vec<u32>| {
        prices.sort_unstable();
        if prices.len() < PRICED { 0 } else { prices[prices.len() / 2] }
    };
    prices.into_iter().map(median).collect()
}
