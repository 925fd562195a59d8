//! The lift report: effects of experiments, arms and offers, estimated from the shop's own log.
//!
//! A merchandiser reads the first sentence; a statistician finds under it what it rests on: how visits were drawn and whether
//! as many came as were drawn, intervals for one look and for any number of looks, and a correction for many comparisons.
//!
//! In reading order:
//!
//! - [`metric`]: what a visit is worth; `group`: the visits of one arm, and a measure of them
//! - `effect`: the difference of two arms; `sample_ratio`: whether they may be compared
//! - `replayed`: visits decided again; `off_policy`: what a candidate snapshot would earn
//! - `shown`: what rows showed of the catalogue; `slot`: the results of one slot
//! - [`report`]: the whole; `words`: the answer in one sentence, and the report as text; [`page`]: the report as HTML, with
//!   `plot`
//!
//! Rules that hold for every report, so that nobody chooses them after a look at the figures: the verdict rests on one
//! measure, the goal, whose always valid p-values are corrected by Holm's method over all slots and arms; breakdowns are
//! corrected among themselves; a slot whose sample ratio fails is not read at all.

mod effect;
mod group;
pub mod metric;
mod off_policy;
pub mod page;
mod plot;
mod replayed;
pub mod report;
mod sample_ratio;
mod shown;
mod slot;
mod words;

pub use effect::{Adjusted, Effect, MINIMUM_HOURS, MINIMUM_ORDERS, MINIMUM_VISITS};
pub use group::MAX_WEIGHT;
pub use metric::Metric;
pub use off_policy::OffPolicy;
pub use report::{LiftReport, Settings};
pub use sample_ratio::SampleRatio;
pub use shown::Shown;
pub use slot::{ArmReport, Comparison, SlotReport, Verdict};

use crate::experiment::Trials;

/// The report of the trials of a log.
pub fn lift(log: &Trials, settings: &Settings) -> LiftReport {
    let mut report = LiftReport::of(log, settings);
    report.answer = words::answer(&report, settings.goal);
    if report.simulated_visits > 0 {
        report.answer =
            format!("Simulated: {} visits of the log are no people. {}", report.simulated_visits, report.answer);
    }
    report
}
