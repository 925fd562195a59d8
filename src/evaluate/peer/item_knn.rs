//! Item-KNN: items by how often sessions have them together with the last one (Sarwar et al. 2001, with
//! the regularisation of Hidasi et al., ICLR 2016: `together / ((a + reg)^alpha * (b + reg)^(1 - alpha))`).

use super::Fit;
use super::table::Table;

/// Companions kept an item.
const KEPT: usize = 100;

pub(super) fn sweep(items: usize) -> Vec<(String, Fit)> {
    let mut candidates: Vec<(String, Fit)> = Vec::new();
    for (regularisation, alpha) in [(20.0_f32, 0.5_f32), (0.0, 0.5), (20.0, 0.75), (80.0, 0.5)] {
        let norm = move |from: f32, to: f32| (from + regularisation).powf(alpha) * (to + regularisation).powf(1.0 - alpha);
        let fit: Fit = Box::new(move |sessions| Box::new(Table::fit(sessions, items, KEPT, |_, _| 1.0, norm)));
        candidates.push((format!("regularisation {regularisation}, alpha {alpha}"), fit));
    }
    candidates
}
