//! Coordinates of the report's plots: differences with their intervals on one scale.
//!
//! Places are percentages of the plot's width, so that a plot fills a phone and a desktop without its text being scaled.

use super::metric::Metric;
use super::slot::{Comparison, Verdict};
use super::words::{ends, relative};
use crate::experiment::statistics::interval::Figure;
use serde::Serialize;

/// Greatest lower and upper bound of a scale, as relative differences: one interval from a few visits must not flatten
/// all others.
const BOUNDS: (f64, f64) = (-1.0, 1.5);
/// Part of the width on either side that stays free, in percent.
const MARGIN: f64 = 6.0;

/// Differences on one scale.
#[derive(Serialize)]
pub(super) struct Plot {
    rows: Vec<Bar>,
    ticks: Vec<(f64, String)>,
    zero: f64,
}

/// One difference.
#[derive(Serialize)]
struct Bar {
    name: String,
    value: String,
    interval: String,
    class: &'static str,
    at: f64,
    always: [f64; 2],
    fixed: [f64; 2],
}

/// The plot of the comparisons that have a relative difference; `None` if none has.
pub(super) fn plot<'c>(of: impl Iterator<Item = &'c Comparison>, name: impl Fn(&Comparison) -> String) -> Option<Plot> {
    let found: Vec<_> = of
        .filter_map(|comparison| {
            let effect = comparison.effect.as_ref()?;
            Some((comparison, effect.relative?, effect.always_relative?))
        })
        .collect();
    let all = || found.iter().flat_map(|(_, _, always)| [always.low, always.high]).chain([0.0]);
    let low = all().fold(0.0_f64, f64::min).max(BOUNDS.0);
    let high = all().fold(0.0_f64, f64::max).min(BOUNDS.1);
    if found.is_empty() || high <= low {
        return None;
    }
    let place = |value: f64| {
        let share = (value.clamp(low, high) - low) / (high - low);
        ((MARGIN + share * (100.0 - 2.0 * MARGIN)) * 100.0).round() / 100.0
    };
    let bar = |(comparison, fixed, always): &(&Comparison, Figure, Figure)| Bar {
        name: name(comparison),
        value: relative(fixed.value),
        interval: ends(always, relative),
        class: match comparison.verdict {
            Some(Verdict::Better) => "better",
            Some(Verdict::Worse) => "worse",
            _ => "open",
        },
        at: place(fixed.value),
        always: [place(always.low), place(always.high)],
        fixed: [place(fixed.low), place(fixed.high)],
    };
    let step = step(high - low);
    let ticks = ((low / step).ceil() as i64..=(high / step).floor() as i64).map(|at| at as f64 * step);
    let ticks = ticks.map(|value| (place(value), if value == 0.0 { "0".into() } else { tick(value) })).collect();
    Some(Plot { rows: found.iter().map(bar).collect(), ticks, zero: place(0.0) })
}

/// A tick's label, without decimals where it needs none.
fn tick(value: f64) -> String {
    let percent = value * 100.0;
    let digits = usize::from((percent - percent.round()).abs() > 1e-6);
    format!("{percent:+.digits$} %").replace('-', "−")
}

/// A round step that gives two to five ticks over a range.
fn step(range: f64) -> f64 {
    let rough = range / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough);
    factor.unwrap_or(10.0) * power
}

/// The measure of a comparison.
pub(super) fn metric_of(comparison: &Comparison) -> Metric {
    Metric::ALL.into_iter().find(|metric| metric.name() == comparison.metric).unwrap_or(Metric::Orders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_a_few_round_ticks() {
        for range in [0.003, 0.02, 0.11, 0.5, 2.5] {
            let ticks = range / step(range);
            assert!((1.5..=5.0).contains(&ticks), "{range}: {ticks}");
        }
        assert_eq!([tick(0.1), tick(-0.005)], ["+10 %", "−0.5 %"]);
    }
}
