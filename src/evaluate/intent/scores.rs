//! Figures of probabilities: discrimination (how well they rank) and calibration (how true they are).
//!
//! Ranking figures are computed per fold and averaged, because each fold has a model of its own and their scores need not
//! share a scale. The others are sums over rows and need no such care.

use crate::train::boost::Data;
use serde::Serialize;
use std::collections::BTreeMap;

/// Bins of the calibration error and of the reliability diagram, as in Guo et al.
const BINS: usize = 15;

/// Figures of one set of probabilities.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scores {
    /// Area under the ROC curve: how often a true row stands before a false one; the mean over the folds.
    /// Not a number (`null` in JSON) where no fold holds both kinds.
    pub auc: f64,
    /// Average precision: the area under the steps of precision over recall; the mean over the folds.
    pub average_precision: f64,
    /// Mean squared distance from the truth, all rows together (Brier, 1950).
    pub brier: f64,
    /// Expected calibration error: mean distance of rate from probability over fifteen bins of equal
    /// width, by rows, all rows together (Guo, Pleiss, Sun, Weinberger, ICML 2017).
    pub ece: f64,
    /// Mean log-loss, all rows together.
    pub log_loss: f64,
}

/// A bin of the reliability diagram.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Reliability {
    /// Mean probability, 0 to 1.
    pub predicted: f64,
    /// Share that came true, 0 to 1.
    pub observed: f64,
    /// Rows in the bin.
    pub rows: u64,
}

/// One row that was tested.
#[derive(Clone, Copy, Debug)]
pub struct Tested {
    /// Probability, 0 to 1.
    pub chance: f64,
    /// Whether it came true.
    pub truth: bool,
    /// In which fold.
    pub fold: i32,
    /// Of which group (session).
    pub group: u32,
    /// How often it counts: once, but for resamples.
    pub weight: f64,
}

impl Tested {
    /// A row of the data.
    pub fn of(data: &Data, folds: &[i32], row: usize, chance: f64) -> Self {
        Self { chance, truth: data.target[row] > 0.5, fold: folds[row], group: data.groups[row], weight: 1.0 }
    }

    fn is_true(&self) -> f64 {
        f64::from(u8::from(self.truth))
    }
}

/// All figures of rows that were tested.
pub fn scores(rows: &[Tested]) -> Scores {
    figures(&by_fold(rows))
}

/// The rows of each fold, the likeliest first.
pub(super) fn by_fold(rows: &[Tested]) -> Vec<Vec<Tested>> {
    let mut folds: BTreeMap<i32, Vec<Tested>> = BTreeMap::new();
    for row in rows {
        folds.entry(row.fold).or_default().push(*row);
    }
    let mut folds: Vec<Vec<Tested>> = folds.into_values().collect();
    for fold in &mut folds {
        fold.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    }
    folds
}

/// All figures of rows by fold, the likeliest first.
pub(super) fn figures(folds: &[Vec<Tested>]) -> Scores {
    let (mut auc, mut precision, mut counted) = (0.0, 0.0, 0.0);
    for (area, average) in folds.iter().filter_map(|fold| ranking(fold)) {
        auc += area;
        precision += average;
        counted += 1.0;
    }
    let rows = || folds.iter().flatten();
    let count = rows().map(|row| row.weight).sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = |figure: &dyn Fn(&Tested) -> f64| rows().map(|row| row.weight * figure(row)).sum::<f64>() / count;
    Scores {
        auc: auc / counted,
        average_precision: precision / counted,
        brier: mean(&|row| (row.chance - row.is_true()).powi(2)),
        ece: bins(rows()).iter().map(|bin| (bin.observed - bin.predicted).abs()).sum::<f64>() / count,
        log_loss: mean(&|row| {
            // A probability of exactly 0 or 1 would make one miss infinite.
            let chance = row.chance.clamp(1e-12, 1.0 - 1e-12);
            -(if row.truth { chance } else { 1.0 - chance }).ln()
        }),
    }
}

/// Area under the ROC curve and average precision of rows, the likeliest first. Tied rows count as one step, as in
/// scikit-learn, so their order does not matter. `None` if all rows are true, or none is.
fn ranking(rows: &[Tested]) -> Option<(f64, f64)> {
    let weight =
        |rows: &[Tested], truth: bool| rows.iter().filter(|row| row.truth == truth).map(|row| row.weight).sum::<f64>();
    let (positives, negatives) = (weight(rows, true), weight(rows, false));
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut area, mut average, mut hits, mut misses) = (0.0, 0.0, 0.0, 0.0);
    for tied in rows.chunk_by(|a, b| a.chance.total_cmp(&b.chance).is_eq()) {
        let (true_here, false_here) = (weight(tied, true), weight(tied, false));
        // A false row has all hits so far above it, and half of those it is tied with.
        area += false_here * (hits + true_here / 2.0);
        hits += true_here;
        misses += false_here;
        if true_here > 0.0 {
            average += true_here / positives * (hits / (hits + misses));
        }
    }
    Some((area / (positives * negatives), average))
}

/// The sums of the bins of equal width: probabilities, what came true, and rows as often as they count.
fn bins<'a>(rows: impl Iterator<Item = &'a Tested>) -> [Reliability; BINS] {
    let mut bins = [Reliability::default(); BINS];
    for row in rows {
        let bin = &mut bins[((row.chance * BINS as f64) as usize).min(BINS - 1)];
        bin.predicted += row.weight * row.chance;
        bin.observed += row.weight * row.is_true();
        bin.rows += 1;
    }
    bins
}

/// The bins of the reliability diagram that hold a row.
pub fn reliability(rows: &[Tested]) -> Vec<Reliability> {
    let mean = |bin: &Reliability| {
        let count = bin.rows as f64;
        Reliability { predicted: bin.predicted / count, observed: bin.observed / count, rows: bin.rows }
    };
    bins(rows.iter()).iter().filter(|bin| bin.rows > 0).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(f64, u8)]) -> Vec<Tested> {
        let row = |(group, (chance, truth)): (usize, &(f64, u8))| Tested {
            chance: *chance,
            truth: *truth == 1,
            fold: 0,
            group: group as u32,
            weight: 1.0,
        };
        pairs.iter().enumerate().map(row).collect()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn figures_are_those_of_the_textbook() {
        // By hand, and the same from scikit-learn's roc_auc_score and average_precision_score.
        let four = scores(&rows(&[(0.1, 0), (0.4, 0), (0.35, 1), (0.8, 1)]));
        close(four.auc, 0.75);
        close(four.average_precision, 0.5 + 0.5 * 2.0 / 3.0);
        close(four.brier, (0.01 + 0.16 + 0.4225 + 0.04) / 4.0);
        let tied = scores(&rows(&[(0.5, 0), (0.5, 1), (0.5, 0), (0.5, 1)]));
        close(tied.auc, 0.5);
        close(tied.average_precision, 0.5);
        close(tied.ece, 0.0);
        close(scores(&rows(&[(0.9, 0), (0.9, 1)])).ece, 0.4);
    }

    #[test]
    fn a_row_that_counts_twice_is_as_two_rows() {
        let mut some = rows(&[(0.1, 0), (0.4, 0), (0.35, 1), (0.8, 1), (0.8, 0)]);
        let twice: Vec<Tested> = some.iter().chain(&some[1..2]).chain(&some[3..4]).copied().collect();
        some[1].weight = 2.0;
        some[3].weight = 2.0;
        let (by_weight, by_rows) = (scores(&some), scores(&twice));
        close(by_weight.auc, by_rows.auc);
        close(by_weight.average_precision, by_rows.average_precision);
        close(by_weight.ece, by_rows.ece);
        close(by_weight.log_loss, by_rows.log_loss);
    }

    #[test]
    fn a_fold_of_one_kind_only_is_left_out_of_the_mean() {
        let mut all = rows(&[(0.1, 0), (0.8, 1)]);
        all.push(Tested { fold: 1, ..all[1] });
        close(scores(&all).auc, 1.0);
        assert!(scores(&[]).auc.is_nan());
    }
}
