//! The experiment: which arm of a slot a visit is in, and with which propensity.
//!
//! A preview link comes first. All other visits are drawn.

use super::draw::{draw, is_held_out};
use super::visit::Visit;
use crate::preview::Force;
use crate::snapshot::plan::Slot;

/// The arm a visit gets in one slot.
pub(super) enum Assignment {
    /// The visit always gets the shop's own content; the share of such visits.
    HeldOut(u16),
    /// A preview link forces this arm; nothing was drawn.
    Forced(usize),
    /// This arm was drawn, with its propensity.
    Drawn(usize, u16),
}

/// Assigns a visit to an arm. A preview link (`forced`) comes first and is never held out.
pub(super) fn assign<B: AsRef<[u8]>>(visit: &Visit<'_, B>, slot: &Slot, forced: Option<&Force>) -> Assignment {
    if let Some(Force::Arm(name)) = forced
        && let Some(arm) = slot.arms.iter().position(|arm| arm.name == *name)
    {
        return Assignment::Forced(arm);
    }
    let (plan, seed) = (visit.model.plan(), visit.session.seed());
    if forced.is_none() && is_held_out(plan, seed) {
        return Assignment::HeldOut(plan.holdout);
    }
    let (arm, propensity) = draw(plan, slot, seed, visit.now_ms());
    Assignment::Drawn(arm, propensity)
}
