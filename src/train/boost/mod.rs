//! Additive models by boosting: the fitting side of [`Additive`].
//!
//! Every feature is cut into bins. Round by round, some features drawn from all offer a tree of two or three
//! leaves over their bins, and the one that takes most off the loss takes a small step; what a bin gathers is
//! its table entry. Rounds end when the groups held out no longer gain. That is done several times with other groups
//! held out, and the tables are averaged ("bagging"); then the few pairs of features that explain most of
//! what is left get tables of their own, and the whole is stretched so that its probabilities are right on
//! the groups held out.
//!
//! In reading order: `data`, `loss` and `options` say what is fitted and how; `fit` is the whole; `bag` one fit with
//! some groups held out; `bins` cuts features, `tree` grows trees over one feature and `pair` over two; `choose`
//! picks the pairs; `platt` stretches the whole.
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
mod tree;

pub use data::{Column, Data};
pub use fit::{MILLI, fit};
pub use loss::Loss;
pub use options::Options;
