//! Chance added to counts, so that no single visit shows in them.
//!
//! Discrete Laplace noise on every product and pair, and a threshold below which what is counted is left out, because that a
//! pair exists at all may tell of one visit (Rogers, A Unifying Privacy Analysis Framework for Unknown Domain Algorithms in
//! Differential Privacy, 2023). Noise, thresholds and what they cost are computed by the library `OpenDP`, exactly and
//! rounded upwards. A quarter of the budget is for products, the rest for pairs.

use super::{Budget, Counted, GroupError, Reach};
use opendp::core::Measurement;
use opendp::domains::{AtomDomain, MapDomain};
use opendp::error::Fallible;
use opendp::measurements::make_laplace_threshold;
use opendp::measures::{Approximate, MaxDivergence};
use opendp::metrics::{AbsoluteDistance, L01InfDistance};
use std::collections::HashMap;

/// Shares of the budget for products and for pairs.
const SHARES: [f64; 2] = [0.25, 0.75];
/// Budgets that are taken.
const EPSILON: std::ops::RangeInclusive<f64> = 0.1..=20.0;
const DELTA: std::ops::RangeInclusive<f64> = 1e-12..=1e-3;
/// The highest threshold that is tried.
const MAX_THRESHOLD: i64 = 1 << 20;

type Keyed = MapDomain<AtomDomain<u64>, AtomDomain<i64>>;
type Release = Measurement<Keyed, L01InfDistance<AbsoluteDistance<i64>>, Approximate<MaxDivergence>, HashMap<u64, i64>>;

/// Counts with chance added, within a budget. `counted` within [`Reach::NARROW`].
pub(super) fn noisy(counted: &Counted, budget: Budget) -> Result<Counted, GroupError> {
    let Budget { epsilon, delta } = budget;
    let refuse = |expected: String| GroupError::Budget { epsilon, delta, expected };
    if !EPSILON.contains(&epsilon) || !DELTA.contains(&delta) {
        return Err(refuse("an epsilon from 0.1 to 20 and a delta from 1e-12 to 1e-3".into()));
    }
    let Reach { items, pairs } = Reach::NARROW;
    let of = |reach: usize, share: f64, counts: HashMap<u64, i64>| {
        let release =
            release(reach as u32, epsilon * share, delta * share).map_err(|error| refuse(error.to_string()))?;
        let release = release.ok_or_else(|| refuse("a larger delta: no threshold keeps this one".into()))?;
        release.invoke(&counts).map_err(|error| refuse(error.to_string()))
    };
    let visits = (0..).zip(&counted.visits).filter(|(_, visits)| **visits > 0);
    let looked = of(items, SHARES[0], visits.map(|(item, visits)| (item, *visits as i64)).collect())?;
    let key = |from: u32, to: u32| u64::from(from) << 32 | u64::from(to);
    let seen = counted.pairs.iter().map(|(from, to, visits)| (key(*from, *to), *visits as i64));
    let seen = of(pairs, SHARES[1], seen.collect())?;
    let mut visits = vec![0; counted.visits.len()];
    for (item, sum) in looked {
        visits[item as usize] = sum.max(0) as u64;
    }
    let pair = |(key, sum): (u64, i64)| ((key >> 32) as u32, key as u32, sum.max(0) as u64);
    let mut pairs: Vec<_> = seen.into_iter().map(pair).collect();
    pairs.sort_unstable();
    Ok(Counted { visits, pairs })
}

/// What adds chance to counts of which a visit moves at most `reach` by one each, with the lowest threshold that keeps
/// `delta`; `None` if there is none.
fn release(reach: u32, epsilon: f64, delta: f64) -> Fallible<Option<Release>> {
    // A little more than is needed, since the cost is rounded upwards.
    let scale = f64::from(reach) / epsilon * (1.0 + 1e-9);
    let made = |threshold: i64| {
        let domain = MapDomain::new(AtomDomain::<u64>::default(), AtomDomain::<i64>::default());
        let made: Release = make_laplace_threshold(domain, L01InfDistance::default(), scale, threshold, None)?;
        let (spent, chance) = made.map(&(reach, i64::from(reach), 1))?;
        Ok::<_, opendp::error::Error>((spent <= epsilon && chance <= delta).then_some(made))
    };
    let (mut low, mut high) = (1, MAX_THRESHOLD);
    if made(high)?.is_none() {
        return Ok(None);
    }
    while low < high {
        let middle = i64::midpoint(low, high);
        if made(middle)?.is_some() { high = middle } else { low = middle + 1 }
    }
    made(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_the_lowest_that_keeps_the_budget() {
        // Laplace noise of scale 4 exceeds t with a chance of about exp(-t / 4) / 2, for each of 8.
        let release = release(8, 2.0, 1e-6).unwrap().unwrap();
        let (epsilon, delta) = release.map(&(8, 8, 1)).unwrap();
        assert!(epsilon <= 2.0 && epsilon > 1.99, "{epsilon}");
        assert!(delta <= 1e-6 && delta > 1e-7, "{delta}");
    }

    #[test]
    fn what_many_did_is_told_about_as_it_was_and_what_one_did_never() {
        let visits = vec![5000, 1, 5000];
        let counted = || Counted { visits: visits.clone(), pairs: vec![(0, 1, 1), (0, 2, 4000)] };
        let budget = Budget { epsilon: 4.0, delta: 1e-6 };
        let mut sums = Vec::new();
        for _ in 0..50 {
            let noisy = noisy(&counted(), budget).unwrap();
            assert_eq!(noisy.visits[1], 0);
            assert_eq!(noisy.pairs.len(), 1, "{:?}", noisy.pairs);
            sums.push(noisy.pairs[0].2);
        }
        let mean = sums.iter().sum::<u64>() as f64 / 50.0;
        assert!((mean - 4000.0).abs() < 5.0, "{mean}");
        sums.sort_unstable();
        sums.dedup();
        assert!(sums.len() > 3, "chance was added");
        for (epsilon, delta) in [(0.0, 1e-6), (f64::NAN, 1e-6), (1.0, 0.5)] {
            assert!(matches!(noisy(&counted(), Budget { epsilon, delta }), Err(GroupError::Budget { .. })));
        }
    }
}
