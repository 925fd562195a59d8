//! The draw: whether a visit is held out, and which arm of a slot it gets, with which propensity.
//!
//! Arms are drawn by a hash of the visit's bucketing key and the plan's salt (or of the hour, for a switchback). Edge
//! and browser therefore draw the same without talking, and a visit keeps its arm as long as plan and snapshot stay.
//! Everything is an argument, so that the trainer can draw again what a beacon claims, with these same functions.
//! Shares cut the hash's range in the order of the plan. The holdout has a hash of its own, so who is held out does
//! not depend on the experiments.
//!
//! Invariants: a model is checked before it draws, so the shares of its arms add up to the whole, and the holdout is at
//! most the whole. The propensity returned is the chance of the arm over all visits, those held out included. Estimates
//! divide by it.

use crate::hash::hash;
use crate::snapshot::plan::{Draw, Plan, Slot, WHOLE};

/// Whether the visit with this bucketing key always gets the shop's own content.
pub fn is_held_out(plan: &Plan, seed: u16) -> bool {
    number(plan.salt, "", u64::from(seed)) < plan.holdout
}

/// Draws an arm for a visit that is not held out. Returns its number in the slot and its propensity.
/// `time_ms` is the time of the decision.
pub fn draw(plan: &Plan, slot: &Slot, seed: u16, time_ms: u64) -> (usize, u16) {
    let bucketing_key = match slot.draw {
        Draw::Visit | Draw::Posterior => u64::from(seed),
        Draw::Hour => (time_ms / 3_600_000) << 16,
    };
    let (mut drawn, mut at) = (number(plan.salt, &slot.name, bucketing_key), 0);
    loop {
        let share = slot.arms[at].share;
        if drawn < share || at + 1 == slot.arms.len() {
            let treated = WHOLE - plan.holdout;
            return (at, (u32::from(share) * u32::from(treated) / u32::from(WHOLE)) as u16);
        }
        drawn -= share;
        at += 1;
    }
}

/// Whether a visit gets the snapshot that is being tried out, whose id is given as 64 hexadecimal digits. `share` is its
/// share of visits in ten-thousandths. The id is the salt, so each canary is tried out on other visits.
pub fn is_canary(id: &str, share: u16, seed: u16) -> bool {
    number(0, id, u64::from(seed)) < share
}

/// A number from 0 to 9,999 for a bucketing key, different for each salt and subject.
fn number(salt: u64, subject: &str, bucketing_key: u64) -> u16 {
    let salted = hash(subject.as_bytes(), salt);
    (hash(&bucketing_key.to_le_bytes(), salted) % u64::from(WHOLE)) as u16
}
