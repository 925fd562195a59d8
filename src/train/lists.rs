//! Ranked lists: bestsellers of the store and of each category, what is trending, what is new, which
//! categories are near; usual prices.

use crate::event::EventKind;
use crate::log::{ItemNumber, Log, lineage};
use crate::snapshot::section::Lists;
use std::cmp::Reverse;

const STORE: usize = 200;
const CATEGORY: usize = 24;
const CATEGORY_NEW: usize = 8;
const OTHER: usize = 48;
/// Events in the newest quarter from which on an item can be trending.
const TREND_EVENTS: f64 = 5.0;

/// Ranks the log's items, by the log's own item numbers.
pub fn rank(log: &Log) -> Lists {
    let (oldest, newest) = log.span_ms;
    let recent_from = newest - (newest - oldest) / 4;
    let mut score = vec![0_u64; log.items.len()];
    let mut recent = vec![0.0_f64; log.items.len()];
    let mut earlier = vec![0.0_f64; log.items.len()];
    for event in &log.events {
        let Some(item) = event.item.map(ItemNumber::index) else { continue };
        score[item] += match event.kind {
            EventKind::Purchase => 10,
            EventKind::AddToCart => 4,
            EventKind::RemoveFromCart => 0,
            _ => 1,
        };
        *if event.time_ms >= recent_from { &mut recent[item] } else { &mut earlier[item] } += 1.0;
    }
    let all = || 0..log.items.len() as u32;
    let mut bestsellers: Vec<u32> = all().collect();
    bestsellers.sort_by_key(|item| (Reverse(score[*item as usize]), *item));
    let category_bestsellers = by_category(log, &bestsellers, CATEGORY);
    let (now, before) = (recent.iter().sum::<f64>().max(1.0), earlier.iter().sum::<f64>().max(1.0));
    // Growth of an item's share of attention; one event is added on both sides against chance.
    let growth = |item: &u32| {
        let at = *item as usize;
        ((recent[at] + 1.0) / now) / ((earlier[at] + 1.0) / before)
    };
    let mut trending: Vec<u32> = all().filter(|item| recent[*item as usize] >= TREND_EVENTS).collect();
    trending.sort_by(|a, b| growth(b).total_cmp(&growth(a)).then(a.cmp(b)));
    let mut new_arrivals: Vec<u32> = all().collect();
    new_arrivals.sort_by_key(|item| (Reverse(log.items[*item as usize].first_ms), *item));
    let category_new = by_category(log, &new_arrivals, CATEGORY_NEW);
    let (adjacent, complements) = super::together::categories(log);
    bestsellers.truncate(STORE);
    trending.truncate(OTHER);
    new_arrivals.truncate(OTHER);
    Lists { bestsellers, category_bestsellers, trending, new_arrivals, category_new, adjacent, complements }
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
