//! Why publishing failed, or why published files are not trusted. Each error says what was found, what was expected and
//! what to do.

use crate::objects::ObjectsError;
use crate::snapshot::{ManifestError, SnapshotError};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The reason why publishing failed, or why published files are not trusted.
#[derive(Debug, Error)]
pub enum PublishError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// An object of a store could not be read or written.
    #[error("{place}: {why}")]
    Store {
        /// Address of the object.
        place: String,
        /// The store's error.
        why: String,
    },
    /// The snapshot or a key is invalid.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The manifest is malformed, too old, or signed by somebody else.
    #[error("{place}: {why}")]
    Manifest {
        /// Where it is.
        place: String,
        /// The problem.
        why: ManifestError,
    },
    /// Nothing is published there.
    #[error("{place}: nothing is published there, expected a manifest; run `slotwise train` first")]
    Nothing {
        /// The folder or store.
        place: String,
    },
    /// A file that the manifest names is missing or damaged.
    #[error("{place}: {found}, expected {expected}; publish again, or roll back with `slotwise rollback`")]
    Named {
        /// The file.
        place: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Another publisher is at work.
    #[error(
        "{place}: another publisher has been writing there for {waited_s} s, expected it to be done; try again, or stop it"
    )]
    Busy {
        /// The folder.
        place: String,
        /// Seconds waited.
        waited_s: u64,
    },
    /// Another publisher was faster.
    #[error(
        "{place}: another publisher has replaced the manifest meanwhile, and its manifest stays; check it with `slotwise verify`, then run this command again{hint}"
    )]
    Changed {
        /// The folder or store.
        place: String,
        /// What else can be done.
        hint: String,
    },
    /// What was asked for contradicts what is published.
    #[error("{place}: {found}, expected {expected}")]
    Refused {
        /// The folder or store.
        place: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
}

impl PublishError {
    pub(in crate::origin) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(super) fn refused(place: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Refused { place: place.into(), found: found.into(), expected: expected.into() }
    }

    pub(super) fn named(place: String, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Named { place, found: found.into(), expected: expected.into() }
    }
}

impl From<ObjectsError> for PublishError {
    fn from(ObjectsError { place, why }: ObjectsError) -> Self {
        Self::Store { place, why }
    }
}
