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
    /// A budget that is too small for what is no next-item row.
    #[error(
        "--budget: found {budget} bytes, expected at least {needed}: so much do {products} products take without any next item \
         ({parts}); give a larger budget, or leave out products that nobody looks at any more"
    )]
    Budget {
        /// The budget in bytes.
        budget: u64,
        /// Bytes of a snapshot without next items.
        needed: u64,
        /// Products of the log and the catalogue.
        products: usize,
        /// What they take, by section.
        parts: String,
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
    /// The engine that counts has failed.
    #[error(transparent)]
    Counter(Box<dyn std::error::Error + Send + Sync>),
    /// The sums of older days cannot be read.
    #[error("the sums of older days: {0}")]
    Older(std::io::Error),
    /// The trained snapshot does not pass its own checks: a fault of the trainer.
    #[error("the trained snapshot is refused: {0}; please report it with the log")]
    Snapshot(#[from] crate::snapshot::SnapshotError),
}
