//! The manifest: the small mutable file that names the current snapshot, signed.
//!
//! The manifest is JSON, so that an operator can read it. The signature does not cover the JSON text, whose white space
//! may change on the way, but [`Manifest::message`]: a fixed prefix and the fields in postcard's encoding. It is an
//! ed25519 signature (RFC 8032). Hosts verify it with what the platform offers (WebCrypto in workerd and browsers,
//! ed25519-dalek natively), so that no curve arithmetic is compiled into the Wasm.

use super::{SnapshotError, SnapshotId};
use crate::base64;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The manifest of the current snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS))]
pub struct Manifest {
    /// Format number of the snapshot.
    pub format: u16,
    /// Id of the snapshot, 64 hexadecimal digits.
    pub snapshot: String,
    /// Size of the snapshot in bytes.
    pub bytes: u32,
    /// Time of the newest event that the snapshot was trained from, in milliseconds since 1970.
    pub newest_ms: u64,
    /// ed25519 signature of [`Manifest::message`], base64url.
    pub signature: String,
}

impl Manifest {
    /// What the signed bytes begin with.
    pub const PREFIX: &str = "slotwise manifest 1\n";

    /// The signed bytes.
    pub fn message(&self) -> Vec<u8> {
        let mut message = Self::PREFIX.as_bytes().to_vec();
        let fields = (self.format, self.snapshot.as_str(), self.bytes, self.newest_ms);
        message.extend(postcard::to_allocvec(&fields).unwrap_or_default());
        message
    }

    /// The snapshot's id.
    ///
    /// # Errors
    /// [`SnapshotError::Key`] if it is not 64 hexadecimal digits.
    pub fn id(&self) -> Result<SnapshotId, SnapshotError> {
        SnapshotId::from_hex(&self.snapshot).ok_or_else(|| SnapshotError::Key {
            what: "the manifest's snapshot id",
            found: self.snapshot.clone(),
            expected: "64 hexadecimal digits",
        })
    }

    /// The signature's bytes.
    ///
    /// # Errors
    /// [`SnapshotError::Key`] if it is not 64 bytes of base64url.
    pub fn signature(&self) -> Result<[u8; 64], SnapshotError> {
        key_bytes(&self.signature, "the manifest's signature", "64 bytes as base64url")
    }
}

/// Reads a public key as `slotwise keygen` writes it.
///
/// # Errors
/// [`SnapshotError::Key`] if it is not 32 bytes of base64url.
pub fn public_key(text: &str) -> Result<[u8; 32], SnapshotError> {
    key_bytes(text, "the public key", "32 bytes as base64url, 43 characters")
}

/// Reads a fixed number of bytes from base64url.
///
/// # Errors
/// [`SnapshotError::Key`], which names `what` and what was `expected`.
pub fn key_bytes<const N: usize>(
    text: &str,
    what: &'static str,
    expected: &'static str,
) -> Result<[u8; N], SnapshotError> {
    let bytes = base64::decode(text.trim()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| SnapshotError::Key { what, found: format!("\"{}\"", text.trim()), expected })
}

/// Writes bytes as base64url.
pub fn key_text(bytes: &[u8]) -> String {
    base64::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_part_of_the_message() {
        let manifest =
            Manifest { format: 1, snapshot: "ab".repeat(32), bytes: 7, newest_ms: 9, signature: String::new() };
        let message = manifest.message();
        assert_eq!(format!("{}", manifest.id().unwrap()), "ab".repeat(32));
        for other in [
            Manifest { format: 2, ..manifest.clone() },
            Manifest { snapshot: "ac".repeat(32), ..manifest.clone() },
            Manifest { bytes: 8, ..manifest.clone() },
            Manifest { newest_ms: 8, ..manifest.clone() },
        ] {
            assert_ne!(other.message(), message);
        }
        assert!(SnapshotId::from_hex("zz").is_none() && public_key("AAAA").is_err());
    }
}
