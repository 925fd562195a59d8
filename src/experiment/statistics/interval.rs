//! Intervals of rates and means, of their differences and of their ratios.
//!
//! One method makes differences and ratios of all figures: MOVER, the method of variance estimates recovery. It takes the
//! interval of each of the two figures and gives that of the difference; for the ratio it asks which ratios R leave a
//! difference `a - R b` whose interval holds 0. So difference and ratio never contradict each other. With Wilson's interval of
//! a rate it is Newcombe's interval of a difference (method 10), right also where nobody ordered; with a mean and its standard
//! error it is the usual interval of a difference and Fieller's of a ratio.
//!
//! References: Wilson, JASA 1927; Newcombe, Statistics in Medicine 17:873, 1998; Zou and Donner, Statistics in Medicine
//! 27:1693, 2008; Donner and Zou, Statistical Methods in Medical Research 21:347, 2012.

use serde::Serialize;

/// Half the width of a 95 % interval, in standard errors.
pub const NORMAL: f64 = 1.959_963_984_540_054;

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end. Not finite (`null` in JSON) where data set no bound.
    pub high: f64,
}

impl Figure {
    /// A rate, 0 to 1, of so many visits (a fraction where visits have weights): Wilson's interval.
    ///
    /// ```
    /// use slotwise::experiment::statistics::interval::Figure;
    /// let none = Figure::rate(0.0, 32.0);
    /// assert!(none.low == 0.0 && (none.high - 0.107_179).abs() < 1e-6);
    /// ```
    pub fn rate(rate: f64, visits: f64) -> Self {
        let square = NORMAL * NORMAL;
        let middle = (rate + square / (2.0 * visits)) / (1.0 + square / visits);
        let half = NORMAL / (1.0 + square / visits)
            * (rate * (1.0 - rate) / visits + square / (4.0 * visits * visits)).max(0.0).sqrt();
        // Rounding must not move an end past the rate itself.
        Self { value: rate, low: (middle - half).clamp(0.0, rate), high: (middle + half).clamp(rate, 1.0) }
    }

    /// A mean with an interval of so many standard errors to both sides.
    pub fn mean(mean: f64, error: f64, errors: f64) -> Self {
        Self { value: mean, low: mean - errors * error, high: mean + errors * error }
    }

    /// This figure less an independent one.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let value = self.value - other.value;
        let below = (self.value - self.low).hypot(other.high - other.value);
        let above = (self.high - self.value).hypot(other.value - other.low);
        Self { value, low: value - below, high: value + above }
    }

    /// This figure in relation to an independent one: 0.1 for a tenth more. `None` if the other is 0 or less. A figure of shops
    /// is never below 0, so neither is the ratio: the lower end is -1 at least.
    pub fn over(&self, other: &Self) -> Option<Self> {
        if other.value <= 0.0 || !other.value.is_finite() {
            return None;
        }
        let product = self.value * other.value;
        // The roots of (a - R b)² = …, written so that none of them divides by a difference of nearly equal numbers.
        let root = |own: f64, its: f64| (product * product - own * its).max(0.0).sqrt();
        let (own, its) = (self.low * (2.0 * self.value - self.low), other.high * (2.0 * other.value - other.high));
        let below = product + root(own, its);
        let low = if below > 0.0 { (own / below - 1.0).max(-1.0) } else { -1.0 };
        let (own, its) = (self.high * (2.0 * self.value - self.high), other.low * (2.0 * other.value - other.low));
        let high = if other.low > 0.0 { (product + root(own, its)) / its - 1.0 } else { f64::INFINITY };
        Some(Self { value: self.value / other.value - 1.0, low, high })
    }

    /// Whether a value lies within the interval.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 6e-5, "{found}, expected {expected}");
    }

    #[test]
    fn differences_of_rates_are_those_of_newcombes_paper() {
        // His table II, method 10: (a) 56/70 - 48/80, (e) 5/56 - 0/29, (f) 0/10 - 0/10, (h) 10/10 - 0/10.
        for ((a, of_a), (b, of_b), low, high) in [
            ((56.0, 70.0), (48.0, 80.0), 0.0524, 0.3339),
            ((9.0, 10.0), (3.0, 10.0), 0.1705, 0.8090),
            ((5.0, 56.0), (0.0, 29.0), -0.0381, 0.1926),
            ((0.0, 10.0), (0.0, 10.0), -0.2775, 0.2775),
            ((10.0, 10.0), (0.0, 10.0), 0.6075, 1.0),
        ] {
            let difference = Figure::rate(a / of_a, of_a).less(&Figure::rate(b / of_b, of_b));
            near(difference.low, low);
            near(difference.high, high);
        }
    }

    #[test]
    fn a_ratio_excludes_one_exactly_where_the_difference_excludes_zero() {
        for base in 1..60 {
            for orders in 0..80 {
                let (a, b) = (Figure::rate(f64::from(orders) / 90.0, 90.0), Figure::rate(f64::from(base) / 70.0, 70.0));
                let (difference, ratio) = (a.less(&b), a.over(&b).unwrap());
                assert!(ratio.low <= ratio.value && ratio.value <= ratio.high, "{orders} {base}: {ratio:?}");
                assert_eq!(difference.low > 0.0, ratio.low > 0.0, "{orders} of 90, {base} of 70");
                assert_eq!(difference.high < 0.0, ratio.high < 0.0, "{orders} of 90, {base} of 70");
            }
        }
        assert!(Figure::rate(0.5, 10.0).over(&Figure::rate(0.0, 10.0)).is_none());
    }

    #[test]
    fn the_ratio_of_two_means_is_fiellers() {
        let (a, b) = (Figure::mean(12.0, 0.5, NORMAL), Figure::mean(10.0, 0.4, NORMAL));
        let ratio = a.over(&b).unwrap();
        // The ends R solve (12 - 10 R)² = NORMAL² (0.25 + 0.16 R²).
        for end in [ratio.low + 1.0, ratio.high + 1.0] {
            let left = (12.0 - 10.0 * end).powi(2);
            near(left, NORMAL * NORMAL * (0.25 + 0.16 * end * end));
        }
        assert!(a.over(&Figure::mean(1.0, 1.0, NORMAL)).unwrap().high.is_infinite(), "it may be nothing");
    }
}
