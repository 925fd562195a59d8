//! What an arm would earn if every visit got it, from visits that were drawn.
//!
//! Each visit was in one arm, with a known propensity. Weighing it by one over its propensity makes the
//! visits of an arm stand for all: `Σ w r / Σ w`, the self-normalised inverse-propensity estimate (Hájek;
//! Swaminathan and Joachims, NIPS 2015), right on the average for as many arms as one likes, also where the
//! shares changed from snapshot to snapshot. The interval is the normal one at 95 %, with the variance of
//! the ratio, `Σ w² (r - mean)² / (Σ w)²`.

use crate::snapshot::plan::WHOLE;
use serde::Serialize;

/// Half the width of a 95 % interval, in standard errors.
const NORMAL: f64 = 1.959_963_985;

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Visits it rests on.
    pub visits: usize,
    /// The mean reward if every visit got the arm.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// From (propensity in ten-thousandths, reward) of the visits that were in the arm. A propensity of 0
    /// cannot have been drawn; such a visit is left out. `None` without visits.
    ///
    /// ```
    /// use slotwise::experiment::Estimate;
    /// // Half of the sceptics (reward 0) and all of the friends (reward 1) were in the arm.
    /// let estimate = Estimate::of([(5000, 0.0), (10_000, 1.0), (10_000, 1.0)]).unwrap();
    /// assert!((estimate.mean - 0.5).abs() < 1e-12);
    /// ```
    pub fn of(visits: impl IntoIterator<Item = (u16, f64)>) -> Option<Self> {
        let drawn = visits.into_iter().filter(|(propensity, _)| *propensity > 0);
        let weighed: Vec<(f64, f64)> =
            drawn.map(|(propensity, reward)| (f64::from(WHOLE) / f64::from(propensity), reward)).collect();
        let total: f64 = weighed.iter().map(|(weight, _)| weight).sum();
        if weighed.is_empty() {
            return None;
        }
        let mean = weighed.iter().map(|(weight, reward)| weight * reward).sum::<f64>() / total;
        let square = |(weight, reward): &(f64, f64)| (weight * (reward - mean)).powi(2);
        let error = weighed.iter().map(square).sum::<f64>().sqrt() / total;
        Some(Self { visits: weighed.len(), mean, low: mean - NORMAL * error, high: mean + NORMAL * error })
    }

    /// The difference of two arms' estimates, with its interval; visits of both.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let half = ((self.high - self.low) / 2.0).hypot((other.high - other.low) / 2.0);
        let mean = self.mean - other.mean;
        Self { visits: self.visits + other.visits, mean, low: mean - half, high: mean + half }
    }

    /// Whether a value lies within the interval.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
