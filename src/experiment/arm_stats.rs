//! What a snapshot says of each arm: its visits and those that reached the goal.

use super::share::shares;
use super::trial::Trial;
use crate::snapshot::plan::{Draw, Plan, Slot};
use crate::snapshot::section::{ArmStats, SlotStats};

/// The arm statistics of every slot of a plan that has an experiment, after these trials. Gives the arms of a bandit the shares
/// that follow from them.
pub fn arm_stats(plan: &mut Plan, trials: &[Trial]) -> Vec<SlotStats> {
    let drawn = plan.slots.iter_mut().filter(|slot| slot.arms.len() > 1);
    let slot_stats = |slot: &mut Slot| {
        let tally = |name: &str| {
            let own = trials.iter().filter(|trial| trial.slot == slot.name && trial.arm == name);
            own.fold((0, 0), |(visits, reached), trial| (visits + 1, reached + u32::from(trial.ordered)))
        };
        let tallies: Vec<(u32, u32)> = slot.arms.iter().map(|arm| tally(&arm.name)).collect();
        if slot.draw == Draw::Posterior {
            for (arm, share) in slot.arms.iter_mut().zip(shares(&tallies)) {
                arm.share = share;
            }
        }
        let arms = slot.arms.iter().zip(tallies);
        let arms = arms.map(|(arm, (visits, reached))| ArmStats { name: arm.name.clone(), visits, reached });
        SlotStats { slot: slot.name.clone(), arms: arms.collect() }
    };
    drawn.map(slot_stats).collect()
}
