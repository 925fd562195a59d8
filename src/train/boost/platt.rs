//! Calibration: one stretch and one shift of all logits, fitted on held-out rows.
//!
//! Boosted and averaged logits rank well, but are often too bold or too timid. The conditions of a plan compare
//! probabilities with thresholds, so these must mean what they say. `fit` folds both numbers into the tables, and scoring
//! stays a plain sum. (Platt: Probabilistic outputs for support vector machines, 1999; `stretch` is his -A, `shift` -B.)

use super::bag::Bag;
use super::data::Data;

/// Strength of the penalty that pulls the stretch towards 1 and the shift towards 0. A few dozen held-out rows must not
/// turn the model around; thousands outweigh it.
const PULL: f64 = 5.0;

/// The stretch and the shift with the least penalised log-loss on the held-out rows. (1, 0) if the fit does not converge.
pub(super) fn fit(data: &Data, bags: &[Bag], base: f64) -> (f64, f64) {
    // A row's logit is the mean over the bags that held it out, so no bag judges rows it was fitted to.
    let mut sums = vec![(0.0, 0.0); data.len()];
    for bag in bags {
        for (row, score) in bag.held_out() {
            sums[row].0 += f64::from(score);
            sums[row].1 += 1.0;
        }
    }
    let rows: Vec<(f64, f64, f64)> = sums
        .iter()
        .enumerate()
        .filter(|(_, (_, bags))| *bags > 0.0)
        .map(|(row, (sum, bags))| (sum / bags, f64::from(data.target[row]), f64::from(data.weight(row))))
        .collect();
    let (mut stretch, mut shift) = (1.0, 0.0);
    for _ in 0..20 {
        // Newton's method on the log-loss of stretch x logit + shift: gradient (2) and Hessian (2 x 2, upper triangle).
        // The loss is convex and starts close to its minimum, so 20 steps are more than enough.
        let (mut g, mut h) = ([PULL * (stretch - 1.0), PULL * shift], [PULL, 0.0, PULL]);
        for (logit, target, weight) in &rows {
            let chance = 1.0 / (1.0 + (-(stretch * logit + shift)).exp());
            let (error, weight) = (weight * (chance - target), weight * (chance * (1.0 - chance)).max(1e-9));
            g[0] += error * logit;
            g[1] += error;
            h[0] += weight * logit * logit;
            h[1] += weight * logit;
            h[2] += weight;
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        if determinant.abs() < 1e-12 {
            break;
        }
        stretch -= (g[0] * h[2] - g[1] * h[1]) / determinant;
        shift -= (g[1] * h[0] - g[0] * h[1]) / determinant;
    }
    // A stretch outside of this range means that the held-out rows are degenerate, such as all of one class.
    if (0.05..20.0).contains(&stretch) && shift.is_finite() && base.is_finite() { (stretch, shift) } else { (1.0, 0.0) }
}
