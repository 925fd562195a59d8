//! Counts of a log that another engine has read: sums alone, whose size does not grow with the log.
//!
//! What needs whole visits (kernels, intent, priors, lists) is learned from a sample of them, which is the log that the trainer
//! has. What next-item rows are made of is counted over all.

use super::kernel::Kernels;
use super::sums::{Sums, Visit};
use super::weights::Weights;
use std::error::Error;
use std::fmt::Debug;

/// Visits of an age with so many clicks: age, clicks, how many there are.
pub type Lengths = Vec<(u16, u16, u64)>;

/// What came after two products: the one before, the weight of the visits that went from there, and what followed by weight.
pub type TrailSums = (u32, u64, Vec<(u32, u64)>);

/// What stands near each item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairTable {
    /// Item, its weight, and the visits that had both.
    entries: Vec<(u32, u64, u32)>,
    /// Where each item begins in `entries`; one more at the end.
    starts: Vec<usize>,
}

impl PairTable {
    /// A table of so many items from pairs in any order: item, item near it, weight, visits.
    pub fn new(items: usize, mut pairs: Vec<(u32, u32, u64, u32)>) -> Self {
        pairs.sort_unstable();
        let mut starts = vec![0; items + 1];
        for (item, ..) in &pairs {
            starts[*item as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { entries: pairs.into_iter().map(|(_, other, weight, visits)| (other, weight, visits)).collect(), starts }
    }

    /// Adds up what stands near an item.
    pub fn near(&self, own: u32, sums: &mut Sums<u64>) {
        for (other, weight, visits) in &self.entries[self.starts[own as usize]..self.starts[own as usize + 1]] {
            // A number that no session has. Each neighbour is there once.
            sums.add(*other, *weight, Visit { number: u32::MAX - 1, weight: *visits as f32 });
        }
    }
}

/// What another engine has counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// Visits by age and clicks.
    pub lengths: Lengths,
    /// By item, how often it was looked at, and how often by the newest visits, by weight.
    pub looks: Vec<(f64, f64)>,
    /// What stands near each item.
    pub pairs: PairTable,
    /// By item, what came next after it and one before.
    pub trails: Vec<Vec<TrailSums>>,
}

impl Counted {
    /// Makes room for products that nobody has looked at yet.
    #[must_use]
    pub fn with_items(mut self, items: usize) -> Self {
        self.looks.resize(items.max(self.looks.len()), (0.0, 0.0));
        self.trails.resize(items.max(self.trails.len()), Vec::new());
        let (starts, last) = (&mut self.pairs.starts, self.pairs.entries.len());
        starts.resize((items + 1).max(starts.len()), last);
        self
    }
}

/// What another engine has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events.
    pub events: u64,
    /// Visits.
    pub sessions: u64,
    /// Time of the newest event, in milliseconds since 1970.
    pub newest_ms: u64,
}

/// An engine that counts.
pub trait Counter: Debug + Send + Sync {
    /// What it has read.
    fn totals(&self) -> Totals;

    /// The kernels that it has counted by, if it cannot count again.
    fn kernels(&self) -> Option<Kernels>;

    /// Counts the pairs of all visits that at least `support` visits had, and trails if they are wanted.
    ///
    /// # Errors
    /// What the engine says.
    fn count(&self, weights: &Weights, support: u32, trails: bool) -> Result<Counted, Box<dyn Error + Send + Sync>>;
}
