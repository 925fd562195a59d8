//! Why bytes are not a snapshot: what was found, what was expected, and what to do.

use alloc::string::String;
use thiserror::Error;

/// Why bytes were refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SnapshotError {
    /// The bytes are something else.
    #[error(
        "not a snapshot: the first 8 bytes are {found:02x?}, expected \"SLOTWISE\"; give a file that `slotwise train` wrote"
    )]
    Magic {
        /// What stands there.
        found: [u8; 8],
    },
    /// Written by another version.
    #[error("snapshot format {found}, expected {expected}; train again with this version, or update this program")]
    Format {
        /// The file's format number.
        found: u16,
        /// The number this version reads.
        expected: u16,
    },
    /// Cut short, or with something behind it.
    #[error("the snapshot has {found} bytes, expected {expected}; it is cut or still being written: fetch it again")]
    Length {
        /// Bytes at hand.
        found: usize,
        /// Bytes the header announces.
        expected: usize,
    },
    /// Damaged.
    #[error(
        "section {section} of the snapshot has checksum {found:016x}, expected {expected:016x}; it is damaged: fetch it again"
    )]
    Checksum {
        /// The section's tag, `head` for the header.
        section: String,
        /// Computed from the bytes.
        found: u64,
        /// Stated in the table.
        expected: u64,
    },
    /// A section every snapshot has is not there.
    #[error("the snapshot has no section {section}; it was not written by `slotwise train` of this version")]
    Missing {
        /// The section's tag.
        section: &'static str,
    },
    /// A section's content contradicts itself.
    #[error("section {section} of the snapshot: {why}; it was not written by `slotwise train` of this version")]
    Malformed {
        /// The section's tag.
        section: &'static str,
        /// What contradicts what.
        why: &'static str,
    },
    /// The bytes are not the ones the manifest names.
    #[error(
        "the snapshot's SHA-256 is {found}, the manifest names {expected}; it is damaged or was swapped: fetch it again"
    )]
    Hash {
        /// Computed from the bytes.
        found: String,
        /// Named by the manifest.
        expected: String,
    },
    /// The manifest is not signed by the key this host trusts.
    #[error(
        "the manifest's signature does not fit public key {key}; check that trainer and host use the same key pair"
    )]
    Signature {
        /// The trusted public key, base64url.
        key: String,
    },
    /// A key or a signature that is none.
    #[error("{what} is {found}, expected {expected}; make a pair with `slotwise keygen`")]
    Key {
        /// Which thing.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
}
