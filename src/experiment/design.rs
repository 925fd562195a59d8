//! How a slot's arms were drawn: what the report needs of a plan.
//!
//! A plan states shares. The share of visits that truly gets an arm differs from it a little, because there are only 65,536
//! bucketing keys and each of them has one arm: a share of one half comes out as 49.8 or 50.2 %. With a million visits, a
//! check of the sample ratio against the stated share would raise a false alarm. So every key is drawn here, by the hosts' own
//! functions, and counted.

use crate::decide::{draw, is_held_out};
use crate::snapshot::plan::{Draw, Plan, Slot, WHOLE};

/// How the arms of a slot were drawn by a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The slot's name.
    pub slot: String,
    /// How arms are drawn.
    pub draw: Draw,
    /// Names of the arms with the share of visits that get each, 0 to 1, of all visits. The control is the first of several.
    pub arms: Vec<(String, f64)>,
    /// Share of the visits held out, 0 to 1.
    pub held_out: f64,
    /// Share of the visits held out, as the plan states it, in ten-thousandths.
    pub holdout: u16,
    /// Salt of the draw: plans with another salt draw other visits.
    salt: u64,
    /// Shares as the plan states them, in ten-thousandths.
    stated: Vec<u16>,
}

impl Design {
    /// Whether it is the design of a plan's slot, whose draws are then the same.
    pub(super) fn is_of(&self, plan: &Plan, slot: &Slot) -> bool {
        (&self.slot, self.salt, self.holdout, self.draw) == (&slot.name, plan.salt, plan.holdout, slot.draw)
            && self.arms.iter().map(|(name, _)| name).eq(slot.arms.iter().map(|arm| &arm.name))
            && self.stated.iter().copied().eq(slot.arms.iter().map(|arm| arm.share))
    }

    /// The design of a plan's slot, by drawing every bucketing key. A switchback draws hours, of which there is no end: its
    /// arms have the shares that the plan states.
    pub(super) fn of(plan: &Plan, slot: &Slot) -> Self {
        let mut keys = vec![0_u32; slot.arms.len()];
        let mut held_out = 0_u32;
        for seed in 0..=u16::MAX {
            if is_held_out(plan, seed) {
                held_out += 1;
            } else {
                keys[draw(plan, slot, seed, 0).0] += 1;
            }
        }
        let share = |keys: u32| f64::from(keys) / 65_536.0;
        let held_out = share(held_out);
        let of = |(arm, keys): (&crate::snapshot::plan::Arm, u32)| {
            let stated = (1.0 - held_out) * f64::from(arm.share) / f64::from(WHOLE);
            (arm.name.clone(), if slot.draw == Draw::Hour { stated } else { share(keys) })
        };
        Self {
            slot: slot.name.clone(),
            draw: slot.draw,
            arms: slot.arms.iter().zip(keys).map(of).collect(),
            held_out,
            holdout: plan.holdout,
            salt: plan.salt,
            stated: slot.arms.iter().map(|arm| arm.share).collect(),
        }
    }

    /// The design of being held out or not, over all slots of the plan. `treated` names the visits that are not.
    #[must_use]
    pub fn of_holdout(&self, slot: &str, treated: &str) -> Self {
        Self {
            slot: slot.into(),
            draw: Draw::Visit,
            arms: vec![(treated.into(), 1.0 - self.held_out)],
            stated: Vec::new(),
            ..self.clone()
        }
    }

    /// The arm that the others are compared with; `None` if the slot has no experiment.
    pub fn control(&self) -> Option<&str> {
        self.arms.first().filter(|_| self.arms.len() > 1).map(|(name, _)| name.as_str())
    }

    /// A design with these arms, the control first, and their shares of all visits, 0 to 1, beside those held out.
    pub fn of_shares(slot: &str, draw: Draw, arms: &[(&str, f64)], held_out: f64) -> Self {
        Self {
            slot: slot.into(),
            draw,
            arms: arms.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect(),
            held_out,
            holdout: (held_out * f64::from(WHOLE)).round() as u16,
            salt: 0,
            stated: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::plan::{Arm, Fill, Schedule};

    #[test]
    fn shares_are_those_of_the_keys_and_add_up_to_the_whole() {
        let arm = |name: &str, share| Arm { name: name.into(), share, fill: Fill::Own };
        let slot = Slot {
            name: "home.hero".into(),
            minimum_evidence: 0,
            audience: None,
            schedule: Schedule::ALWAYS,
            most_shown: 0,
            exit: false,
            draw: Draw::Visit,
            arms: vec![arm("a", 5_000), arm("b", 5_000)],
        };
        let plan = Plan { holdout: 1_000, salt: 7, ..Plan::default() };
        let design = Design::of(&plan, &slot);
        let total: f64 = design.arms.iter().map(|(_, share)| share).sum::<f64>() + design.held_out;
        assert!((total - 1.0).abs() < 1e-12);
        // Near the plan's share, and not the same: that is why keys are counted.
        let off = (design.arms[0].1 - 0.45).abs();
        assert!(off > 1e-6 && off < 0.01, "{design:?}");
        assert!(design.is_of(&plan, &slot) && !design.is_of(&Plan { salt: 8, ..plan }, &slot));
        assert_eq!(design.control(), Some("a"));
    }
}
