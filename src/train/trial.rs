//! What visits saw of the plan's slots, and what they did after it.

use super::log::{LogEvent, Visit, is_machine};
use crate::context::{Device, Region};
use crate::event::{EventKind, RawExposure};
use std::collections::HashSet;

/// A visit that saw a slot in an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The slot's name.
    pub slot: String,
    /// The arm's name; `holdout` for visits held out.
    pub arm: String,
    /// What was seen there; empty for products and the shop's own content.
    pub choice: String,
    /// Whether the slot makes offers.
    pub of_offers: bool,
    /// Chance of the arm, in ten-thousandths, as the host stated it.
    pub propensity: u16,
    /// Device of the visit.
    pub device: Device,
    /// Region of the visit.
    pub region: Region,
    /// Whether an order came after the exposure.
    pub ordered: bool,
    /// Whether something went into the cart after it.
    pub carted: bool,
}

/// An exposure of a log: the place of its session, when it was, and what was seen.
pub(super) type Seen = (usize, u64, RawExposure);

/// Visits and arms they saw, each once: the first exposure counts, and what came after it.
pub(super) fn trials(sessions: &[(Visit, Vec<LogEvent>)], exposures: &[Seen]) -> Vec<Trial> {
    let mut seen = HashSet::new();
    let mut trials = Vec::new();
    for (session, time_ms, exposure) in exposures {
        let (visit, events) = &sessions[*session];
        if is_machine(events) || !seen.insert((*session, &exposure.slot.0, &exposure.arm.0)) {
            continue;
        }
        let after = |kind| events.iter().any(|event| event.time_ms >= *time_ms && event.kind == kind);
        trials.push(Trial {
            slot: exposure.slot.0.clone(),
            arm: exposure.arm.0.clone(),
            choice: exposure.choice.0.clone(),
            of_offers: !exposure.offer.0.is_empty(),
            propensity: exposure.propensity.0.map_or(0, |number| number.clamp(0.0, 10_000.0) as u16),
            device: visit.context.device,
            region: visit.context.region,
            ordered: after(EventKind::Purchase),
            carted: after(EventKind::AddToCart),
        });
    }
    trials
}
