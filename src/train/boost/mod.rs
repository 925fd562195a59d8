//! Additive models by boosting: the fitting side of [`Additive`](crate::snapshot::additive::Additive).
//!
//! 1. Every feature is cut into bins.
//! 2. In each boosting round, features drawn at random offer a tree of two or three leaves over their bins. The tree that
//!    lowers the loss most takes a small step. The sum of a bin's steps is its table entry.
//! 3. Rounds end when the loss of the held-out groups stops falling.
//! 4. This is repeated with other groups held out, and the tables are averaged (bagging).
//! 5. The pairs of features that explain most of the remaining loss are chosen, and all is boosted anew, with a table for
//!    each of them.
//! 6. What a pair says of one of its features alone moves into the table of that feature.
//! 7. One stretch and one shift of all logits calibrate the probabilities on the held-out groups.
//!
//! Why not a library: a general tree ensemble cannot be read as one table per feature, and that is what makes explanations
//! exact and scoring a sum of whole numbers. We know of no Rust library that fits additive models with pairs.
//!
//! In reading order: `data`, `loss` and `options` hold what is fitted and how; `fit` runs the steps; `bag` fits with
//! some groups held out; `bins` cuts features; `tree` grows trees over one feature, `pair` over two; `choose` selects the
//! pairs; `purify` takes out of pairs what is not theirs; `platt` calibrates.
//!
//! Lou, Caruana, Gehrke, Hooker: Accurate intelligible models with pairwise interactions, KDD 2013.
//! Nori, Jenkins, Koch, Caruana: `InterpretML`, 2019.
//!
//! Invariant: the same data and options give the same tables.

mod bag;
mod bins;
mod choose;
mod data;
mod fit;
mod loss;
mod options;
mod pair;
mod platt;
mod purify;
mod tree;

pub use data::{Column, Data};
pub use fit::{MILLI, fit};
pub use loss::Loss;
pub use options::Options;
