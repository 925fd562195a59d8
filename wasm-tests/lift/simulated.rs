//! Simulated trials with a known truth: what the report must find, and what it must not.

use slotwise::context::{Device, Region, Source};
use slotwise::experiment::{Chance, Design, Trial, Trials};
use slotwise::snapshot::SnapshotId;
use slotwise::snapshot::plan::Draw;

/// An arm with its share of the visits, 0 to 1, and the rate of orders of visits that saw nothing before.
pub(crate) type Arm = (&'static str, f64, f64);

/// Mean of what an order is worth, in units of the currency. The worth is exponential.
pub(crate) const WORTH: f64 = 60.0;
/// Part of the revenue that is left after that of the highest 1 % was cut to theirs.
pub(crate) const LEFT: f64 = 0.99;
/// By how much one view before the exposure raises the rate of orders.
pub(crate) const SLOPE: f64 = 0.02;
/// Mean of the views before: 0 to 4, all alike.
pub(crate) const VIEWS: f64 = 2.0;

/// The rate of orders of an arm.
pub(crate) fn rate((.., rate): Arm) -> f64 {
    rate + SLOPE * VIEWS
}

/// The revenue per visit of an arm, as the report cuts it.
pub(crate) fn revenue(arm: Arm) -> f64 {
    rate(arm) * WORTH * LEFT
}

/// Trials of one slot. The last arm is the holdout, the first the control. `hours` draws whole hours of so many visits, which
/// have a rate of their own besides.
pub(crate) fn trials(chance: &mut Chance, arms: &[Arm], visits: u32, hours: Option<u32>) -> Trials {
    let (holdout, treated) = arms.split_last().expect("a holdout");
    let shares: Vec<(&str, f64)> = treated.iter().map(|(name, share, _)| (*name, *share)).collect();
    let draw = if hours.is_some() { Draw::Hour } else { Draw::Visit };
    let design = Design::of_shares("home.hero", draw, &shares, holdout.1);
    let pick = |chance: &mut Chance, arms: &[Arm]| {
        let mut left = chance.uniform() * arms.iter().map(|(_, share, _)| share).sum::<f64>();
        let found = arms.iter().find(|(_, share, _)| {
            left -= share;
            left < 0.0
        });
        *found.unwrap_or(&arms[0])
    };
    let mut of_hour = (u64::MAX, treated[0], 0.0);
    let trial = |visit: u32| {
        let hour = u64::from(visit / hours.unwrap_or(50));
        if hours.is_some() && of_hour.0 != hour {
            of_hour = (hour, pick(chance, treated), (chance.uniform() - 0.5) * 0.06);
        }
        let held_out = hours.is_some() && chance.uniform() < holdout.1;
        let arm = if hours.is_none() {
            pick(chance, arms)
        } else if held_out {
            *holdout
        } else {
            of_hour.1
        };
        let views = chance.below(5);
        let extra = if hours.is_some() { of_hour.2 } else { 0.0 };
        let ordered = chance.uniform() < arm.2 + SLOPE * views as f64 + extra;
        let worth = -chance.uniform().ln() * WORTH * 100.0;
        Trial {
            visit,
            slot: "home.hero".into(),
            design: 0,
            snapshot: SnapshotId::default(),
            time_ms: hour * 3_600_000,
            arm: arm.0.into(),
            choice: String::new(),
            of_offers: false,
            offered: None,
            propensity: (arm.1 * 10_000.0).round() as u16,
            device: Device::ALL[chance.below(3) as usize],
            region: Region::Europe,
            source: Source::ALL[chance.below(6) as usize],
            views_before: views as u16,
            ordered,
            revenue_cents: if ordered { worth as u64 } else { 0 },
            clicked: chance.uniform() < 0.3,
            carted: chance.uniform() < 0.15,
            crossed: false,
        }
    };
    Trials { trials: (0..visits).map(trial).collect(), designs: vec![design], ..Trials::default() }
}

/// The first visits of some trials.
pub(crate) fn first(all: &Trials, visits: usize) -> Trials {
    Trials { trials: all.trials[..visits].to_vec(), ..all.clone() }
}
