//! What an arm would earn if every visit got it, from visits that were drawn.
//!
//! Each visit was in one arm, with a known propensity. Weighing it by one over its propensity makes the
//! visits of an arm stand for all: `Σ w r / Σ w`, the self-normalised inverse-propensity estimate (Hájek;
//! Swaminathan and Joachims, NIPS 2015), right on the average for as many arms as one likes, also where the
//! shares changed from snapshot to snapshot. The interval is the normal one at 95 %, with the variance of
//! the ratio, `Σ w² (r - mean)² / (Σ w)²`.
//!
//! No weight exceeds [`MAX_WEIGHT`], so that a few visits of a rare arm cannot outweigh all others (truncated
//! importance sampling; Ionides, JCGS 2008). How many were cut is told.

use crate::snapshot::plan::WHOLE;
use serde::Serialize;

/// Half the width of a 95 % interval, in standard errors.
const NORMAL: f64 = 1.959_963_985;

/// Greatest weight of a visit: that of a propensity of 1 %.
pub const MAX_WEIGHT: f64 = 100.0;

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Visits it rests on.
    pub visits: usize,
    /// How many of them would weigh more than [`MAX_WEIGHT`].
    pub clipped: usize,
    /// The mean reward if every visit got the arm.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// From (propensity in ten-thousandths, reward) of the visits that were in the arm. `None` without visits.
    ///
    /// ```
    /// use slotwise::experiment::Estimate;
    /// // Half of the sceptics (reward 0) and all of the friends (reward 1) were in the arm.
    /// let estimate = Estimate::of([(5000, 0.0), (10_000, 1.0), (10_000, 1.0)]).unwrap();
    /// assert!((estimate.mean - 0.5).abs() < 1e-12);
    /// ```
    pub fn of(visits: impl IntoIterator<Item = (u16, f64)>) -> Option<Self> {
        let mut clipped = 0;
        let weigh = |(propensity, reward): (u16, f64)| {
            // A propensity below a ten-thousandth is 0: its weight has no bound of its own.
            let weight = f64::from(WHOLE) / f64::from(propensity);
            clipped += usize::from(weight > MAX_WEIGHT);
            (weight.min(MAX_WEIGHT), reward)
        };
        let weighed: Vec<(f64, f64)> = visits.into_iter().map(weigh).collect();
        let total: f64 = weighed.iter().map(|(weight, _)| weight).sum();
        if weighed.is_empty() {
            return None;
        }
        let mean = weighed.iter().map(|(weight, reward)| weight * reward).sum::<f64>() / total;
        let square = |(weight, reward): &(f64, f64)| (weight * (reward - mean)).powi(2);
        let error = weighed.iter().map(square).sum::<f64>().sqrt() / total;
        let (low, high) = (mean - NORMAL * error, mean + NORMAL * error);
        Some(Self { visits: weighed.len(), clipped, mean, low, high })
    }

    /// The difference of two arms' estimates, with its interval; visits of both.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let half = ((self.high - self.low) / 2.0).hypot((other.high - other.low) / 2.0);
        let mean = self.mean - other.mean;
        let (visits, clipped) = (self.visits + other.visits, self.clipped + other.clipped);
        Self { visits, clipped, mean, low: mean - half, high: mean + half }
    }

    /// Whether a value lies within the interval.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_visit_weighs_more_than_the_greatest_weight() {
        let visits = || (0..1000).map(|at| (5000, f64::from(at % 10 / 9)));
        let clean = Estimate::of(visits()).unwrap();
        let rare = Estimate::of(visits().chain([(1, 1.0), (0, 1.0), (100, 1.0)])).unwrap();
        assert_eq!((clean.clipped, rare.clipped, rare.visits), (0, 2, 1003));
        let expected = (1000.0 * 0.1 * 2.0 + 300.0) / 2300.0;
        assert!((rare.mean - expected).abs() < 1e-12, "{rare:?}");
    }
}
