//! Trees of two or three leaves over the bins of one feature.
//!
//! Gains and steps are those of second-order boosting: Chen and Guestrin, `XGBoost`, KDD 2016, equations 5 to 7. Three
//! leaves can express "high in the middle" in one step, and are small enough that early stopping is fine-grained.

use super::bins::Bins;
use crate::snapshot::additive::MISSING;

/// A gain of this or less is rounding.
const ROUNDING: f64 = 1e-9;

/// First and second derivative of the loss, summed over the rows of a bin, and the number of rows. `f64`, because millions
/// of small numbers are added and differences of sums are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Sum of first derivatives (G).
    pub gradient: f64,
    /// Sum of second derivatives (H).
    pub weight: f64,
    pub rows: u32,
}

impl Sum {
    pub(super) fn add(&mut self, (gradient, weight): (f32, f32)) {
        self.gradient += f64::from(gradient);
        self.weight += f64::from(weight);
        self.rows += 1;
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient + other.gradient,
            weight: self.weight + other.weight,
            rows: self.rows + other.rows,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            weight: self.weight - other.weight,
            rows: self.rows - other.rows,
        }
    }

    /// Twice the loss that a leaf of these rows saves, to second order: G^2 / (H + lambda). The factor 2 is the same for
    /// all trees, so it does not change which one is best.
    pub(super) fn gain(self, pull: f64) -> f64 {
        self.gradient * self.gradient / (self.weight + pull)
    }

    /// The Newton step of a leaf of these rows: -G / (H + lambda).
    pub(super) fn step(self, pull: f64) -> f64 {
        -self.gradient / (self.weight + pull)
    }
}

/// Limits of a tree.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Fewest rows of a leaf.
    pub leaf: u32,
    /// L2 penalty (lambda), as [`Options::pull`](super::Options::pull).
    pub pull: f64,
}

/// The best greedy tree of up to three leaves, as the step of each bin, and its gain (see [`Sum::gain`]); `None` if no
/// cut gains anything.
///
/// A missing value is neither more nor less than others. Where steps go one way only, it has a leaf of its own beside them.
pub(super) fn grow(sums: &[Sum], bins: &Bins, limits: Limits) -> Option<(Vec<f64>, f64)> {
    if bins.monotone == 0 || bins.nominal || bins.edges.first() != Some(&MISSING) {
        return grow_on(sums, (0..sums.len()).collect(), bins, limits);
    }
    let missing = sums[0];
    let (mut steps, mut gain) =
        grow_on(sums, (1..sums.len()).collect(), bins, limits).unwrap_or_else(|| (vec![0.0; sums.len()], 0.0));
    if missing.rows >= limits.leaf {
        steps[0] = missing.step(limits.pull);
        gain += missing.gain(limits.pull);
    }
    (gain > ROUNDING).then_some((steps, gain))
}

/// As [`grow`], on some of the bins. The others do not step.
fn grow_on(sums: &[Sum], mut order: Vec<usize>, bins: &Bins, limits: Limits) -> Option<(Vec<f64>, f64)> {
    if bins.nominal {
        // Names have no order of their own. Sorted by mean gradient, the best split into two groups is among the n - 1 cuts
        // of that order, so not all 2^(n-1) splits need a look. (Fisher: On grouping for maximum homogeneity, 1958.)
        let mean = |bin: &usize| sums[*bin].gradient / (sums[*bin].weight + limits.pull);
        order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    }
    let total = order.iter().fold(Sum::default(), |sum, bin| sum.plus(sums[*bin]));
    // A monotone feature steps one way only, at the second cut as at the first. Sums of such trees are monotone again.
    let keeps = |low: Sum, high: Sum| {
        let rises = high.step(limits.pull) - low.step(limits.pull);
        bins.nominal || bins.monotone == 0 || rises * f64::from(bins.monotone) >= 0.0
    };
    let allowed = |cut: &Cut| keeps(cut.left, cut.right);
    let first = best_cut(sums, &order, total, limits, &allowed)?;
    let (low, high) = order.split_at(first.at);
    // The third leaf: the better of the best cuts of both sides. The new leaf must also keep the direction towards the
    // leaf on the other side of the first cut.
    let left = best_cut(sums, low, first.left, limits, &allowed);
    let right = best_cut(sums, high, first.right, limits, &allowed);
    let mut steps = vec![0.0; sums.len()];
    let mut set = |bins: &[usize], sum: Sum| bins.iter().for_each(|bin| steps[*bin] = sum.step(limits.pull));
    let left = left.filter(|cut| keeps(cut.right, first.right));
    let right = right.filter(|cut| keeps(first.left, cut.left));
    let gain = first.gain + left.iter().chain(&right).map(|cut| cut.gain).fold(0.0, f64::max);
    match (left, right) {
        (Some(cut), other) if other.as_ref().is_none_or(|other| other.gain <= cut.gain) => {
            set(&low[..cut.at], cut.left);
            set(&low[cut.at..], cut.right);
            set(high, first.right);
        }
        (_, Some(cut)) => {
            set(low, first.left);
            set(&high[..cut.at], cut.left);
            set(&high[cut.at..], cut.right);
        }
        _ => {
            set(low, first.left);
            set(high, first.right);
        }
    }
    Some((steps, gain))
}

/// A cut of some bins into two leaves.
struct Cut {
    /// Number of bins in the left leaf.
    at: usize,
    left: Sum,
    right: Sum,
    /// Gain of both leaves over one.
    gain: f64,
}

/// The best allowed cut of the bins of `order`, whose sum is `total`.
fn best_cut(sums: &[Sum], order: &[usize], total: Sum, limits: Limits, allowed: &dyn Fn(&Cut) -> bool) -> Option<Cut> {
    let mut best: Option<Cut> = None;
    let mut left = Sum::default();
    let whole = total.gain(limits.pull);
    for (at, bin) in order.iter().enumerate().take(order.len().saturating_sub(1)) {
        left = left.plus(sums[*bin]);
        let right = total.minus(left);
        if left.rows < limits.leaf || right.rows < limits.leaf {
            continue;
        }
        let gain = left.gain(limits.pull) + right.gain(limits.pull) - whole;
        let cut = Cut { at: at + 1, left, right, gain };
        if gain > best.as_ref().map_or(ROUNDING, |best| best.gain) && allowed(&cut) {
            best = Some(cut);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::data::Column;
    use super::*;

    fn sums(gradients: &[f64]) -> Vec<Sum> {
        gradients.iter().map(|gradient| Sum { gradient: *gradient, weight: 10.0, rows: 40 }).collect()
    }

    fn bins(count: i32, nominal: bool, monotone: i8) -> Bins {
        Bins::of(&Column { values: (0..count).collect(), nominal, monotone, ..Column::default() }, 64)
    }

    const LIMITS: Limits = Limits { leaf: 1, pull: 0.0 };

    #[test]
    fn three_levels_are_found_where_there_are_three() {
        let steps = grow(&sums(&[5.0, 5.0, 0.0, 0.0, -5.0]), &bins(5, false, 0), LIMITS).unwrap().0;
        assert_eq!(steps, [-0.5, -0.5, 0.0, 0.0, 0.5]);
    }

    #[test]
    fn names_are_gathered_by_what_they_do_rather_than_by_their_number() {
        let steps = grow(&sums(&[5.0, -5.0, 5.0, -5.0]), &bins(4, true, 0), LIMITS).unwrap().0;
        assert_eq!(steps, [-0.5, 0.5, -0.5, 0.5]);
    }

    #[test]
    fn a_monotone_feature_steps_one_way_only() {
        assert!(grow(&sums(&[-5.0, 5.0]), &bins(2, false, 1), LIMITS).is_none());
        let steps = grow(&sums(&[5.0, -7.0, 3.0, -5.0]), &bins(4, false, 1), LIMITS).unwrap().0;
        assert!(steps.is_sorted(), "{steps:?}");
    }

    #[test]
    fn a_missing_value_steps_as_it_likes_beside_a_monotone_feature() {
        let values = vec![MISSING, 0, 1, 2];
        let bins = Bins::of(&Column { values, monotone: 1, ..Column::default() }, 64);
        let steps = grow(&sums(&[-9.0, 5.0, 5.0, -5.0]), &bins, LIMITS).unwrap().0;
        assert_eq!(steps, [0.9, -0.5, -0.5, 0.5]);
        // Nothing but the missing value says anything.
        let steps = grow(&sums(&[-9.0, -5.0, 0.0, 5.0]), &bins, LIMITS).unwrap().0;
        assert_eq!(steps, [0.9, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn no_leaf_is_smaller_than_allowed() {
        let limits = Limits { leaf: 50, pull: 0.0 };
        assert!(grow(&sums(&[5.0, -5.0]), &bins(2, false, 0), limits).is_none());
    }
}
