//! Pairs of features that say more together than apart.
//!
//! Candidates are ranked by what the best four quadrants take off the loss that the single tables left
//! (the FAST method of Lou et al., KDD 2013), on coarse bins.

use super::bag::{Bag, add};
use super::bins::{Bins, code, edges};
use super::tree::Sum;
use super::{Column, Data, Options};
use rayon::prelude::*;

/// Bins a side at most.
const SIDE: usize = 8;

/// A pair with its bins, and the cell of each row.
pub(super) struct Chosen {
    /// Numbers of the features.
    pub features: [usize; 2],
    /// Ascending upper bounds of each.
    pub edges: [Vec<i32>; 2],
    /// Cell by row.
    pub codes: Vec<u8>,
}

impl Chosen {
    fn new(columns: &[Column], features: [usize; 2]) -> Self {
        let sides = features.map(|feature| &columns[feature].values);
        let edges = sides.map(|values| edges(values, SIDE));
        let wide = edges[1].len() as u8 + 1;
        let cell = |(first, second): (&i32, &i32)| code(&edges[0], *first) * wide + code(&edges[1], *second);
        let codes = sides[0].iter().zip(sides[1]).map(cell).collect();
        Self { features, edges, codes }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        (self.edges[0].len() + 1) * (self.edges[1].len() + 1)
    }

    /// Rows in each cell.
    pub(super) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.len()];
        self.codes.iter().for_each(|code| weights[usize::from(*code)] += 1.0);
        weights
    }
}

/// The pairs that take most off what the bags' single tables left.
pub(super) fn choose(data: &Data, bins: &[Bins], bags: &[Bag], options: &Options) -> Vec<Chosen> {
    let useful: Vec<usize> = (0..bins.len()).filter(|feature| bins[*feature].len() > 1).collect();
    let all: Vec<[usize; 2]> = useful
        .iter()
        .enumerate()
        .flat_map(|(at, first)| useful[at + 1..].iter().map(|second| [*first, *second]))
        // What must rise with a feature must not fall with it in a pair.
        .filter(|pair| pair.iter().all(|feature| bins[*feature].monotone == 0))
        .collect();
    if options.pairs == 0 {
        return Vec::new();
    }
    let mean = |row: usize| bags.iter().map(|bag| bag.score(row)).sum::<f32>() / bags.len() as f32;
    let scores: Vec<f32> = (0..data.len()).map(mean).collect();
    let gain = |features: &[usize; 2]| {
        let pair = Chosen::new(&data.columns, *features);
        let mut sums = vec![Sum::default(); pair.len()];
        for (row, cell) in pair.codes.iter().enumerate() {
            add(&mut sums[usize::from(*cell)], scores[row], data.target[row], options.loss);
        }
        let gain = quadrants(&sums, &pair, options).map_or(0.0, |best| best.gain);
        (gain, *features)
    };
    let mut ranked: Vec<(f64, [usize; 2])> = all.par_iter().map(gain).filter(|(gain, _)| *gain > 0.0).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(options.pairs).map(|(_, features)| Chosen::new(&data.columns, features)).collect()
}

/// The step of each cell by the best four quadrants; `None` if none gains anything.
pub(super) fn grow(sums: &[Sum], pair: &Chosen, options: &Options) -> Option<Vec<f64>> {
    let best = quadrants(sums, pair, options)?;
    let wide = pair.edges[1].len() + 1;
    let pull = f64::from(options.pull);
    let step = |cell: usize| {
        let (high, right) = (cell / wide > best.first, cell % wide > best.second);
        best.quadrants[usize::from(high) * 2 + usize::from(right)].step(pull)
    };
    Some((0..sums.len()).map(step).collect())
}

struct Quadrants {
    first: usize,
    second: usize,
    quadrants: [Sum; 4],
    gain: f64,
}

fn quadrants(sums: &[Sum], pair: &Chosen, options: &Options) -> Option<Quadrants> {
    let (high, wide) = (pair.edges[0].len() + 1, pair.edges[1].len() + 1);
    let pull = f64::from(options.pull);
    // corner[i][j]: all cells above and left of (i, j).
    let mut corner = vec![Sum::default(); (high + 1) * (wide + 1)];
    let at = |i: usize, j: usize| i * (wide + 1) + j;
    for i in 0..high {
        for j in 0..wide {
            corner[at(i + 1, j + 1)] =
                sums[i * wide + j].plus(corner[at(i, j + 1)]).plus(corner[at(i + 1, j)]).minus(corner[at(i, j)]);
        }
    }
    let total = corner[at(high, wide)];
    let mut best: Option<Quadrants> = None;
    for first in 0..high.saturating_sub(1) {
        for second in 0..wide.saturating_sub(1) {
            let above_left = corner[at(first + 1, second + 1)];
            let above_right = corner[at(first + 1, wide)].minus(above_left);
            let below_left = corner[at(high, second + 1)].minus(above_left);
            let below_right = total.minus(corner[at(first + 1, wide)]).minus(below_left);
            let quadrants = [above_left, above_right, below_left, below_right];
            if quadrants.iter().any(|sum| sum.rows < options.leaf) {
                continue;
            }
            let gain = quadrants.iter().map(|sum| sum.gain(pull)).sum::<f64>() - total.gain(pull);
            if gain > best.as_ref().map_or(1e-9, |best| best.gain) {
                best = Some(Quadrants { first, second, quadrants, gain });
            }
        }
    }
    best
}
