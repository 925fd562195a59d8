//! What a snapshot says of each arm: its visits, those that reached the goal, and its share of the next visits.

use super::share::shares;
use super::trial::Trial;
use crate::snapshot::plan::{Draw, Plan, Slot};
use crate::snapshot::section::{ArmStats, SlotStats};

/// The arm statistics of every slot of a plan that has an experiment, after these trials.
pub fn arm_stats(plan: &Plan, trials: &[Trial]) -> Vec<SlotStats> {
    let drawn = plan.slots.iter().filter(|slot| slot.arms.len() > 1);
    let slot_stats = |slot: &Slot| {
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
