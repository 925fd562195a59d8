//! What can be wrong with sums: what was found, what was expected, what to do.

use std::path::PathBuf;
use thiserror::Error;

/// Why there are no sums.
#[derive(Debug, Error)]
pub enum GroupError {
    /// A file cannot be read.
    #[error("{}: {source}; give a file that `slotwise share` or `slotwise merge` wrote", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that holds no sums.
    #[error("{}: found {found}, expected sums of `slotwise share` or `slotwise merge`; ask the shop for them again", path.display())]
    Sums {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// Nothing has the minimum support.
    #[error(
        "found no product with {support} visits, expected at least one; lower --minimum-support, or share a longer log"
    )]
    Empty {
        /// The minimum support.
        support: u64,
    },
    /// A budget that cannot be kept.
    #[error("found a budget of epsilon {epsilon} and delta {delta}, expected {expected}")]
    Budget {
        /// Its epsilon.
        epsilon: f64,
        /// Its delta.
        delta: f64,
        /// What can be kept.
        expected: String,
    },
}
