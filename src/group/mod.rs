//! What shops of one group tell each other: sums, never logs.
//!
//! A shop that has just opened knows little, and its sister shops sell the same products. So each shop writes [`Sums`]: by
//! product, how many visits were about it, and by pair of products, in how many visits the second came within reach behind
//! the first. Sums of several shops are added up (`slotwise merge`), and a training adds them to its own counts.
//!
//! A file of sums is JSON that a person can read before it leaves the house. It has product ids and whole numbers, and
//! nothing else: no visit, no time, no source, no price. Products and pairs below the minimum support are not in it. With a
//! budget of differential privacy (feature `privacy`), chance is added to every number, so that no single visit shows.
//!
//! What one visit can move is bounded in any case: it counts once for a product and once for a pair, and only for the first
//! [`Reach::items`] products and the nearest [`Reach::pairs`] pairs. Floods count nothing.

mod count;
mod error;
mod file;
mod merge;
#[cfg(feature = "privacy")]
mod privacy;

pub use error::GroupError;
pub use merge::merge;

use serde::{Deserialize, Serialize};

/// How much of a visit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Products of a visit that count, in the order in which it came to them.
    pub items: usize,
    /// Pairs of them that count, the nearest first.
    pub pairs: usize,
}

impl Reach {
    /// Without a budget: nearly every visit counts whole.
    pub const WIDE: Self = Self { items: 16, pairs: 64 };
    /// With a budget: chance grows with what one visit can move.
    pub const NARROW: Self = Self { items: 4, pairs: 8 };
}

/// A budget of differential privacy for one file of sums. Any two logs that differ in one visit give the same file with
/// probabilities that differ by a factor of at most `exp(epsilon)`, but for a probability of `delta` (Dwork and Roth, The
/// Algorithmic Foundations of Differential Privacy, 2014, definition 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Above 0; below 1 is strict, above 10 says little.
    pub epsilon: f64,
    /// Above 0, and well below one over the number of visits.
    pub delta: f64,
}

/// The visits of a pair: number of the first product and of the second in [`Sums::items`], and in how many visits the second
/// came within reach behind the first.
pub type Pair = (u32, u32, u64);

/// What was counted, by the log's item numbers.
struct Counted {
    /// By item.
    visits: Vec<u64>,
    /// In order of both numbers.
    pairs: Vec<Pair>,
}

/// Sums of one shop or of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// [`Sums::FORMAT`].
    pub format: u32,
    /// Shops in it.
    pub shops: u32,
    /// Distinct visits that each product and pair had in its shop, at least.
    pub minimum_support: u64,
    /// The budget each shop spent, the largest of them; `None` if one of them spent none.
    pub privacy: Option<Budget>,
    /// Product ids and the visits that were about them, by id.
    pub items: Vec<(String, u64)>,
    /// Pairs, by the numbers of both.
    pub pairs: Vec<Pair>,
}

impl Sums {
    /// The format of the file.
    pub const FORMAT: u32 = 1;
}
