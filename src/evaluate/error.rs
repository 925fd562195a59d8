//! What can keep an evaluation from its figures.

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
    #[error("{}: found {found}, expected {expected}", path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A peer that could not be run.
    #[error("{0}")]
    Peer(String),
}
