//! Ranked lists: bestsellers of the store and of each category, what is trending, what is new, which
//! categories are near; usual prices.
//!
//! All of them are made of [demand](super::demand): distinct visits, of which newer ones count more.
//!
//! A product without a category is in no category's list, and near to none: "no category" is nothing that products share.

use super::demand::Demand;
use super::{arrivals, together, trend};
use crate::log::{Log, UNCATEGORISED, lineage};
use crate::snapshot::ItemIndex;
use crate::snapshot::section::Lists;

const STORE: usize = 200;
const CATEGORY: usize = 24;
const CATEGORY_NEW: usize = 8;
const OTHER: usize = 48;

/// Ranks the log's items. `indices` holds the snapshot's number of each; categories that fewer than `support` visits had
/// both of are not related.
pub fn rank(log: &Log, indices: &[ItemIndex], support: u32) -> Lists {
    let demand = Demand::of(log);
    let mut bestsellers: Vec<u32> = (0..log.items.len() as u32).collect();
    let steady = |item: u32| demand.steady[item as usize];
    bestsellers.sort_by(|a, b| steady(*b).total_cmp(&steady(*a)).then(a.cmp(b)));
    let category_bestsellers = by_category(log, &bestsellers, CATEGORY);
    let mut trending = trend::rank(&demand);
    let newest = arrivals::by_date(log, &demand);
    let category_new = by_category(log, &newest, CATEGORY_NEW);
    let mut new_arrivals = arrivals::wanted_first(newest, &demand);
    let (adjacent, complements) = together::categories(log, support);
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
    let above = |path: &String| lineage(path).filter(|path| *path != UNCATEGORISED).filter_map(number).collect();
    let lineages: Vec<Vec<usize>> = log.categories.iter().map(above).collect();
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

/// Median price of each category in hundredths, by category number; 0 where too few prices are known, and for products
/// without a category.
pub fn medians(log: &Log) -> Vec<u32> {
    let mut prices = vec![Vec::new(); log.categories.len()];
    for item in log.items.iter().filter(|item| item.price_cents > 0) {
        prices[usize::from(item.category)].push(item.price_cents);
    }
    let median = |(mut prices, path): (Vec<u32>, &String)| {
        prices.sort_unstable();
        if prices.len() < PRICED || path == UNCATEGORISED { 0 } else { prices[prices.len() / 2] }
    };
    prices.into_iter().zip(&log.categories).map(median).collect()
}
