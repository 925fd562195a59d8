//! The visits that saw an arm, and what they did after it.
//!
//! A visit may see a slot on many pages. The first exposure counts, and what came after it, so that a visit is
//! one trial of each arm at most.

use crate::context::{Device, Region};
use crate::log::Exposure;
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

/// The trials of a log's exposures, in their order: for each visit, slot and arm the first exposure.
pub fn trials(exposures: &[Exposure]) -> Vec<Trial> {
    let mut known = HashSet::new();
    let trial = |exposure: &Exposure| Trial {
        slot: exposure.shown.slot.0.clone(),
        arm: exposure.shown.arm.0.clone(),
        choice: exposure.shown.choice.0.clone(),
        of_offers: !exposure.shown.offer.0.is_empty(),
        propensity: exposure.shown.propensity.0.map_or(0, |number| number.clamp(0.0, 10_000.0) as u16),
        device: exposure.device,
        region: exposure.region,
        ordered: exposure.ordered,
        carted: exposure.carted,
    };
    let first = exposures
        .iter()
        .filter(|exposure| known.insert((exposure.visit, &exposure.shown.slot.0, &exposure.shown.arm.0)));
    first.map(trial).collect()
}
