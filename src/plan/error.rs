//! What can go wrong with a plan file: every mistake at once, each with its path, what was found and what was expected.
//!
//! A merchandiser fixes a plan by hand, so the first mistake alone would not be enough.

use std::path::PathBuf;
use thiserror::Error;

/// Why a plan cannot be used.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("{}: {source}; give a file that exists and may be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The plan has mistakes.
    #[error("{}: {} in the plan:\n{}", path.display(), if problems.len() == 1 { "a mistake" } else { "mistakes" }, problems.join("\n"))]
    Mistakes {
        /// Which file.
        path: PathBuf,
        /// Each with its path, what was found and what was expected.
        problems: Vec<String>,
    },
}
