//! How the next visits are shared among the arms of a slot.
//!
//! A trial is one visit that saw a slot in one arm. An arm's rate of trials that reached the goal (an order
//! after the exposure) has the posterior `Beta(1 + reached, 1 + visits - reached)`. Thompson sampling gives
//! each visit to an arm as probably as it is the best. Those probabilities are computed here, by draws with a
//! fixed seed, and published as shares. So hosts draw by a hash as always, and the propensity of every decision
//! is known exactly, which off-policy estimates need (Chapelle and Li, NIPS 2011; Bottou et al., JMLR 2013).

use super::chance::Chance;
use crate::snapshot::plan::WHOLE;

/// Draws from the posteriors.
const DRAWS: usize = 20_000;
/// Share that no arm falls below, in ten-thousandths, divided by the number of arms: what is never tried
/// cannot be estimated.
const FLOOR: u32 = 1000;

/// How probably each arm is the best, in ten-thousandths that add up to all of it, none below its floor.
/// Arms are (visits, those that reached the goal).
///
/// ```
/// use slotwise::experiment::shares;
/// assert_eq!(shares(&[(0, 0), (0, 0)]).iter().sum::<u16>(), 10_000);
/// assert!(shares(&[(1000, 50), (1000, 90)])[1] > 9_000);
/// ```
pub fn shares(arms: &[(u32, u32)]) -> Vec<u16> {
    let mut chance = Chance::new(0x510_7155);
    let mut best = vec![0_u32; arms.len()];
    for _ in 0..DRAWS {
        let mut leader = (-1.0, 0);
        for (at, (visits, reached)) in arms.iter().enumerate() {
            let rate = chance.beta(1.0 + f64::from(*reached), 1.0 + f64::from(visits.saturating_sub(*reached)));
            if rate > leader.0 {
                leader = (rate, at);
            }
        }
        best[leader.1] += 1;
    }
    let count = arms.len().max(1) as u32;
    let floor = FLOOR / count;
    let free = u32::from(WHOLE) - floor * count;
    // Cut the whole, so that roundings cannot miss it.
    let (mut so_far, mut given) = (0_u64, 0);
    let cut = |wins: u32| {
        so_far += u64::from(wins);
        let here = (u64::from(free) * so_far / DRAWS as u64) as u32;
        (floor + here - std::mem::replace(&mut given, here)) as u16
    };
    best.into_iter().map(cut).collect()
}
