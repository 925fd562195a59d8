//! Errors of snapshots. Each states what was found, what was expected, and what to do.
//!
//! The page engine has `no_error` in place of this file: nobody reads these texts there.

use alloc::string::String;
use thiserror::Error;

/// The reason why bytes were refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SnapshotError {
    /// The bytes are not a snapshot.
    #[error(
        "not a snapshot: the first 8 bytes are {found:02x?}, expected \"SLOTWISE\"; give a file that `slotwise train` wrote"
    )]
    Magic {
        /// The value found.
        found: [u8; 8],
    },
    /// The snapshot has another format version.
    #[error("snapshot format {found}, expected {expected}; train again with this version, or update this program")]
    Format {
        /// Format number of the file.
        found: u16,
        /// Format number that this version reads.
        expected: u16,
    },
    /// The bytes are truncated, or more follow.
    #[error("the snapshot has {found} bytes, expected {expected}; it is cut or still being written: fetch it again")]
    Length {
        /// Number of bytes present.
        found: usize,
        /// Number of bytes stated in the header.
        expected: usize,
    },
    /// A checksum does not match.
    #[error(
        "section {section} of the snapshot has checksum {found:016x}, expected {expected:016x}; it is damaged: fetch it again"
    )]
    Checksum {
        /// Tag of the section; `head` for the header.
        section: String,
        /// Value computed from the bytes.
        found: u64,
        /// Value stated in the section table.
        expected: u64,
    },
    /// A mandatory section is missing.
    #[error("the snapshot has no section {section}; it was not written by `slotwise train` of this version")]
    Missing {
        /// Tag of the section.
        section: &'static str,
    },
    /// The content of a section is inconsistent.
    #[error("section {section} of the snapshot: {why}; it was not written by `slotwise train` of this version")]
    Malformed {
        /// Tag of the section.
        section: &'static str,
        /// The inconsistency.
        why: &'static str,
    },
    /// The bytes are not the ones named by the manifest.
    #[error(
        "the snapshot's SHA-256 is {found}, the manifest names {expected}; it is damaged or was swapped: fetch it again"
    )]
    Hash {
        /// Value computed from the bytes.
        found: String,
        /// Value named by the manifest.
        expected: String,
    },
    /// A key, an id or a signature is malformed.
    #[error("{what} is {found}, expected {expected}; make a pair with `slotwise keygen`")]
    Key {
        /// Which one.
        what: &'static str,
        /// The value found.
        found: String,
        /// The expected form.
        expected: &'static str,
    },
}

// What every host's readers meet. The page engine compiles the same calls to nothing.
impl SnapshotError {
    pub(crate) fn malformed(section: &'static str, why: &'static str) -> Self {
        Self::Malformed { section, why }
    }

    pub(crate) fn missing(section: &'static str) -> Self {
        Self::Missing { section }
    }

    pub(crate) fn length(found: usize, expected: usize) -> Self {
        Self::Length { found, expected }
    }

    pub(crate) fn magic(found: [u8; 8]) -> Self {
        Self::Magic { found }
    }

    pub(crate) fn format(found: u16, expected: u16) -> Self {
        Self::Format { found, expected }
    }

    pub(crate) fn checksum(section: String, found: u64, expected: u64) -> Self {
        Self::Checksum { section, found, expected }
    }

    pub(crate) fn hash(found: String, expected: String) -> Self {
        Self::Hash { found, expected }
    }
}
