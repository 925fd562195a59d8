//! Which pairs of features say more together than apart.
//!
//! Candidates are ranked by what a small tree over both features takes off the loss that the single tables
//! left (after the FAST method of Lou et al., KDD 2013), on coarse bins; the best get a table each.

use super::bag::Bag;
use super::bins::Bins;
use super::data::Data;
use super::options::Options;
use super::pair::{Chosen, grow};
use super::tree::Sum;
use rayon::prelude::*;

/// The pairs that take most off what the bags' single tables left.
pub(super) fn choose(data: &Data, bins: &[Bins], bags: &[Bag], options: &Options) -> Vec<Chosen> {
    if options.pairs == 0 {
        return Vec::new();
    }
    // What must rise with a feature must not fall with it in a pair.
    let useful: Vec<usize> =
        (0..bins.len()).filter(|feature| bins[*feature].len() > 1 && bins[*feature].monotone == 0).collect();
    let all: Vec<[usize; 2]> = useful
        .iter()
        .enumerate()
        .flat_map(|(at, first)| useful[at + 1..].iter().map(|second| [*first, *second]))
        .collect();
    let mean = |row: usize| bags.iter().map(|bag| bag.score(row)).sum::<f32>() / bags.len() as f32;
    let scores: Vec<f32> = (0..data.len()).map(mean).collect();
    let gain = |features: &[usize; 2]| {
        let pair = Chosen::new(&data.columns, *features);
        let mut sums = vec![Sum::default(); pair.len()];
        for (row, cell) in pair.codes.iter().enumerate() {
            sums[usize::from(*cell)].add(options.loss.slope(scores[row], data.target[row]));
        }
        // A pair that earns its place does so on more than a handful of rows.
        let leaf = options.leaf.max(data.len() as u32 / 50);
        (grow(&sums, &pair, leaf, options).map_or(0.0, |(_, gain)| gain), *features)
    };
    let mut ranked: Vec<(f64, [usize; 2])> = all.par_iter().map(gain).filter(|(gain, _)| *gain > 0.0).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked
        .into_iter()
        .take(options.pairs.min(data.len() / 100))
        .map(|(_, features)| Chosen::new(&data.columns, features))
        .collect()
}
