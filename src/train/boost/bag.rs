//! One fit with some groups held out to tell when to stop.

use super::bins::Bins;
use super::pairs::{self, Chosen};
use super::tree::{Limits, Sum, grow};
use super::{Data, Loss, Options};
use xxhash_rust::xxh64::xxh64;

/// Share of the groups that is held out.
const HELD_OUT: f64 = 0.15;

/// One fit.
pub(super) struct Bag {
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
        Self { train, held, scores: vec![base; data.len()], tables: Vec::new(), grids: Vec::new() }
    }

    /// Rows held out, each with its score.
    pub(super) fn held_out(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.held.iter().map(|row| (*row as usize, self.scores[*row as usize]))
    }

    /// The score of a row.
    pub(super) fn score(&self, row: usize) -> f32 {
        self.scores[row]
    }

    /// Boosts the tables of the features.
    pub(super) fn boost(&mut self, data: &Data, bins: &[Bins], options: &Options) {
        self.tables = bins.iter().map(|bins| vec![0.0; bins.len()]).collect();
        let limits = Limits { leaf: options.leaf, pull: f64::from(options.pull) };
        let mut stop = Stop::new(self.loss(data, options.loss), options.patience);
        let mut best = self.tables.clone();
        for _ in 0..options.rounds {
            for (feature, bins) in bins.iter().enumerate().filter(|(_, bins)| bins.len() > 1) {
                let mut sums = vec![Sum::default(); bins.len()];
                for row in &self.train {
                    let row = *row as usize;
                    add(&mut sums[usize::from(bins.codes[row])], self.scores[row], data.target[row], options.loss);
                }
                let Some(steps) = grow(&sums, bins, limits) else { continue };
                let steps: Vec<f32> = steps.iter().map(|step| *step as f32 * options.rate).collect();
                self.tables[feature].iter_mut().zip(&steps).for_each(|(entry, step)| *entry += step);
                self.scores.iter_mut().zip(&bins.codes).for_each(|(score, code)| *score += steps[usize::from(*code)]);
            }
            match stop.after(self.loss(data, options.loss)) {
                Verdict::Better => best.clone_from(&self.tables),
                Verdict::Worse => {}
                Verdict::Enough => break,
            }
        }
        let now = std::mem::replace(&mut self.tables, best);
        for ((bins, now), best) in bins.iter().zip(&now).zip(&self.tables) {
            let back: Vec<f32> = now.iter().zip(best).map(|(now, best)| best - now).collect();
            self.scores.iter_mut().zip(&bins.codes).for_each(|(score, code)| *score += back[usize::from(*code)]);
        }
    }

    /// Boosts the tables of pairs on top of those of the features.
    pub(super) fn boost_pairs(&mut self, data: &Data, chosen: &[Chosen], options: &Options) {
        self.grids = chosen.iter().map(|pair| vec![0.0; pair.len()]).collect();
        let mut stop = Stop::new(self.loss(data, options.loss), options.patience);
        let (mut best, mut best_scores) = (self.grids.clone(), self.scores.clone());
        for _ in 0..options.rounds {
            for (at, pair) in chosen.iter().enumerate() {
                let mut sums = vec![Sum::default(); pair.len()];
                for row in &self.train {
                    let row = *row as usize;
                    add(&mut sums[usize::from(pair.codes[row])], self.scores[row], data.target[row], options.loss);
                }
                let Some(steps) = pairs::grow(&sums, pair, options) else { continue };
                let steps: Vec<f32> = steps.iter().map(|step| *step as f32 * options.rate).collect();
                self.grids[at].iter_mut().zip(&steps).for_each(|(entry, step)| *entry += step);
                self.scores.iter_mut().zip(&pair.codes).for_each(|(score, code)| *score += steps[usize::from(*code)]);
            }
            match stop.after(self.loss(data, options.loss)) {
                Verdict::Better => {
                    best.clone_from(&self.grids);
                    best_scores.clone_from(&self.scores);
                }
                Verdict::Worse => {}
                Verdict::Enough => break,
            }
        }
        (self.grids, self.scores) = (best, best_scores);
    }

    /// Mean loss of the rows held out.
    fn loss(&self, data: &Data, loss: Loss) -> f64 {
        let one = |(row, score): (usize, f32)| {
            let (score, target) = (f64::from(score), f64::from(data.target[row]));
            match loss {
                Loss::Logistic => (if target > 0.5 { -score } else { score }).exp().ln_1p(),
                Loss::Squared => (score - target).powi(2),
            }
        };
        self.held_out().map(one).sum::<f64>() / self.held.len().max(1) as f64
    }
}

/// Adds a row to the sums of its bin.
pub(super) fn add(sum: &mut Sum, score: f32, target: f32, loss: Loss) {
    let (gradient, weight) = match loss {
        Loss::Logistic => {
            let chance = 1.0 / (1.0 + (-score).exp());
            (chance - target, chance * (1.0 - chance))
        }
        Loss::Squared => (score - target, 1.0),
    };
    sum.gradient += f64::from(gradient);
    sum.weight += f64::from(weight);
    sum.rows += 1;
}

enum Verdict {
    Better,
    Worse,
    Enough,
}

/// Tells when the rows held out no longer gain.
struct Stop {
    best: f64,
    since: usize,
    patience: usize,
}

impl Stop {
    fn new(best: f64, patience: usize) -> Self {
        Self { best, since: 0, patience }
    }

    fn after(&mut self, loss: f64) -> Verdict {
        if loss < self.best {
            (self.best, self.since) = (loss, 0);
            return Verdict::Better;
        }
        self.since += 1;
        if self.since < self.patience { Verdict::Worse } else { Verdict::Enough }
    }
}
