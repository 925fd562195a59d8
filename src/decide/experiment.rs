//! The experiment: which arm of a slot a visit is in, and with which propensity.
//!
//! Arms are drawn by a hash of the visit's seed and the plan's salt (or of the hour, for a switchback). Edge and
//! browser therefore draw the same without talking, and a visit keeps its arm as long as plan and snapshot stay.
//! Shares cut the hash's range in the order of the plan. The holdout has a hash of its own, so who is held out does
//! not depend on the experiments.
//!
//! Invariant: the propensity returned is the chance of the arm over all visits, those held out included. Estimates
//! divide by it.

use super::visit::Visit;
use crate::preview::Force;
use crate::snapshot::plan::{Draw, Slot, WHOLE};
use xxhash_rust::xxh64::xxh64;

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
    if forced.is_none() && is_held_out(visit) {
        return Assignment::HeldOut(visit.model.plan().holdout);
    }
    let (arm, propensity) = draw(visit, slot);
    Assignment::Drawn(arm, propensity)
}

/// Whether the visit is one of those that always get the shop's own content.
pub(super) fn is_held_out<B: AsRef<[u8]>>(visit: &Visit<'_, B>) -> bool {
    let plan = visit.model.plan();
    number(plan.salt, "", u64::from(visit.session.seed())) < plan.holdout
}

/// Draws an arm for a visit that is not held out. Returns its number and propensity.
pub(super) fn draw<B: AsRef<[u8]>>(visit: &Visit<'_, B>, slot: &Slot) -> (usize, u16) {
    let plan = visit.model.plan();
    // Seeds have 16 bits, so hours begin above them and no hour shares its number with a visit.
    let bucketing_key = match slot.draw {
        Draw::Visit | Draw::Posterior => u64::from(visit.session.seed()),
        Draw::Hour => (visit.now_ms() / 3_600_000) << 16,
    };
    // Shares drawn from the posterior hold only while the plan has the arms they were drawn for.
    let posterior = visit.model.slot_stats(&slot.name).filter(|stats| {
        slot.draw == Draw::Posterior && stats.arms.iter().map(|arm| &arm.name).eq(slot.arms.iter().map(|arm| &arm.name))
    });
    let share = |at: usize| posterior.map_or(slot.arms[at].share, |stats| stats.arms[at].share);
    // Walks through the shares until the one that the number falls into. The last arm takes what is left.
    let (mut drawn, mut at) = (number(plan.salt, &slot.name, bucketing_key), 0);
    while at + 1 < slot.arms.len() && drawn >= share(at) {
        drawn -= share(at);
        at += 1;
    }
    let treated = u32::from(WHOLE - plan.holdout.min(WHOLE));
    (at, (u32::from(share(at)) * treated / u32::from(WHOLE)) as u16)
}

/// A number from 0 to 9,999 for a bucketing key, different for each salt and subject.
///
/// The subject is the slot's name, so that the arms of two slots are independent of each other; the holdout has the empty
/// name. 2^64 is no multiple of 10,000, but the bias is below one in 10^15.
fn number(salt: u64, subject: &str, bucketing_key: u64) -> u16 {
    let salted = xxh64(subject.as_bytes(), salt);
    (xxh64(&bucketing_key.to_le_bytes(), salted) % u64::from(WHOLE)) as u16
}
