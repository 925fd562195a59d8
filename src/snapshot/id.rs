//! The id of a snapshot.
//!
//! Snapshots are immutable, so their content can name them: caches keep one for ever, and a host that has the right bytes
//! can prove it. The host computes the hash with the SHA-256 that browser and Worker have of their own, so none is
//! compiled into the Wasm.

use super::SnapshotError;
use crate::text::hex;
use alloc::string::String;
use core::fmt;

/// The id of a snapshot: the SHA-256 of its bytes, displayed as 64 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SnapshotId(pub [u8; 32]);

impl SnapshotId {
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut id = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, at) in id.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(id))
    }

    /// All 64 digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The first twelve digits, for display.
    pub fn short(&self) -> String {
        let mut digits = self.hex();
        digits.truncate(12);
        digits
    }

    /// Compares the SHA-256 of some bytes with this id.
    ///
    /// # Errors
    /// [`SnapshotError::Hash`] if they differ.
    pub fn check(&self, sha256: [u8; 32]) -> Result<(), SnapshotError> {
        if sha256 == self.0 {
            return Ok(());
        }
        Err(SnapshotError::hash(Self(sha256).hex(), self.hex()))
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
