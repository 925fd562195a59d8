//! One fit with some groups held out, which says when to stop.

use super::bins::Bins;
use super::data::Data;
use super::loss::Loss;
use super::options::Options;
use super::pair::{self, Chosen};
use super::tree::{Limits, Sum, grow};
use xxhash_rust::xxh64::xxh64;

/// Share of the loss that a gain must be worth for patience to begin anew.
const LEAST_GAIN: f64 = 1e-5;
/// Share of the groups that is held out.
const HELD_OUT: f64 = 0.15;

/// One fit.
pub(super) struct Bag {
    /// Which of the bags.
    number: u64,
    /// Rows fitted to.
    train: Vec<u32>,
    /// Rows held out.
    held: Vec<u32>,
    /// Score of every row.
    scores: Vec<f32>,
    /// Table of every feature.
    pub tables: Vec<Vec<f32>>,
    /// Table of every chosen pair.
    pub grids: Vec<Vec<f32>>,
}

/// The groups, each once, in order of their numbers.
pub(super) fn distinct(groups: &[u32]) -> Vec<u32> {
    let mut distinct = groups.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

impl Bag {
    /// Holds groups out: the newest, or by a draw that depends on the bag's number alone. Where the newest
    /// are, each bag leaves out another part of the others, so that the bags differ.
    pub(super) fn new(data: &Data, groups: &[u32], base: f32, number: usize, options: &Options) -> Self {
        let draw = |group: u32| {
            let hash = xxh64(&group.to_le_bytes(), number as u64 + 1);
            (hash >> 11) as f64 / (1_u64 << 53) as f64
        };
        let cut = groups.get((groups.len() as f64 * (1.0 - HELD_OUT)) as usize).copied().unwrap_or(u32::MAX);
        let (mut train, mut held) = (Vec::new(), Vec::new());
        for (row, group) in data.groups.iter().enumerate() {
            let drawn = draw(*group) < HELD_OUT;
            let out = if options.tail { *group >= cut } else { drawn };
            if out {
                held.push(row as u32);
            } else if !options.tail || !drawn {
                train.push(row as u32);
            }
        }
        Self {
            number: number as u64,
            train,
            held,
            scores: vec![base; data.len()],
            tables: Vec::new(),
            grids: Vec::new(),
        }
    }

    /// Rows held out, each with its score.
    pub(super) fn held_out(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.held.iter().map(|row| (*row as usize, self.scores[*row as usize]))
    }

    /// The score of a row.
    pub(super) fn score(&self, row: usize) -> f32 {
        self.scores[row]
    }

    /// Boosts the tables of the features and of the pairs, on top of what is there, until the rows held out
    /// no longer gain; keeps the best.
    pub(super) fn boost(&mut self, data: &Data, bins: &[Bins], pairs: &[Chosen], options: &Options) {
        self.tables.resize_with(bins.len(), Vec::new);
        self.tables.iter_mut().zip(bins).for_each(|(table, bins)| table.resize(bins.len(), 0.0));
        self.grids.resize_with(pairs.len(), Vec::new);
        self.grids.iter_mut().zip(pairs).for_each(|(grid, pair)| grid.resize(pair.len(), 0.0));
        let limits = Limits { leaf: options.leaf, pull: f64::from(options.pull) };
        let mut stop = Stop::new(self.loss(data, options.loss), options.patience);
        let mut best = (self.tables.clone(), self.grids.clone(), self.scores.clone());
        // Once pairs are boosted, the tables of the features stand: boosting both at once fits worse.
        let single: &[Bins] = if pairs.is_empty() { bins } else { &[] };
        let mut slopes = vec![(0.0, 0.0); self.train.len()];
        for round in 0..options.rounds {
            for (slope, row) in slopes.iter_mut().zip(&self.train) {
                let row = *row as usize;
                *slope = options.loss.slope(self.scores[row], data.target[row]);
            }
            // The one tree that gains most takes its step; the others wait for their turn.
            let mut best_tree: Option<(usize, Vec<f64>, f64)> = None;
            let mut offer = |at: usize, tree: Option<(Vec<f64>, f64)>| {
                if let Some((steps, gain)) = tree
                    && gain > best_tree.as_ref().map_or(0.0, |best| best.2)
                {
                    best_tree = Some((at, steps, gain));
                }
            };
            for (feature, bins) in
                single.iter().enumerate().filter(|(at, bins)| bins.len() > 1 && self.is_asked(round, *at, options))
            {
                let sums = self.sums(&slopes, &bins.codes, bins.len());
                offer(feature, grow(&sums, bins, limits));
            }
            for (at, pair) in pairs.iter().enumerate().filter(|(at, _)| self.is_asked(round, *at, options)) {
                let sums = self.sums(&slopes, &pair.codes, pair.len());
                offer(bins.len() + at, pair::grow(&sums, pair, options.leaf, options));
            }
            if let Some((at, steps, _)) = best_tree {
                let (table, codes) = match at.checked_sub(bins.len()) {
                    None => (&mut self.tables[at], &bins[at].codes),
                    Some(at) => (&mut self.grids[at], &pairs[at].codes),
                };
                take(&steps, options.rate, table, codes, &mut self.scores);
            }
            match stop.after(self.loss(data, options.loss)) {
                Verdict::Better => {
                    best.0.clone_from(&self.tables);
                    best.1.clone_from(&self.grids);
                    best.2.clone_from(&self.scores);
                }
                Verdict::Worse => {}
                Verdict::Enough => break,
            }
        }
        (self.tables, self.grids, self.scores) = best;
    }

    /// Whether a table may offer a tree in a round: by a draw, so that the strong ones leave room for others.
    fn is_asked(&self, round: usize, table: usize, options: &Options) -> bool {
        let hash = xxh64(&[(round as u32).to_le_bytes(), (table as u32).to_le_bytes()].concat(), self.number);
        ((hash >> 11) as f64) < f64::from(options.share) * (1_u64 << 53) as f64
    }

    /// The derivatives of the loss, summed by bin over the rows fitted to.
    fn sums(&self, slopes: &[(f32, f32)], codes: &[u8], bins: usize) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); bins];
        for (row, slope) in self.train.iter().zip(slopes) {
            sums[usize::from(codes[*row as usize])].add(*slope);
        }
        sums
    }

    /// Mean loss of the rows held out.
    fn loss(&self, data: &Data, loss: Loss) -> f64 {
        let one = |(row, score): (usize, f32)| loss.of(f64::from(score), f64::from(data.target[row]));
        self.held_out().map(one).sum::<f64>() / self.held.len().max(1) as f64
    }
}

/// Takes a share of a step: into the table, and into the score of every row.
fn take(steps: &[f64], rate: f32, table: &mut [f32], codes: &[u8], scores: &mut [f32]) {
    let steps: Vec<f32> = steps.iter().map(|step| *step as f32 * rate).collect();
    table.iter_mut().zip(&steps).for_each(|(entry, step)| *entry += step);
    scores.iter_mut().zip(codes).for_each(|(score, code)| *score += steps[usize::from(*code)]);
}

enum Verdict {
    Better,
    Worse,
    Enough,
}

/// Tells when the rows held out no longer gain.
struct Stop {
    best: f64,
    /// The best loss when patience began anew.
    reference: f64,
    since: usize,
    patience: usize,
}

impl Stop {
    fn new(best: f64, patience: usize) -> Self {
        Self { best, reference: best, since: 0, patience }
    }

    fn after(&mut self, loss: f64) -> Verdict {
        self.since += 1;
        if loss < self.reference * (1.0 - LEAST_GAIN) {
            (self.reference, self.since) = (loss, 0);
        }
        if self.since >= self.patience {
            return Verdict::Enough;
        }
        let better = loss < self.best;
        self.best = self.best.min(loss);
        if better { Verdict::Better } else { Verdict::Worse }
    }
}
