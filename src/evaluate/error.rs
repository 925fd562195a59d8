//! What can go wrong in an evaluation: where, what was found, what was expected, what to do.
//!
//! Same shape and words as [`LogError`] and [`TrainError`], which it passes on.

use crate::log::LogError;
use crate::train::TrainError;
use std::path::PathBuf;
use thiserror::Error;

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The log or a table cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The trainer made no snapshot.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A table that does not hold what was asked for.
    #[error("{}: found {found}, expected {expected}; {remedy}", path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The peer `LightGBM` could not be run.
    #[error("LightGBM: found {found}, expected {expected}; {remedy}")]
    Peer {
        /// What went wrong.
        found: String,
        /// What should be.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },
}
