//! Calibration: a stretch and a shift of all logits, fitted on rows while they were held out, and folded
//! into the tables. (Platt, Probabilistic outputs for support vector machines, 1999.)

use super::bag::Bag;
use super::data::Data;

/// Pull of the stretch towards one, and of the shift towards none, in rows.
const PULL: f64 = 5.0;

/// The stretch and the shift by which the mean loss of the rows held out is least.
pub(super) fn fit(data: &Data, bags: &[Bag], base: f64) -> (f64, f64) {
    // A row's logit is the mean over the bags that held it out.
    let mut sums = vec![(0.0, 0.0); data.len()];
    for bag in bags {
        for (row, score) in bag.held_out() {
            sums[row].0 += f64::from(score);
            sums[row].1 += 1.0;
        }
    }
    let rows: Vec<(f64, f64)> = sums
        .iter()
        .zip(&data.target)
        .filter(|((_, bags), _)| *bags > 0.0)
        .map(|((sum, bags), target)| (sum / bags, f64::from(*target)))
        .collect();
    let (mut stretch, mut shift) = (1.0, 0.0);
    for _ in 0..20 {
        // Newton on the log-loss of stretch x logit + shift.
        let (mut g, mut h) = ([PULL * (stretch - 1.0), PULL * shift], [PULL, 0.0, PULL]);
        for (logit, target) in &rows {
            let chance = 1.0 / (1.0 + (-(stretch * logit + shift)).exp());
            let (error, weight) = (chance - target, (chance * (1.0 - chance)).max(1e-9));
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
    if (0.05..20.0).contains(&stretch) && shift.is_finite() && base.is_finite() { (stretch, shift) } else { (1.0, 0.0) }
}
