//! Arms that explore: what they have earned, between one training and the next.
//!
//! The shares of a bandit's arms follow from the orders of the visits that saw them. A candidate brings them along, but a
//! turn often has none: visits are too few for a window, or the candidate is refused. Arms need not wait for that. The
//! snapshot in use is published again with the shares that follow from the whole log, and is otherwise the same, byte for
//! byte: rows, intent and plan were judged before.
//!
//! Invariant: only [`Draw::Posterior`] shares and the arms' statistics differ.

use crate::experiment::{Trial, arm_stats};
use crate::model::Model;
use crate::snapshot::layout::{Tag, Writer};
use crate::snapshot::plan::Draw;
use crate::snapshot::section::encode;
use serde::Serialize;

/// By how much a share has to move, in ten-thousandths: less is not worth a new snapshot for every host.
const LEAST: u16 = 200;

/// What an arm has earned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Earned {
    /// The slot's name.
    pub slot: String,
    /// The arm's name.
    pub arm: String,
    /// Visits that saw it.
    pub visits: u32,
    /// Those with an order after it.
    pub ordered: u32,
    /// Its share of the visits in the snapshot in use, in ten-thousandths.
    pub before: u16,
    /// The share that follows from its visits.
    pub now: u16,
}

impl Earned {
    /// In words: "home.hero own 12 of 400 ordered, share 33.3 % to 20.1 %".
    pub fn words(&self) -> String {
        let Self { slot, arm, visits, ordered, before, now } = self;
        let percent = |share: u16| format!("{:.1} %", f64::from(share) / 100.0);
        format!("{slot} {arm} {ordered} of {visits} ordered, share {} to {}", percent(*before), percent(*now))
    }
}

/// The snapshot in use with the shares that follow from some trials, and what its arms have earned. `None` if it has no arms
/// that explore, or if none of them has earned another share.
pub fn updated<B: AsRef<[u8]>>(live: &Model<B>, trials: &[Trial]) -> Option<(Vec<u8>, Vec<Earned>)> {
    let mut plan = live.plan().clone();
    let stats = arm_stats(&mut plan, trials);
    let mut earned = Vec::new();
    for (slot, before) in plan.slots.iter().zip(&live.plan().slots).filter(|(slot, _)| slot.draw == Draw::Posterior) {
        let tallies = stats.iter().find(|stats| stats.slot == slot.name).map(|stats| stats.arms.as_slice());
        for ((arm, before), tally) in slot.arms.iter().zip(&before.arms).zip(tallies.unwrap_or_default()) {
            earned.push(Earned {
                slot: slot.name.clone(),
                arm: arm.name.clone(),
                visits: tally.visits,
                ordered: tally.reached,
                before: before.share,
                now: arm.share,
            });
        }
    }
    if !earned.iter().any(|arm| arm.now.abs_diff(arm.before) >= LEAST) {
        return None;
    }
    let bytes = live.bytes();
    let same = |writer: Writer, (tag, range): (Tag, std::ops::Range<usize>)| {
        let own = match tag {
            Tag::PLAN => encode(&plan),
            Tag::ARMS => encode(&stats),
            _ => bytes[range].to_vec(),
        };
        writer.section(tag, own)
    };
    Some((live.sections().iter().fold(Writer::default(), same).finish(), earned))
}
