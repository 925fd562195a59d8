//! What can be wrong with a lake as a whole.

use crate::log::LogError;
use crate::objects::ObjectsError;
use crate::origin::log::EventLogError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a lake cannot be read or changed.
#[derive(Debug, Error)]
pub enum LakeError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}; nothing half-written counts: run the command again", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A part cannot be read.
    #[error(transparent)]
    Read(#[from] LogError),
    /// The log cannot be read, or another process writes to the lake.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// A store cannot be read or written.
    #[error(transparent)]
    Store(#[from] ObjectsError),
    /// Another process has written to a store meanwhile.
    #[error("{place}: another process writes to this lake; nothing is lost: run the command again when it is done")]
    Changed {
        /// What it has changed.
        place: String,
    },
    /// Flat rows of a lake in an object store.
    #[error(
        "{place}: flat rows are for engines that read a folder of this machine; found an object store, expected a folder"
    )]
    Flat {
        /// The lake.
        place: String,
    },
    /// A part cannot be written.
    #[error("{}: {source}; nothing half-written counts: run the command again", path.display())]
    Write {
        /// The part.
        path: PathBuf,
        /// The writer's error.
        source: parquet::errors::ParquetError,
    },
}

impl LakeError {
    /// A file that could not be read or written.
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }
}
