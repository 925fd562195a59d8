//! Features cut into bins: the values of a column become numbers from 0 to 254.
//!
//! Boosting looks at bins only, so the cost of a tree does not depend on how many values a feature takes, and the table
//! of a feature in the snapshot has one entry per bin.
//!
//! Invariant: bin `b` holds the values `v` with `edges[b - 1] < v <= edges[b]`. The reader of a snapshot cuts the same way.

use super::data::{Column, Data};
use crate::snapshot::additive::MISSING;

/// The bins of one feature, and the bin of each row.
pub(super) struct Bins {
    /// Bin edges: ascending upper bounds, inclusive. The last bin has none, so there is one bin more than edges.
    pub edges: Vec<i32>,
    /// Bin by row.
    pub codes: Vec<u8>,
    /// Whether the values are names, whose order means nothing.
    pub nominal: bool,
    /// As [`Column::monotone`].
    pub monotone: i8,
}

impl Bins {
    /// At most `most` bins (2 to 255, so that a code fits a byte) with about equally many rows. Missing values have a bin
    /// of their own, and so has every name of a nominal feature as long as the bins suffice.
    pub(super) fn of(column: &Column, most: usize) -> Self {
        let edges = edges(&column.values, most.clamp(2, 255));
        let codes = column.values.iter().map(|value| code(&edges, *value)).collect();
        Self { edges, codes, nominal: column.nominal, monotone: column.monotone }
    }

    /// Number of bins.
    pub(super) fn len(&self) -> usize {
        self.edges.len() + 1
    }
}

/// Rows by their codes, by weight.
pub(super) fn weights(codes: &[u8], count: usize, data: &Data) -> Vec<f64> {
    let mut weights = vec![0.0; count];
    codes.iter().enumerate().for_each(|(row, code)| weights[usize::from(*code)] += f64::from(data.weight(row)));
    weights
}

/// The bin of a value.
pub(super) fn code(edges: &[i32], value: i32) -> u8 {
    edges.partition_point(|edge| *edge < value) as u8
}

/// The bin edges of a column: one bin per distinct value if there are at most `most`, else bins by quantile.
pub(super) fn edges(values: &[i32], most: usize) -> Vec<i32> {
    let mut sorted: Vec<i32> = values.iter().copied().filter(|value| *value != MISSING).collect();
    sorted.sort_unstable();
    let mut edges = Vec::new();
    if sorted.len() < values.len() {
        // The smallest number there is: as the first edge it closes a bin that holds nothing but missing values.
        edges.push(MISSING);
    }
    let mut distinct: Vec<(i32, usize)> = Vec::new();
    for value in &sorted {
        match distinct.last_mut() {
            Some((known, count)) if known == value => *count += 1,
            _ => distinct.push((*value, 1)),
        }
    }
    // Plain quantiles would repeat an edge wherever one value fills several bins, and waste those. So each bin aims at an
    // equal share of the rows and bins that are still left, whatever the bins before it took.
    let room = most - edges.len();
    let mut left = sorted.len();
    let (mut held, mut bins) = (0, room);
    for (at, (value, count)) in distinct.iter().enumerate() {
        if at + 1 == distinct.len() || bins <= 1 {
            break;
        }
        held += count;
        let next = distinct[at + 1].1;
        // A bin ends when it is full, or when the next value would overfill it by more than it lacks now.
        let full = left as f64 / bins as f64;
        let few = distinct.len() <= room;
        if few || held as f64 >= full || (held as f64 + next as f64 - full) > full - held as f64 {
            edges.push(*value);
            left -= held;
            (held, bins) = (0, bins - 1);
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_share_them_evenly() {
        assert_eq!(edges(&[5, 1, 5, 9, MISSING], 10), [MISSING, 1, 5]);
        assert_eq!(edges(&[3, 3, 3], 10), [0; 0]);
        assert_eq!(edges(&[], 10), [0; 0]);
        let many: Vec<i32> = (0..1000).collect();
        let edges = edges(&many, 8);
        assert_eq!(edges.len(), 7);
        assert!(edges.windows(2).all(|two| (120..=130).contains(&(two[1] - two[0]))), "{edges:?}");
    }

    #[test]
    fn a_frequent_value_does_not_swallow_the_rare_ones() {
        let mut values = vec![0; 900];
        values.extend(1..=100);
        let edges = edges(&values, 11);
        assert_eq!(edges[0], 0);
        assert!(edges.len() >= 9, "{edges:?}");
    }
}
