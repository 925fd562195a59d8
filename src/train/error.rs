//! What can go wrong in training: where, what was found, what was expected, what to do.
//!
//! Mistakes in the inputs are reported by the rooms that read them, the log and the plan. The other variants are what the
//! trainer itself finds.

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
    #[error("the log: found {found} products, expected at most {expected}; leave out those nobody looks at any more")]
    Items {
        /// Products of the log.
        found: usize,
        /// The most a snapshot holds.
        expected: usize,
    },
    /// The state of a search cannot be read or written.
    #[error("{}: {source}; give a file that may be read and written", path.display())]
    StateFile {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not the state of a search.
    #[error("{}: found {found}, expected the state of a search; give another file, or remove this one", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The trained snapshot does not pass its own checks: a fault of the trainer.
    #[error("the trained snapshot is refused: {0}; please report it with the log")]
    Snapshot(#[from] crate::snapshot::SnapshotError),
}
