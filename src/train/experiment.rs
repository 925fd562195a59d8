//! What the arms of experiments earned, and how the next visits are drawn for them.
//!
//! A trial is one visit that saw a slot in one arm. An arm's rate of trials that reached the goal (an order
//! after the exposure) has the posterior `Beta(1 + reached, 1 + visits - reached)`. Thompson sampling gives
//! each visit to an arm as probably as it is the best; those probabilities are computed here, by draws with
//! a fixed seed, and published as shares. So hosts draw by a hash as always, and the propensity of every
//! decision is known exactly: what off-policy estimates need (Chapelle and Li, NIPS 2011; Bottou et al.,
//! JMLR 2013).

use super::trial::Trial;
use crate::snapshot::plan::{Draw, Plan, WHOLE};
use crate::snapshot::section::{ArmStats, SlotStats};

/// Draws from the posteriors.
const DRAWS: usize = 20_000;
/// Share that no arm falls below, in ten-thousandths, divided by the number of arms: what is never tried
/// cannot be estimated.
const FLOOR: u32 = 1000;

/// A source of chance that is the same everywhere (Vigna's `SplitMix64`).
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    /// A number above 0 and below 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A standard normal number (Box and Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A gamma number of a shape of at least 1 (Marsaglia and Tsang, 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A beta number, of parameters of at least 1.
    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a);
        x / (x + self.gamma(b))
    }
}

/// How probably each arm is the best, in ten-thousandths that add up to all of it, none below its floor.
/// Arms are (visits, those that reached the goal).
///
/// ```
/// use slotwise::train::experiment::shares;
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

/// Where the experiments of a plan stand after these trials.
pub fn arm_stats(plan: &Plan, trials: &[Trial]) -> Vec<SlotStats> {
    let drawn = plan.slots.iter().filter(|slot| slot.arms.len() > 1);
    let slot_stats = |slot: &crate::snapshot::plan::Slot| {
        let tally = |name: &str| {
            let own = trials.iter().filter(|trial| trial.slot == slot.name && trial.arm == name);
            own.fold((0, 0), |(visits, reached), trial| (visits + 1, reached + u32::from(trial.ordered)))
        };
        let tallies: Vec<(u32, u32)> = slot.arms.iter().map(|arm| tally(&arm.name)).collect();
        let shares = match slot.draw {
            Draw::Posterior => shares(&tallies),
            Draw::Visit | Draw::Hour => slot.arms.iter().map(|arm| arm.share).collect(),
        };
        let arms = slot.arms.iter().zip(tallies).zip(shares);
        let arms =
            arms.map(|((arm, (visits, reached)), share)| ArmStats { name: arm.name.clone(), visits, reached, share });
        SlotStats { slot: slot.name.clone(), arms: arms.collect() }
    };
    drawn.map(slot_stats).collect()
}
