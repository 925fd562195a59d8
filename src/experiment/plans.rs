//! The plans of past snapshots, and what an exposure claims, drawn again.
//!
//! A beacon says which snapshot decided, for which bucketing key, and which arm came of it. The first two determine
//! the third, by the same functions that the hosts decide with ([`draw`]). So a claim that does not fit is found, and
//! the propensity needs no claim at all. A switchback is drawn by the hour of the exposure: one that was decided in the
//! hour before, and seen in the next, does not count unless both hours have the same arm.

use super::left_out::LeftOut;
use crate::decide::{HOLDOUT, draw, is_held_out};
use crate::log::LogExposure;
use crate::model::Model;
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::{Fill, Plan, Slot, WHOLE};
use std::collections::HashMap;

/// The plans of past snapshots, with the shares that they drew by.
#[derive(Clone, Debug, Default)]
pub struct Plans(HashMap<SnapshotId, Plan>);

/// What an exposure's snapshot says of it.
pub(super) struct Drawn<'a> {
    pub snapshot: SnapshotId,
    pub plan: &'a Plan,
    pub slot: &'a Slot,
    pub seed: u16,
    /// Number of the arm in the slot; `None` if the visit is held out.
    pub arm: Option<usize>,
    /// Chance of the arm, in ten-thousandths.
    pub propensity: u16,
}

impl Plans {
    /// Adds the plan of a snapshot.
    pub fn add<B: AsRef<[u8]>>(&mut self, model: &Model<B>) {
        self.0.insert(model.id(), model.plan().clone());
    }

    /// Adds the plan of the snapshot with this id. One whose arms cannot be drawn is left out.
    pub fn add_plan(&mut self, id: SnapshotId, plan: Plan) {
        let whole = |shares: &mut dyn Iterator<Item = u16>| shares.map(u32::from).sum::<u32>() == u32::from(WHOLE);
        let drawn = plan.slots.iter().all(|slot| whole(&mut slot.arms.iter().map(|arm| arm.share)));
        let known = plan.offers.len();
        let offers = plan.slots.iter().flat_map(|slot| &slot.arms).all(|arm| match &arm.fill {
            Fill::Offers(offers) => offers.iter().all(|at| usize::from(*at) < known),
            _ => true,
        });
        if drawn && offers && plan.holdout <= WHOLE {
            self.0.insert(id, plan);
        }
    }

    /// Draws again what an exposure claims.
    ///
    /// # Errors
    /// Why it does not count.
    pub(super) fn draw_again(&self, exposure: &LogExposure) -> Result<Drawn<'_>, LeftOut> {
        let shown = &exposure.shown;
        let snapshot = SnapshotId::from_hex(&shown.snapshot.0).ok_or(LeftOut::UnknownSnapshot)?;
        let plan = self.0.get(&snapshot).ok_or(LeftOut::UnknownSnapshot)?;
        let slot = plan.slots.iter().find(|slot| slot.name == shown.slot.0).ok_or(LeftOut::UnknownSlot)?;
        let whole = shown.seed.0.filter(|seed| (0.0..=f64::from(u16::MAX)).contains(seed));
        let seed = whole.ok_or(LeftOut::NoSeed)? as u16;
        let claimed = shown.arm.0.as_str();
        if claimed != HOLDOUT && slot.arms.iter().all(|arm| arm.name != claimed) {
            return Err(LeftOut::UnknownArm);
        }
        let (arm, propensity) = if is_held_out(plan, seed) {
            (None, plan.holdout)
        } else {
            let (arm, propensity) = draw(plan, slot, seed, exposure.time_ms);
            (Some(arm), propensity)
        };
        if arm.map_or(HOLDOUT, |arm| &slot.arms[arm].name) != claimed {
            return Err(LeftOut::WrongArm);
        }
        let fill = arm.map_or(&Fill::Own, |arm| &slot.arms[arm].fill);
        if !can_show(plan, fill, &shown.choice.0, shown.personalised) {
            return Err(LeftOut::ImpossibleChoice);
        }
        Ok(Drawn { snapshot, plan, slot, seed, arm, propensity })
    }
}

/// Whether an arm with this fill can show a variant, an offer or a bundle; an empty name is the shop's own content, or products.
fn can_show(plan: &Plan, fill: &Fill, choice: &str, personalised: bool) -> bool {
    if choice.is_empty() {
        return !(personalised && *fill == Fill::Own);
    }
    match fill {
        Fill::Choose(choose) => {
            choose.default == choice || choose.variants.iter().any(|variant| variant.name == choice)
        }
        Fill::Offers(offers) => offers.iter().any(|at| plan.offers[usize::from(*at)].name == choice),
        Fill::Bundle(sets, completion) => {
            sets.variants.iter().any(|set| set.name == choice)
                || choice == sets.default && !completion.sources.is_empty()
        }
        Fill::Own | Fill::Items(_) | Fill::Order(_) => false,
    }
}
