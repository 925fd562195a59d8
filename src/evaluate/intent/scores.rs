//! Figures of probabilities: discrimination (how well they rank) and calibration (how true they are).
//!
//! Ranking figures are computed per fold and averaged, because each fold has a model of its own and their scores need not
//! share a scale. The others are sums over rows and need no such care.

use serde::Serialize;

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
}

/// All figures of rows that were tested.
pub fn scores(rows: &[Tested]) -> Scores {
    let mut folds: Vec<i32> = rows.iter().map(|row| row.fold).collect();
    folds.sort_unstable();
    folds.dedup();
    let (mut auc, mut precision, mut counted) = (0.0, 0.0, 0.0);
    for fold in folds {
        let part: Vec<Tested> = rows.iter().filter(|row| row.fold == fold).copied().collect();
        if let Some((area, average)) = ranking(part) {
            auc += area;
            precision += average;
            counted += 1.0;
        }
    }
    let count = rows.len().max(1) as f64;
    let mean = |figure: &dyn Fn(&Tested) -> f64| rows.iter().map(figure).sum::<f64>() / count;
    let truth = |row: &Tested| f64::from(u8::from(row.truth));
    Scores {
        auc: auc / counted,
        average_precision: precision / counted,
        brier: mean(&|row| (row.chance - truth(row)).powi(2)),
        ece: reliability(rows).iter().map(|bin| (bin.observed - bin.predicted).abs() * bin.rows as f64 / count).sum(),
        log_loss: mean(&|row| {
            // A probability of exactly 0 or 1 would make one miss infinite.
            let chance = row.chance.clamp(1e-12, 1.0 - 1e-12);
            -(if row.truth { chance } else { 1.0 - chance }).ln()
        }),
    }
}

/// Area under the ROC curve and average precision. Tied rows count as one step, as in scikit-learn, so their order does not
/// matter. `None` if all rows are true, or none is.
fn ranking(mut rows: Vec<Tested>) -> Option<(f64, f64)> {
    rows.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    let positives = rows.iter().filter(|row| row.truth).count() as f64;
    let negatives = rows.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut area, mut average, mut hits, mut misses) = (0.0, 0.0, 0.0, 0.0);
    let mut at = 0;
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|row| row.chance.total_cmp(&rows[at].chance).is_eq()).count();
        let true_here = rows[at..end].iter().filter(|row| row.truth).count() as f64;
        let false_here = (end - at) as f64 - true_here;
        // A false row has all hits so far above it, and half of those it is tied with.
        area += false_here * (hits + true_here / 2.0);
        hits += true_here;
        misses += false_here;
        average += true_here / positives * (hits / (hits + misses));
        at = end;
    }
    Some((area / (positives * negatives), average))
}

/// The bins of the reliability diagram that hold a row.
pub fn reliability(rows: &[Tested]) -> Vec<Reliability> {
    let mut bins = [Reliability::default(); BINS];
    for row in rows {
        let bin = &mut bins[((row.chance * BINS as f64) as usize).min(BINS - 1)];
        bin.predicted += row.chance;
        bin.observed += f64::from(u8::from(row.truth));
        bin.rows += 1;
    }
    let mean = |bin: &Reliability| {
        let count = bin.rows as f64;
        Reliability { predicted: bin.predicted / count, observed: bin.observed / count, rows: bin.rows }
    };
    bins.iter().filter(|bin| bin.rows > 0).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(f64, u8)]) -> Vec<Tested> {
        pairs.iter().map(|(chance, truth)| Tested { chance: *chance, truth: *truth == 1, fold: 0 }).collect()
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
    fn a_fold_of_one_kind_only_is_left_out_of_the_mean() {
        let mut all = rows(&[(0.1, 0), (0.8, 1)]);
        all.push(Tested { chance: 0.2, truth: true, fold: 1 });
        close(scores(&all).auc, 1.0);
        assert!(scores(&[]).auc.is_nan());
    }
}
