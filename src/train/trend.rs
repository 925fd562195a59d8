//! What is trending: products whose demand grew beyond chance, those wanted most now first.
//!
//! A product that two visits saw yesterday and none before has grown without bound, and means nothing. So growth is an
//! estimate with a floor. Visits of the newest quarter are compared with what the visits before let expect. The ratio is
//! shrunk as a gamma-Poisson model has it ("empirical Bayes"; Robbins 1956, `DuMouchel` 1999), where the shop's own spread of
//! growth says how strongly. A product is trending if the lower bound of the ratio, with 95 % confidence, is above 1.
//!
//! Trending products stand in order of what is wanted now, not of growth: the largest growth is that of small products. Behind
//! them, and alone where nothing has grown, comes what else is wanted now.

use super::demand::Demand;

/// Visits in the newest quarter from which on a product can be trending.
const LEAST: f64 = 5.0;
/// Half of the 95th percentile of a normal distribution: a Poisson count's square root has a deviation of one half.
const BOUND: f64 = 0.822;
/// Range of the prior's weight, in expected visits.
const PRIOR: std::ops::RangeInclusive<f64> = 0.02..=50.0;

/// All products somebody saw, those first that are trending.
pub fn rank(demand: &Demand) -> Vec<u32> {
    let is_trending = grown(demand);
    let mut ranked: Vec<u32> = (0..demand.now.len() as u32).filter(|item| demand.now[*item as usize] > 0.0).collect();
    let now = |item: u32| demand.now[item as usize];
    let trending = |item: u32| is_trending[item as usize];
    ranked.sort_by(|a, b| trending(*b).cmp(&trending(*a)).then(now(*b).total_cmp(&now(*a))).then(a.cmp(b)));
    ranked
}

/// Which products grew beyond chance.
fn grown(demand: &Demand) -> Vec<bool> {
    if demand.all_before <= 0.0 {
        return vec![false; demand.now.len()];
    }
    let ratio = demand.all_newest / demand.all_before;
    let both = || demand.newest.iter().zip(demand.before.iter().map(|before| before * ratio));
    // The spread of growth beyond that of chance, by the method of moments: what the counts vary more than Poisson's do.
    let (mut beyond, mut expected) = (0.0, 0.0);
    for (found, from) in both().filter(|(_, from)| *from > 0.0) {
        beyond += (found - from).powi(2) - found;
        expected += from * from;
    }
    let spread = if expected > 0.0 { beyond / expected } else { 0.0 };
    let weight = (1.0 / spread.max(f64::MIN_POSITIVE)).clamp(*PRIOR.start(), *PRIOR.end());
    let has_grown = |(found, from): (&f64, f64)| {
        let least = ((found + weight).sqrt() - BOUND).max(0.0).powi(2) / (from + weight);
        *found >= LEAST && least > 1.0
    };
    both().map(has_grown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;

    /// A log of 400 visits, a visit of one product each, by a rule.
    fn ranked(item: impl Fn(u32) -> u32) -> Vec<u32> {
        let sessions: Vec<Vec<u32>> = (0..400).map(|visit| vec![item(visit)]).collect();
        rank(&Demand::of(&Log::of_items(&sessions)))
    }

    #[test]
    fn what_grew_beyond_chance_leads_what_was_always_wanted() {
        // Item 0 in every second visit; item 1 in a sixth of the newest quarter and never before; item 2 once, at the end.
        let found = ranked(|visit| match visit {
            399 => 2,
            300.. if visit % 6 == 1 => 1,
            _ if visit % 2 == 0 => 0,
            _ => 3 + visit % 40,
        });
        assert_eq!(found[..2], [1, 0]);
        assert!(!found[..3].contains(&2), "one visit is chance: {found:?}");
    }

    #[test]
    fn where_nothing_grew_what_is_wanted_now_is_trending() {
        let found = ranked(|visit| if visit % 2 == 0 { 0 } else { 1 + visit % 5 });
        assert_eq!(found[0], 0);
        assert_eq!(rank(&Demand::of(&Log::of_items(&[[7_u32]]))), [7]);
    }
}
