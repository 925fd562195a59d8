//! P-values corrected for many looks.
//!
//! Holm's method ("A simple sequentially rejective multiple test procedure", 1979): the chance that even one of the comparisons
//! is wrongly called a difference stays below 5 %, however they depend on each other. The groups of a breakdown do depend:
//! the phones and the paid visits are partly the same visits.

/// The p-values, corrected; in the order given.
///
/// ```
/// use slotwise::experiment::statistics::multiple::holm;
/// let corrected = holm(&[0.01, 0.04, 0.03]);
/// assert_eq!(corrected, [0.03, 0.06, 0.06]);
/// ```
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut corrected = vec![1.0; values.len()];
    let mut least: f64 = 0.0;
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max(values[at] * (values.len() - rank) as f64).min(1.0);
        corrected[at] = least;
    }
    corrected
}
