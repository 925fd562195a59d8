//! What can be wrong with a log as a whole.

use crate::log::Day;
use crate::log::LogError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a log cannot be opened, read or changed.
#[derive(Debug, Error)]
pub enum EventLogError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file of the log cannot be read.
    #[error(transparent)]
    Read(#[from] LogError),
    /// The path is a file.
    #[error("{}: is no folder, expected one with a file a day; move a log that is one file into a folder", path.display())]
    NotFolder {
        /// The path.
        path: PathBuf,
    },
    /// Another process writes to the log.
    #[error("{}: another process writes to this log; stop it first, or choose another folder", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The open day cannot be changed beneath the origin.
    #[error(
        "{}: the origin still writes to {day}; stop the origin, or wait until the day is closed; nothing was erased",
        path.display()
    )]
    OpenDay {
        /// The folder.
        path: PathBuf,
        /// The day.
        day: Day,
    },
}

impl EventLogError {
    /// A file that could not be read or written.
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }
}
