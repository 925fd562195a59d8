//! Trees over two features: the interaction that two single tables cannot express.
//!
//! A pair is a grid of coarse bins, stored row-major: the cell of bins `(a, b)` is `a * wide + b`, where `wide` is the
//! number of bins of the second feature. A tree cuts the grid and then its parts, each time across either feature.

use super::bins::{code, edges, weights};
use super::data::{Column, Data};
use super::options::Options;
use super::tree::Sum;

/// Most bins of each feature. A cell's number must fit a byte (12 x 12 = 144), and finer cells would hold few rows.
const SIDE: usize = 12;

/// A pair with its bins, and the cell of each row.
pub(super) struct Chosen {
    /// Numbers of the two features, ascending.
    pub features: [usize; 2],
    /// Bin edges of each, as in [`Bins`](super::bins::Bins).
    pub edges: [Vec<i32>; 2],
    /// Cell by row of the data.
    pub codes: Vec<u8>,
    /// Whether each is nominal.
    nominal: [bool; 2],
}

impl Chosen {
    /// The pair of two features, on coarse bins.
    pub(super) fn new(columns: &[Column], features: [usize; 2]) -> Self {
        let sides = features.map(|feature| &columns[feature].values);
        let edges = sides.map(|values| edges(values, SIDE));
        let wide = edges[1].len() as u8 + 1;
        let cell = |(first, second): (&i32, &i32)| code(&edges[0], *first) * wide + code(&edges[1], *second);
        let codes = sides[0].iter().zip(sides[1]).map(cell).collect();
        Self { features, edges, codes, nominal: features.map(|feature| columns[feature].nominal) }
    }

    /// Bins of each side.
    fn sides(&self) -> [usize; 2] {
        [0, 1].map(|side| self.edges[side].len() + 1)
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        let [high, wide] = self.sides();
        high * wide
    }

    /// Rows in each cell, by weight.
    pub(super) fn weights(&self, data: &Data) -> Vec<f64> {
        weights(&self.codes, self.len(), data)
    }
}

/// A node of the tree: the product of some bins of each feature.
struct Block {
    sides: [Vec<usize>; 2],
    sum: Sum,
}

/// The best greedy tree of [`Options::levels`], as the step of each cell, and its gain (see [`Sum::gain`]); `None` if no
/// cut gains anything.
pub(super) fn grow(sums: &[Sum], pair: &Chosen, leaf: u32, options: &Options) -> Option<(Vec<f64>, f64)> {
    let [high, wide] = pair.sides();
    let pull = f64::from(options.pull);
    let total = sums.iter().fold(Sum::default(), |sum, cell| sum.plus(*cell));
    let mut blocks = vec![Block { sides: [(0..high).collect(), (0..wide).collect()], sum: total }];
    for _ in 0..options.levels {
        blocks = blocks
            .into_iter()
            .flat_map(|block| match cut(sums, wide, &block, pair, leaf, pull) {
                Some(parts) => Vec::from(parts),
                None => vec![block],
            })
            .collect();
    }
    if blocks.len() < 2 {
        return None;
    }
    let mut steps = vec![0.0; sums.len()];
    for block in &blocks {
        let step = block.sum.step(pull);
        for row in &block.sides[0] {
            block.sides[1].iter().for_each(|column| steps[row * wide + column] = step);
        }
    }
    Some((steps, blocks.iter().map(|block| block.sum.gain(pull)).sum::<f64>() - total.gain(pull)))
}

/// The best cut of a block, across either feature.
fn cut(sums: &[Sum], wide: usize, block: &Block, pair: &Chosen, leaf: u32, pull: f64) -> Option<[Block; 2]> {
    let mut best: Option<(f64, usize, Vec<usize>, usize, Sum)> = None;
    for side in [0, 1] {
        let other = &block.sides[1 - side];
        let cell = |one: usize, two: usize| if side == 0 { one * wide + two } else { two * wide + one };
        let line = |bin: usize| other.iter().fold(Sum::default(), |sum, with| sum.plus(sums[cell(bin, *with)]));
        let mut lines: Vec<(usize, Sum)> = block.sides[side].iter().map(|bin| (*bin, line(*bin))).collect();
        if pair.nominal[side] {
            // As for single features: by their mean gradient, the best cut of names is one of a few.
            let mean = |sum: &Sum| sum.gradient / (sum.weight + pull);
            lines.sort_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)));
        }
        let mut left = Sum::default();
        for at in 1..lines.len() {
            left = left.plus(lines[at - 1].1);
            let right = block.sum.minus(left);
            if left.rows < leaf || right.rows < leaf {
                continue;
            }
            let gain = left.gain(pull) + right.gain(pull) - block.sum.gain(pull);
            if gain > best.as_ref().map_or(1e-9, |best| best.0) {
                best = Some((gain, side, lines.iter().map(|(bin, _)| *bin).collect(), at, left));
            }
        }
    }
    let (_, side, order, at, left) = best?;
    let part = |bins: &[usize], sum: Sum| {
        let mut sides = block.sides.clone();
        sides[side] = bins.to_vec();
        Block { sides, sum }
    };
    Some([part(&order[..at], left), part(&order[at..], block.sum.minus(left))])
}
