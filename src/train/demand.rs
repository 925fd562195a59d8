//! What visits did with each product, and when: the counts that ranked lists are made of.
//!
//! A visit counts once for each product, by the most it did with it, however often it did it, and for its first
//! `VISIT` products only. Strangers' visits count by their [weight](Log::weights), and their carts and purchases at
//! most twice as much as their other visits of the product, so that a script that "buys" makes no bestseller.
//!
//! Demand moves, so newer visits count more: by `e / (age + e)`, where a visit's age is the share of all visits that came
//! after it. A power law has no half-life that would have to fit the shop: it weighs the newest days much and still
//! knows what sold before. Ages are shares of visits and not of time, so a row with a wrong date moves nothing.
//! In a short log they count less: what its newest visits want is mostly luck.

use crate::event::EventKind;
use crate::log::{ItemNumber, Log};
use std::cmp::Reverse;

/// Products of one visit that count.
const VISIT: usize = 60;
/// How much strangers' carts and purchases of a product can add to their other visits of it, at most.
const BOUGHT: f64 = 2.0;
/// The age at which a visit counts half, for what sells steadily and for what is wanted now. Chosen on the newest parts of
/// the training halves of five public logs: .3 to .003 were tried, and these never find less than no ages at all do.
const STEADY: f64 = 0.1;
const NOW: f64 = 0.03;
/// The same in visits, at least: what fewer visits want is luck, so a short log knows hardly any age.
const STEADY_VISITS: f64 = 1000.0;
const NOW_VISITS: f64 = 300.0;
/// The newest visits, which growth is told by: a quarter.
const NEWEST: f64 = 0.25;

/// Demand for each product, by number.
pub struct Demand {
    /// Visits, with carts and purchases counting more and newer visits counting more: what bestsellers are ranked by.
    pub steady: Vec<f64>,
    /// Visits, the newest counting by far the most: what is wanted now.
    pub now: Vec<f64>,
    /// Visits by weight in the newest quarter.
    pub newest: Vec<f64>,
    /// Visits by weight before it.
    pub before: Vec<f64>,
    /// Weight of all visits of the newest quarter.
    pub all_newest: f64,
    /// Weight of all visits before it.
    pub all_before: f64,
    /// Share of all visits that came after the first one with the product, that one included; 0 for one nobody saw.
    pub since_first: Vec<f64>,
}

impl Demand {
    /// Counts the visits of a log.
    pub fn of(log: &Log) -> Self {
        let empty = || vec![0.0_f64; log.items.len()];
        let mut demand = Self {
            steady: empty(),
            now: empty(),
            newest: empty(),
            before: empty(),
            all_newest: 0.0,
            all_before: 0.0,
            since_first: empty(),
        };
        // Of strangers: visits that only looked, and what the others add to them.
        let has_strangers = log.visits.iter().any(|visit| visit.is_strangers);
        let strangers = || if has_strangers { empty() } else { Vec::new() };
        let (mut looked, mut bought) = (strangers(), strangers());
        let mut done: Vec<(usize, u32, usize)> = Vec::new();
        let all = total(log);
        let (steady_half, now_half) = (STEADY.max(STEADY_VISITS / all), NOW.max(NOW_VISITS / all));
        for ((session, visit), (age, weight)) in log.sessions().zip(&log.visits).zip(ages(log)) {
            let (steady, now) = (steady_half / (age + steady_half), now_half / (age + now_half));
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
            let is_newest = age < NEWEST;
            *if is_newest { &mut demand.all_newest } else { &mut demand.all_before } += weight;
            for (item, deed, _) in done.iter().take(VISIT) {
                let item = *item;
                if visit.is_strangers {
                    let looks = f64::from((*deed).min(1));
                    bought[item] += steady * weight * (f64::from(*deed) - looks);
                    looked[item] += if *deed <= 1 { steady * weight * looks } else { 0.0 };
                    demand.steady[item] += steady * weight * looks;
                } else {
                    demand.steady[item] += steady * f64::from(*deed);
                }
                demand.now[item] += now * weight;
                *if is_newest { &mut demand.newest[item] } else { &mut demand.before[item] } += weight;
                // Visits come in order of time, so the first one has the greatest age.
                demand.since_first[item] = demand.since_first[item].max(age + weight / all);
            }
        }
        for ((steady, looked), bought) in demand.steady.iter_mut().zip(&looked).zip(&bought) {
            *steady += bought.min(BOUGHT * looked);
        }
        demand
    }
}

/// Weight of all visits.
fn total(log: &Log) -> f64 {
    if log.weights.is_empty() {
        log.ends.len() as f64
    } else {
        log.weights.iter().map(|weight| f64::from(*weight)).sum::<f64>().max(f64::MIN_POSITIVE)
    }
}

/// How much each visit counts for what sells steadily, oldest first, with its weight: 1 for the newest, times its weight.
pub fn recency(log: &Log) -> impl Iterator<Item = (f64, f64)> + '_ {
    let half = STEADY.max(STEADY_VISITS / total(log));
    ages(log).map(move |(age, weight)| (weight * half / (age + half), weight))
}

/// The age of each visit, oldest first, with its weight: the share of all visits that came after it.
fn ages(log: &Log) -> impl Iterator<Item = (f64, f64)> + '_ {
    let total = total(log);
    let mut so_far = 0.0;
    (0..log.ends.len()).map(move |number| {
        let weight = f64::from(log.weight(number));
        so_far += weight;
        ((1.0 - so_far / total).max(0.0), weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_counts_once_for_a_product_and_newer_visits_count_more() {
        // Item 0 in one visit, ten times; item 1 in two visits; item 2 in two newer ones.
        let mut sessions = vec![vec![0_u32; 10], vec![1], vec![1]];
        sessions.extend(vec![vec![3]; 94]);
        sessions.extend([vec![2], vec![2], vec![4]]);
        let demand = Demand::of(&Log::of_items(&sessions));
        assert!(demand.steady[0] < demand.steady[1] && demand.steady[1] < demand.steady[2], "{:?}", demand.steady);
        assert!(demand.now[2] > demand.now[1]);
        assert_eq!((demand.newest[2], demand.before[2], demand.before[1]), (2.0, 0.0, 2.0));
        assert!((demand.since_first[4] - 0.01).abs() < 1e-9 && (demand.since_first[0] - 1.0).abs() < 1e-9);
        assert!((demand.all_newest - 25.0).abs() < 1e-9, "{}", demand.all_newest);
    }
}
