//! The choice of pairs: which two features interact.
//!
//! Every pair is ranked by how much one small tree over both features lowers the loss that the single tables leave (the
//! FAST method of Lou et al., KDD 2013). The best ones get a table each. To boost every pair instead would
//! take hundreds of tables for 35 features, and most would learn noise.

use super::bag::Bag;
use super::bins::Bins;
use super::data::Data;
use super::options::Options;
use super::pair::{Chosen, grow};
use super::tree::Sum;
use rayon::prelude::*;

/// The pairs with the largest gains, largest first.
pub(super) fn choose(data: &Data, bins: &[Bins], bags: &[Bag], options: &Options) -> Vec<Chosen> {
    if options.pairs == 0 {
        return Vec::new();
    }
    // A monotone feature joins no pair: a grid is not checked for monotony, so it could undo what the table guarantees.
    let useful: Vec<usize> =
        (0..bins.len()).filter(|feature| bins[*feature].len() > 1 && bins[*feature].monotone == 0).collect();
    let all: Vec<[usize; 2]> = useful
        .iter()
        .enumerate()
        .flat_map(|(at, first)| useful[at + 1..].iter().map(|second| [*first, *second]))
        .collect();
    // One ranking for all bags, on their mean scores over all rows. The bags differ in their tables, never in their
    // pairs, so that the grids can be averaged.
    let mean = |row: usize| bags.iter().map(|bag| bag.score(row)).sum::<f32>() / bags.len() as f32;
    let scores: Vec<f32> = (0..data.len()).map(mean).collect();
    let gain = |features: &[usize; 2]| {
        let pair = Chosen::new(&data.columns, *features);
        let mut sums = vec![Sum::default(); pair.len()];
        for (row, cell) in pair.codes.iter().enumerate() {
            sums[usize::from(*cell)].add(options.loss.slope(scores[row], data.target[row], data.weight(row)));
        }
        // Leaves of at least 2 % of the rows: with hundreds of pairs, some fit a handful of rows by chance.
        let leaf = options.leaf.max(data.len() as u32 / 50);
        (grow(&sums, &pair, leaf, options).map_or(0.0, |(_, gain)| gain), *features)
    };
    let mut ranked: Vec<(f64, [usize; 2])> = all.par_iter().map(gain).filter(|(gain, _)| *gain > 0.0).collect();
    // Ties go to the pair with lower numbers, so that the order does not depend on threads.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked
        .into_iter()
        .take(options.pairs.min(data.len() / 100))
        .map(|(_, features)| Chosen::new(&data.columns, features))
        .collect()
}
