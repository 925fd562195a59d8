//! The difference of two arms, in one measure.
//!
//! Two intervals are told. The *fixed* one is right if one looks once, at a time fixed before; the *always* valid one at every
//! look ([`sequence`]). Verdicts rest on the second.
//!
//! CUPED takes out of the outcomes what was there before: each is lessened by `θ (x - mean of x)`, with the product views of
//! the visit before its first exposure as `x` and the common slope within the arms as `θ` (Deng, Xu, Kohavi and Walker, WSDM
//! 2013). No arm can have changed `x`, so nothing but noise is taken out.
//!
//! A switchback draws hours, not visits. Visits of one hour have one arm and resemble each other, so hours are what the error
//! is counted over: what each visit adds is summed by hour, times `G/(G-1) · (N-1)/(N-2)` for G hours and N visits, with
//! Student's t of G - 1 degrees of freedom (Liang and Zeger, Biometrika 1986; Cameron and Miller, JHR 2015).

use super::group::{Group, error};
use super::metric::Metric;
use crate::experiment::statistics::interval::{Figure, NORMAL};
use crate::experiment::statistics::{sequence, student_quantile};
use serde::Serialize;
use std::collections::BTreeMap;

/// Fewest visits of each arm that are compared.
pub const MINIMUM_VISITS: usize = 100;
/// Fewest visits with an order in each arm whose revenue is compared, and fewest that reached any measure in a switchback or
/// for CUPED: an error from fewer is a guess.
pub const MINIMUM_ORDERS: usize = 20;
/// Fewest hours of each arm of a switchback.
pub const MINIMUM_HOURS: usize = 12;
/// Number of hours at which the sequence of a switchback is tightest: a week.
const TIGHTEST_HOURS: f64 = 168.0;

/// A difference between two arms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The difference, with the interval for one look.
    pub difference: Figure,
    /// In relation to the other arm (0.1 for a tenth more), for one look; `None` if the other has nothing.
    pub relative: Option<Figure>,
    /// The difference, with the always valid interval.
    pub always: Figure,
    /// In relation to the other arm, always valid.
    pub always_relative: Option<Figure>,
    /// The always valid p-value.
    pub p: f64,
}

/// An effect after CUPED.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Adjusted {
    /// The difference, with the interval for one look.
    pub difference: Figure,
    /// The difference, with the always valid interval.
    pub always: Figure,
    /// The slope: by how much the measure rises with one product view before the exposure.
    pub slope: f64,
    /// Share of the variance that it takes away, 0 to 1.
    pub reduction: f64,
}

/// Why two arms cannot be compared in a measure; `None` if they can.
pub(super) fn too_few(metric: Metric, hours: bool, sides: [&Group; 2]) -> Option<String> {
    let need = |of: &dyn Fn(&Group) -> usize, needed: usize, what: &str| {
        let least = sides.into_iter().map(of).min().unwrap_or_default();
        (least < needed).then(|| format!("{least} {what} in one of the arms, expected at least {needed}"))
    };
    // Only a rate of visits has an error that is right with few of them, or with none.
    let reached = || need(&|group| group.reached, MINIMUM_ORDERS, metric.reached());
    let of_hours = || need(&|group| hours_of(group).len(), MINIMUM_HOURS, "hours");
    need(&|group| group.rows.len(), MINIMUM_VISITS, "visits")
        .or_else(|| reached().filter(|_| hours || !metric.is_rate()))
        .or_else(|| of_hours().filter(|_| hours))
}

/// The effect of one arm against another. `tightest` is the number of visits at which the sequence is tightest; with `hours`
/// they were drawn by hours.
pub(super) fn effect(metric: Metric, hours: bool, [own, other]: [&Group; 2], tightest: f64) -> Effect {
    if hours {
        return of_hours([own, other]);
    }
    let (a, b) = (own.figure(), other.figure());
    let visits = (own.rows.len() + other.rows.len()) as f64;
    let errors = sequence::errors(visits, tightest);
    let of = |group: &Group| Figure::mean(group.value, group.sequence_error(), errors);
    let error = own.sequence_error().hypot(other.sequence_error());
    let value = own.value - other.value;
    let always = Figure::mean(value, error, errors);
    let (relative, always_relative) = (a.over(&b), of(own).over(&of(other)));
    debug_assert!(metric.is_rate() || error.is_finite());
    Effect { difference: a.less(&b), relative, always, always_relative, p: p(value, error, visits, tightest) }
}

/// The always valid p-value of a difference with an error.
fn p(value: f64, error: f64, visits: f64, tightest: f64) -> f64 {
    if error > 0.0 { sequence::p_value(value / error, visits, tightest) } else { 1.0 }
}

/// What the visits of each hour add to the error of the value.
fn hours_of(group: &Group) -> BTreeMap<u64, f64> {
    let mut hours = BTreeMap::new();
    for row in &group.rows {
        *hours.entry(row.hour).or_insert(0.0) += group.influence(row);
    }
    hours
}

/// The effect where hours were drawn.
fn of_hours([own, other]: [&Group; 2]) -> Effect {
    let [a, b] = [hours_of(own), hours_of(other)];
    let all: std::collections::BTreeSet<u64> = a.keys().chain(b.keys()).copied().collect();
    let at = |of: &BTreeMap<u64, f64>, hour: &u64| of.get(hour).copied().unwrap_or_default();
    let (count, visits) = (all.len() as f64, (own.rows.len() + other.rows.len()) as f64);
    let correction = (count / (count - 1.0) * (visits - 1.0) / (visits - 2.0)).sqrt();
    // The error of `x · own - y · other`.
    let error = |x: f64, y: f64| {
        let squares = all.iter().map(|hour| (x * at(&a, hour) - y * at(&b, hour)).powi(2));
        correction * squares.sum::<f64>().sqrt()
    };
    let (fixed, always) = (student_quantile(sequence::ALPHA, count - 1.0), sequence::errors(count, TIGHTEST_HOURS));
    let (value, difference) = (own.value - other.value, error(1.0, 1.0));
    let ratio = own.value / other.value;
    let relative = |errors| {
        (other.value > 0.0)
            .then(|| Figure::mean(ratio - 1.0, error(1.0 / other.value, ratio / other.value), errors))
            .map(|figure| Figure { low: figure.low.max(-1.0), ..figure })
    };
    Effect {
        difference: Figure::mean(value, difference, fixed),
        relative: relative(fixed),
        always: Figure::mean(value, difference, always),
        always_relative: relative(always),
        p: p(value, difference, count, TIGHTEST_HOURS),
    }
}

/// The effect after CUPED; `None` for an order value, whose visits the arms themselves select, for few that reached the
/// measure, and where the views before the exposure do not differ.
pub(super) fn adjusted(metric: Metric, [own, other]: [&Group; 2], tightest: f64) -> Option<Adjusted> {
    let before = |group: &Group| group.rows.iter().map(|row| row.weight * row.before).sum::<f64>() / group.total;
    let means = [before(own), before(other)];
    let (mut shared, mut square) = (0.0, 0.0);
    for (group, mean) in [own, other].into_iter().zip(means) {
        for row in &group.rows {
            shared += row.weight * (row.before - mean) * (row.outcome.0 - group.value);
            square += row.weight * (row.before - mean).powi(2);
        }
    }
    let reached = own.reached.min(other.reached);
    if metric == Metric::OrderValue || square <= 0.0 || reached < MINIMUM_ORDERS {
        return None;
    }
    let slope = shared / square;
    let left = |group: &Group, mean: f64| {
        let influence =
            |row: &super::group::Row| group.influence(row) - row.weight * slope * (row.before - mean) / group.total;
        error(group.rows.iter().map(influence))
    };
    let error = left(own, means[0]).hypot(left(other, means[1]));
    let value = own.value - other.value - slope * (means[0] - means[1]);
    let visits = (own.rows.len() + other.rows.len()) as f64;
    let reduction = 1.0 - (error / own.error.hypot(other.error)).powi(2);
    reduction.is_finite().then(|| Adjusted {
        difference: Figure::mean(value, error, NORMAL),
        always: Figure::mean(value, error, sequence::errors(visits, tightest)),
        slope,
        reduction,
    })
}
