//! Tails and quantiles of the normal, Student's and the chi-square distribution.

use super::special::{beta_lower, gamma_upper};

/// The chance that a standard normal number is farther from 0 than this, on either side.
pub fn normal_tail(distance: f64) -> f64 {
    gamma_upper(0.5, distance * distance / 2.0)
}

/// The chance that a chi-square number with these degrees of freedom is greater.
///
/// ```
/// use slotwise::experiment::statistics::chi_square_tail;
/// assert!((chi_square_tail(3.841_458_820_694_124, 1.0) - 0.05).abs() < 1e-12);
/// ```
pub fn chi_square_tail(value: f64, degrees: f64) -> f64 {
    gamma_upper(degrees / 2.0, value / 2.0)
}

/// The distance from 0 that a number of Student's t distribution exceeds on either side with a chance of `alpha`, 0 to 1.
/// With no degree of freedom it is unbounded.
pub fn student_quantile(alpha: f64, degrees: f64) -> f64 {
    if degrees < 1.0 {
        return f64::INFINITY;
    }
    let tail = |distance: f64| beta_lower(degrees / 2.0, 0.5, degrees / (degrees + distance * distance));
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > alpha {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > alpha { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_tails_are_those_of_tables() {
        assert!((normal_tail(1.959_963_984_540_054) - 0.05).abs() < 1e-13);
        assert!((normal_tail(6.0) / 1.973_175_290_075_396e-9 - 1.0).abs() < 1e-9);
        // scipy.stats: chi2.sf(10.828, 1), chi2.sf(20, 7), t.ppf(.975, 1), t.ppf(.975, 10).
        assert!((chi_square_tail(10.827_566_170_662_733, 1.0) - 0.001).abs() < 1e-13);
        assert!((chi_square_tail(20.0, 7.0) - 0.005_569_683_213_479_3).abs() < 1e-9);
        assert!((student_quantile(0.05, 1.0) - 12.706_204_736_174_7).abs() < 1e-9);
        assert!((student_quantile(0.05, 10.0) - 2.228_138_851_986_27).abs() < 1e-10);
        assert!(student_quantile(0.05, 0.0).is_infinite());
    }
}
