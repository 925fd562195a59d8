//! What can go wrong in the loop. Mistakes in inputs are told by the rooms that read them.

use crate::log::LogError;
use crate::origin::PublishError;
use crate::snapshot::SnapshotError;
use crate::train::TrainError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a turn of the loop failed. The snapshot in use is still in use.
#[derive(Debug, Error)]
pub enum LearnError {
    /// The log cannot be read, or nothing is in it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A trained snapshot does not open.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The journal or the log's folder cannot be read or written.
    #[error("{}: {source}; give a folder that can be read and written", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line of the journal is none.
    #[error("{}: line {line}: {why}, expected an entry of the journal; move the file away to begin a new one", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Another program learns with the same journal.
    #[error("{}: another `slotwise learn` is at work with it, expected none; stop it, or give another --state", path.display())]
    Busy {
        /// The folder of the journal.
        path: PathBuf,
    },
}

impl LearnError {
    pub(super) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }
}
