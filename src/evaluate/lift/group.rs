//! The visits of one arm, and a measure of them.
//!
//! Each visit was drawn with a known propensity. Weighing it by one over its propensity makes the visits of an arm stand for
//! all: `Σ w r / Σ w`, the self-normalised inverse-propensity estimate (Hájek; Swaminathan and Joachims, NIPS 2015), right on
//! the average also where shares changed from snapshot to snapshot. Where they did not, it is the plain mean. No weight
//! exceeds [`MAX_WEIGHT`], so that a few visits of a rare arm cannot outweigh all others (truncated importance sampling;
//! Ionides, JCGS 2008); how many were cut is told.
//!
//! Errors are linearised (the delta method): a visit adds `w (r - m d) / Σ w d` to the error of the ratio `m = Σ w r / Σ w d`.

use super::metric::Metric;
use crate::experiment::Trial;
use crate::experiment::statistics::interval::{Figure, NORMAL};
use crate::snapshot::plan::WHOLE;

/// Greatest weight of a visit: that of a propensity of 1 %.
pub const MAX_WEIGHT: f64 = 100.0;

/// A visit, as far as one measure knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// One over its propensity.
    pub weight: f64,
    /// What it adds to the numerator and to the denominator.
    pub outcome: (f64, f64),
    /// Product views before the exposure.
    pub before: f64,
    /// The hour of the exposure, in hours since 1970.
    pub hour: u64,
}

/// Visits of one arm.
pub(super) struct Group {
    pub rows: Vec<Row>,
    /// Visits that would weigh more than [`MAX_WEIGHT`].
    pub clipped: usize,
    /// The measure's value.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Sum of the denominators, with weights.
    pub total: f64,
    /// Number of visits that would tell as much if all weighed the same (Kish, "Survey Sampling", 1965).
    pub effective: f64,
    /// Visits with a numerator above 0.
    pub reached: usize,
    metric: Metric,
}

impl Group {
    /// The visits of one arm; `None` without any that count for the measure.
    pub(super) fn of<'t>(trials: impl Iterator<Item = &'t Trial>, metric: Metric, cap_cents: u64) -> Option<Self> {
        let mut clipped = 0;
        let row = |trial: &Trial| {
            // A propensity below a ten-thousandth is 0: its weight has no bound of its own.
            let weight = f64::from(WHOLE) / f64::from(trial.propensity);
            clipped += usize::from(weight > MAX_WEIGHT);
            Row {
                weight: weight.min(MAX_WEIGHT),
                outcome: metric.of(trial, cap_cents),
                before: f64::from(trial.views_before),
                hour: trial.time_ms / 3_600_000,
            }
        };
        let rows: Vec<Row> = trials.map(row).collect();
        let sum = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).sum::<f64>();
        let total = sum(&|row| row.weight * row.outcome.1);
        let reached = rows.iter().filter(|row| row.outcome.0 > 0.0).count();
        if total <= 0.0 {
            return None;
        }
        let value = sum(&|row| row.weight * row.outcome.0) / total;
        let weights = sum(&|row| row.weight);
        let effective = weights * weights / sum(&|row| row.weight * row.weight);
        let mut group = Self { rows, clipped, value, error: 0.0, total, effective, reached, metric };
        group.error = error(group.rows.iter().map(|row| group.influence(row)));
        Some(group)
    }

    /// What a visit adds to the error of the value.
    pub(super) fn influence(&self, row: &Row) -> f64 {
        row.weight * (row.outcome.0 - self.value * row.outcome.1) / self.total
    }

    /// The value with its 95 % interval: Wilson's for a rate.
    pub(super) fn figure(&self) -> Figure {
        if self.metric.is_rate() {
            Figure::rate(self.value, self.effective)
        } else {
            Figure::mean(self.value, self.error, NORMAL)
        }
    }

    /// The standard error that a sequence takes. For a rate one success and one failure more keep it above 0 (Agresti and
    /// Caffo, The American Statistician 54:280, 2000).
    pub(super) fn sequence_error(&self) -> f64 {
        if !self.metric.is_rate() {
            return self.error;
        }
        let visits = self.effective + 2.0;
        let rate = (self.value * self.effective + 1.0) / visits;
        (rate * (1.0 - rate) / visits).sqrt()
    }
}

/// The standard error from what each visit adds to it.
pub(super) fn error(influences: impl Iterator<Item = f64>) -> f64 {
    let (count, squares) =
        influences.fold((0.0, 0.0), |(count, squares), influence| (count + 1.0, squares + influence * influence));
    if count > 1.0 { (squares * count / (count - 1.0)).sqrt() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Device, Region, Source};
    use crate::snapshot::SnapshotId;

    fn trial(propensity: u16, ordered: bool) -> Trial {
        Trial {
            visit: 0,
            slot: String::new(),
            design: 0,
            snapshot: SnapshotId::default(),
            time_ms: 0,
            arm: String::new(),
            choice: String::new(),
            of_offers: false,
            offered: None,
            propensity,
            device: Device::Phone,
            region: Region::Europe,
            source: Source::Direct,
            views_before: 0,
            ordered,
            revenue_cents: 0,
            clicked: false,
            carted: false,
            crossed: false,
        }
    }

    fn orders(trials: &[Trial]) -> Group {
        Group::of(trials.iter(), Metric::Orders, u64::MAX).unwrap()
    }

    #[test]
    fn visits_of_a_rarer_arm_weigh_more() {
        // Half of the sceptics and all of the friends were in the arm.
        let group = orders(&[trial(5_000, false), trial(10_000, true), trial(10_000, true)]);
        assert!((group.value - 0.5).abs() < 1e-12);
        assert!((group.effective - 16.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn no_visit_weighs_more_than_the_greatest_weight() {
        let visits: Vec<Trial> = (0..1000).map(|at| trial(5000, at % 10 == 9)).collect();
        let rare = [visits.clone(), vec![trial(1, true), trial(0, true), trial(100, true)]].concat();
        let (clean, rare) = (orders(&visits), orders(&rare));
        assert_eq!((clean.clipped, rare.clipped, rare.rows.len()), (0, 2, 1003));
        let expected = (1000.0 * 0.1 * 2.0 + 300.0) / 2300.0;
        assert!((rare.value - expected).abs() < 1e-12, "{}", rare.value);
    }
}
