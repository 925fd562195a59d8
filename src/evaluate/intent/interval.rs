//! Intervals of figures, by drawing the groups again (the bootstrap).
//!
//! Moments of one session resemble each other, so sessions are drawn, not rows: else intervals would be too narrow. Each
//! session counts as often as a Poisson variable of mean 1 says, which is what drawing with replacement comes to with many
//! sessions, and needs one pass. (Hanley and `MacGibbon`: Creating non-parametric bootstrap samples using Poisson frequencies,
//! 2006.)
//!
//! Invariant: draws are hashes, so the same rows give the same intervals.

use super::scores::{Scores, Tested, by_fold, figures};
use rayon::prelude::*;
use serde::Serialize;
use xxhash_rust::xxh64::xxh64;

/// Resamples. More would move the bounds by less than they are told with.
const DRAWS: u64 = 400;

/// In 95 of 100 logs of the same shop the figure lies about between these two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// Not a number (`null` in JSON) if there is no figure.
    pub low: f64,
    /// As above.
    pub high: f64,
}

/// The intervals of [`Scores`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct Intervals {
    /// Of the area under the ROC curve.
    pub auc: Interval,
    /// Of the average precision.
    pub average_precision: Interval,
    /// Of the Brier score.
    pub brier: Interval,
    /// Of the calibration error. Chance alone makes it larger than 0, and more so in a resample.
    pub ece: Interval,
    /// Of the log-loss.
    pub log_loss: Interval,
}

/// The intervals of the figures of some rows.
pub fn intervals(rows: &[Tested]) -> Intervals {
    let folds = by_fold(rows);
    let draws: Vec<Scores> = (0..DRAWS).into_par_iter().map(|draw| figures(&resample(&folds, draw))).collect();
    let of = |figure: fn(&Scores) -> f64| middle(draws.iter().map(figure).collect());
    Intervals {
        auc: of(|scores| scores.auc),
        average_precision: of(|scores| scores.average_precision),
        brier: of(|scores| scores.brier),
        ece: of(|scores| scores.ece),
        log_loss: of(|scores| scores.log_loss),
    }
}

/// The rows as often as a draw says, in the same order.
fn resample(folds: &[Vec<Tested>], draw: u64) -> Vec<Vec<Tested>> {
    let drawn = |row: &Tested| {
        let hash = xxh64(&row.group.to_le_bytes(), draw);
        let weight = f64::from(poisson((hash >> 11) as f64 / (1_u64 << 53) as f64));
        (weight > 0.0).then_some(Tested { weight, ..*row })
    };
    folds.iter().map(|fold| fold.iter().filter_map(drawn).collect()).collect()
}

/// A Poisson variable of mean 1, by the inverse of its distribution.
fn poisson(chance: f64) -> u8 {
    let (mut count, mut mass) = (0, (-1.0_f64).exp());
    let mut below = mass;
    while chance >= below && count < 12 {
        count += 1;
        mass /= f64::from(count);
        below += mass;
    }
    count
}

/// The middle 95 % of some figures.
fn middle(mut figures: Vec<f64>) -> Interval {
    figures.retain(|figure| figure.is_finite());
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * figures.len() as f64) as usize;
        figures.get(place.min(figures.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    };
    Interval { low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(groups: u32, each: u32) -> Vec<Tested> {
        let row = |group: u32, at: u32| {
            let chance = f64::from(xxh64(&(group * 3 + 1).to_le_bytes(), 5) as u16) / 65_536.0;
            let truth = f64::from(xxh64(&group.to_le_bytes(), 6) as u16) / 65_536.0 < chance;
            Tested { chance: chance + f64::from(at) * 1e-9, truth, fold: 0, group, weight: 1.0 }
        };
        (0..groups).flat_map(|group| (0..each).map(move |at| row(group, at))).collect()
    }

    #[test]
    fn an_interval_holds_the_figure_and_narrows_with_sessions_rather_than_rows() {
        let width = |rows: &[Tested]| {
            let (auc, Interval { low, high }) = (super::super::scores::scores(rows).auc, intervals(rows).auc);
            assert!(low < auc && auc < high, "{low} {auc} {high}");
            high - low
        };
        let (some, many, alike) = (width(&rows(200, 1)), width(&rows(3200, 1)), width(&rows(200, 16)));
        assert!((3.0..5.5).contains(&(some / many)), "{some} {many}");
        assert!((0.8..1.25).contains(&(some / alike)), "{some} {alike}");
    }

    #[test]
    fn of_nothing_there_is_no_interval() {
        assert!(intervals(&[]).auc.low.is_nan());
    }

    #[test]
    fn draws_have_a_mean_and_a_variance_of_one() {
        let draws: Vec<f64> = (0..10_000).map(|at| f64::from(poisson((f64::from(at) + 0.5) / 10_000.0))).collect();
        let mean = draws.iter().sum::<f64>() / 10_000.0;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 10_000.0;
        assert!((mean - 1.0).abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
