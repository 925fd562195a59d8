//! Purification: what a pair says of one feature alone moves into that feature's own table.
//!
//! Pairs are boosted beside single features, and a tree over a pair tells both apart no better than it must. The sum is the
//! same whichever table holds a part of it, but its explanation is not: "leaves soon" would be told as an interaction. After
//! purification every line of a grid has a mean of 0 over the rows that it was fitted to.
//!
//! Lengerich, Tan, Chang, Hooker, Caruana: Purifying interaction effects with the functional ANOVA, AISTATS 2020.
//!
//! Invariant: the sum of all tables stays the same for any values, but for rounding.

/// Passes over the lines of both features. Each undoes a little of the one before, less and less.
const PASSES: usize = 20;

/// A table of one feature while it is being fitted.
pub(super) struct Single {
    /// Upper bounds of its bins, as in [`Bins`](super::bins::Bins).
    pub edges: Vec<i32>,
    /// One entry per bin.
    pub entries: Vec<f64>,
}

impl Single {
    /// Adds another table of the same feature. The bounds of either stay.
    pub(super) fn add(&mut self, edges: &[i32], entries: &[f64]) {
        let mut all = [&self.edges, edges].concat();
        all.sort_unstable();
        all.dedup();
        let at = |edges: &[i32], bin: usize| match all.get(bin) {
            Some(bound) => edges.partition_point(|edge| edge < bound),
            None => edges.len(),
        };
        let sum = |bin: usize| self.entries[at(&self.edges, bin)] + entries[at(edges, bin)];
        self.entries = (0..=all.len()).map(sum).collect();
        self.edges = all;
    }
}

/// Takes the means of a grid's lines out of it, by the weight of the rows in each cell, and returns them by side and bin.
/// `wide` is the number of bins of the second feature.
pub(super) fn purify(grid: &mut [f64], weights: &[f64], wide: usize) -> [Vec<f64>; 2] {
    let counts = [grid.len() / wide.max(1), wide];
    let mut moved = counts.map(|count| vec![0.0; count]);
    for _ in 0..PASSES {
        for side in [0, 1] {
            let cell = |bin: usize, with: usize| if side == 0 { bin * wide + with } else { with * wide + bin };
            for (bin, moved) in moved[side].iter_mut().enumerate() {
                let line = || (0..counts[1 - side]).map(|with| cell(bin, with));
                let weight: f64 = line().map(|at| weights[at]).sum();
                if weight > 0.0 {
                    let mean = line().map(|at| grid[at] * weights[at]).sum::<f64>() / weight;
                    line().for_each(|at| grid[at] -= mean);
                    *moved += mean;
                }
            }
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_is_a_sum_of_two_tables_is_left_empty_and_a_true_interaction_stays() {
        let (high, wide) = ([1.0, -2.0, 4.0], [0.5, 3.0]);
        let cross = [1.0, -1.0, 0.0, 0.0, -1.0, 1.0];
        for strength in [0.0, 2.0] {
            let mut grid: Vec<f64> = (0..6).map(|at| high[at / 2] + wide[at % 2] + strength * cross[at]).collect();
            let before = grid.clone();
            let moved = purify(&mut grid, &[2.0; 6], 2);
            for at in 0..6 {
                assert!((grid[at] - strength * cross[at]).abs() < 1e-9, "{grid:?}");
                assert!((grid[at] + moved[0][at / 2] + moved[1][at % 2] - before[at]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn tables_of_other_bounds_add_up_for_every_value() {
        let (one, other) = ((vec![2, 5], [1.0, 2.0, 3.0]), (vec![i32::MIN, 4, 5], [10.0, 20.0, 30.0, 40.0]));
        let mut sum = Single { edges: one.0.clone(), entries: one.1.to_vec() };
        sum.add(&other.0, &other.1);
        let of = |edges: &[i32], entries: &[f64], value: i32| entries[edges.partition_point(|edge| *edge < value)];
        for value in [i32::MIN, -9, 2, 3, 4, 5, 6, i32::MAX] {
            let expected = of(&one.0, &one.1, value) + of(&other.0, &other.1, value);
            assert!((of(&sum.edges, &sum.entries, value) - expected).abs() < 1e-12, "{value}");
        }
    }
}
