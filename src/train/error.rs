//! What can keep the trainer from making a snapshot.
//!
//! Mistakes in its inputs are those of the rooms that read them, the log and the plan; here is what the trainer
//! itself finds.

use crate::log::LogError;
use crate::plan::PlanError;
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no snapshot.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// More items than a snapshot can number.
    #[error("the log names {found} products, expected at most {expected}; leave out those nobody looks at any more")]
    Items {
        /// Products of the log.
        found: usize,
        /// The most a snapshot holds.
        expected: usize,
    },
    /// The state of a search cannot be read or written.
    #[error("{}: {source}; give a file that exists and may be read", path.display())]
    StateFile {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not the state of a search.
    #[error("{}: not the state of a search: {why}; give another file for it, or remove this one", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A snapshot just trained that is not one: a fault of the trainer.
    #[error("the trained snapshot is refused: {0}; please report it with the log")]
    Snapshot(#[from] crate::snapshot::SnapshotError),
}
