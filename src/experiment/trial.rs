//! The visits that saw an arm, and what they did after it.
//!
//! A visit may see a slot on many pages. The first exposure that counts makes the trial, with what came after it, so
//! that a visit is one trial of each slot at most.

use super::design::Design;
use super::left_out::LeftOut;
use super::plans::{Drawn, Plans};
use super::source;
use crate::context::{Device, Region, Source};
use crate::decide::HOLDOUT;
use crate::log::{Log, LogExposure};
use crate::snapshot::SnapshotId;
use crate::snapshot::plan::Fill;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// A visit that saw a slot in an arm.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own about the visit")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Number of the visit, as [`Visit::number`](crate::log::Visit::number).
    pub visit: u32,
    /// The slot's name.
    pub slot: String,
    /// How its arms were drawn: a place in [`Trials::designs`].
    pub design: usize,
    /// The snapshot that decided.
    pub snapshot: SnapshotId,
    /// When the visit saw it first, in milliseconds since 1970.
    pub time_ms: u64,
    /// The arm's name; `holdout` for visits held out.
    pub arm: String,
    /// What was seen there; empty for products and the shop's own content.
    pub choice: String,
    /// Whether the slot makes offers.
    pub of_offers: bool,
    /// Whether the visit's arm makes offers, where chance gave some visits an arm with offers and others one without;
    /// `None` for all other visits.
    pub offered: Option<bool>,
    /// Chance of the arm, in ten-thousandths, by the plan.
    pub propensity: u16,
    /// Device of the visit.
    pub device: Device,
    /// Region of the visit.
    pub region: Region,
    /// Traffic source of the visit.
    pub source: Source,
    /// Product views of the visit before the exposure.
    pub views_before: u16,
    /// Whether an order came after the exposure.
    pub ordered: bool,
    /// Worth of the orders after it, in hundredths of the log's currency.
    pub revenue_cents: u64,
    /// Whether something was clicked in a list after it.
    pub clicked: bool,
    /// Whether something went into the cart after it.
    pub carted: bool,
    /// Whether the visit saw another arm of the slot later. It counts for the first.
    pub crossed: bool,
}

impl Trial {
    fn of(exposure: &LogExposure, drawn: &Drawn<'_>, design: usize) -> Self {
        let Drawn { snapshot, slot, arm, propensity, .. } = drawn;
        let offered = |arm: usize| matches!(slot.arms[arm].fill, Fill::Offers(_));
        Self {
            visit: exposure.visit,
            slot: slot.name.clone(),
            design,
            snapshot: *snapshot,
            time_ms: exposure.time_ms,
            arm: arm.map_or(HOLDOUT, |arm| &slot.arms[arm].name).into(),
            choice: exposure.shown.choice.0.clone(),
            of_offers: slot.makes_offers(),
            offered: arm.filter(|_| slot.makes_offers() && slot.arms.len() > 1).map(offered),
            propensity: *propensity,
            device: exposure.device,
            region: exposure.region,
            source: exposure.source,
            views_before: exposure.views_before,
            ordered: exposure.ordered,
            revenue_cents: exposure.revenue_cents,
            clicked: exposure.clicked,
            carted: exposure.carted,
            crossed: false,
        }
    }
}

/// The trials of a log, and how many exposures were left out, by reason.
#[derive(Clone, Debug, Default)]
pub struct Trials {
    /// The trials, in order of time.
    pub trials: Vec<Trial>,
    /// How the arms of the slots were drawn. A slot has more than one entry if its plan changed.
    pub designs: Vec<Design>,
    /// Number of exposures left out.
    pub left_out: BTreeMap<LeftOut, u64>,
}

impl Trials {
    /// Draws the exposures of a log again. For each visit and slot, the first that counts is the trial.
    pub fn of(exposures: &[LogExposure], plans: &Plans) -> Self {
        let mut in_time: Vec<&LogExposure> = exposures.iter().collect();
        in_time.sort_by_key(|exposure| exposure.time_ms);
        let mut designs: Vec<Design> = Vec::new();
        let mut left_out = BTreeMap::new();
        let mut leave_out = |why: LeftOut| *left_out.entry(why).or_default() += 1;
        // The place of a visit's trial of a slot.
        let mut known: HashMap<(u32, &str), usize> = HashMap::new();
        let mut trials: Vec<Option<Trial>> = Vec::new();
        // Bucketing key and time of each trial, and the places of each slot's trials.
        let mut sources: Vec<(u16, u64)> = Vec::new();
        let mut by_slot: HashMap<String, Vec<usize>> = HashMap::new();
        for exposure in in_time {
            let drawn = match plans.draw_again(exposure) {
                Err(why) => {
                    leave_out(why);
                    continue;
                }
                Ok(drawn) => drawn,
            };
            match known.entry((exposure.visit, &exposure.shown.slot.0)) {
                Entry::Vacant(free) => {
                    free.insert(trials.len());
                    by_slot.entry(drawn.slot.name.clone()).or_default().push(trials.len());
                    sources.push((drawn.seed, exposure.time_ms));
                    let design = designs.iter().position(|design| design.is_of(drawn.plan, drawn.slot));
                    let design = design.unwrap_or_else(|| {
                        designs.push(Design::of(drawn.plan, drawn.slot));
                        designs.len() - 1
                    });
                    trials.push(Some(Trial::of(exposure, &drawn, design)));
                }
                Entry::Occupied(first) => {
                    if let Some(trial) = &mut trials[*first.get()] {
                        trial.crossed |= trial.arm != exposure.shown.arm.0;
                    }
                }
            }
        }
        for places in by_slot.values() {
            let visits: Vec<(u16, u64)> = places.iter().map(|place| sources[*place]).collect();
            for (place, counts) in places.iter().zip(source::counting(&visits)) {
                if !counts {
                    trials[*place] = None;
                    leave_out(LeftOut::SameSource);
                }
            }
        }
        Self { trials: trials.into_iter().flatten().collect(), designs, left_out }
    }

    /// Tells the log's visits whether chance gave them an arm with offers, which is what the need for an offer is
    /// learned from. The arm counts, not what was made: an offer that an arm kept back, because of its audience say, is
    /// no chance, and comparing by it would compare unlike visits.
    pub fn tell_offers(&self, log: &mut Log) {
        let mut offered: HashMap<u32, bool> = HashMap::new();
        for (trial, arm) in self.trials.iter().filter_map(|trial| Some((trial, trial.offered?))) {
            *offered.entry(trial.visit).or_default() |= arm;
        }
        for visit in &mut log.visits {
            visit.offered = offered.get(&visit.number).copied().or(visit.offered);
        }
    }

    /// One line for each reason to leave exposures out.
    pub fn notes(&self) -> Vec<String> {
        self.left_out.iter().map(|(why, count)| format!("{count} exposures {}", why.text())).collect()
    }
}
