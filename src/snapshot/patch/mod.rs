//! A patch: what makes of one snapshot the next, byte for byte.
//!
//! From one day to the next most of a snapshot stays: the same products under the same numbers, rows whose levels move by a
//! step. A patch tells the difference table by table, as bits of an adaptive range coder, so it needs no further
//! compression. Whoever holds the base rebuilds the target, the edge in its Wasm too, and compares its SHA-256 with the
//! manifest as if it had fetched it whole.
//!
//! In reading order: `range` codes bits, `bytes` sections without a table in them, `items` which item is which and columns
//! of numbers, `texts` columns of text, `rows` the rows; `frame` goes through the sections; `find` looks for copies.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SLOTDIFF` |
//! | 8 | checksum of the base's head, which covers the checksums of all its sections |
//! | 8 | the same of the target |
//! | 4 | length of the target |
//! | … | the sections, range coded |
//!
//! Invariants: every bit of a patch may be forged. It is read without a panic, and never gives more bytes than it states, or
//! than [`MOST`]. What it gives is a frame with the stated checksums, or an error. Writing and reading are the same code.

mod bytes;
mod error;
#[cfg(feature = "std")]
mod find;
mod frame;
mod items;
mod range;
mod rows;
mod texts;

use super::layout::{Sections, chunk};
use alloc::vec::Vec;

pub use error::PatchError;

/// The longest target, in bytes.
pub const MOST: usize = 64 << 20;
const MAGIC: [u8; 8] = *b"SLOTDIFF";
const HEAD: usize = 28;

/// Rebuilds the target. The caller compares its hash with the signed manifest's.
///
/// # Errors
/// [`PatchError`] if the patch is damaged or was made for another base.
pub fn apply(base: &[u8], patch: &[u8]) -> Result<Vec<u8>, PatchError> {
    if chunk(patch, 0) != Some(MAGIC) {
        return Err(PatchError::Magic);
    }
    let sum = |at| chunk(patch, at).map(u64::from_le_bytes).ok_or(PatchError::Damaged);
    let (before, after) = (sum(8)?, sum(16)?);
    let len = chunk(patch, 24).map(u32::from_le_bytes).ok_or(PatchError::Damaged)? as usize;
    if len > MOST {
        return Err(PatchError::Length);
    }
    let sections = Sections::open_signed(base).map_err(|_| PatchError::Base)?;
    if sections.sum(base) != Some(before) {
        return Err(PatchError::Base);
    }
    let mut coder = range::Decoder::new(patch.get(HEAD..).unwrap_or_default());
    let out = frame::code(&mut coder, (base, &sections), None, len)?;
    let sections = Sections::open_signed(&out).map_err(|_| PatchError::Damaged)?;
    if out.len() == len && sections.sum(&out) == Some(after) { Ok(out) } else { Err(PatchError::Damaged) }
}

/// Makes the patch from one frame to another. It is tried before it is returned.
///
/// # Errors
/// [`SnapshotError`](super::SnapshotError) if one of the two is no frame.
#[cfg(feature = "std")]
pub fn make(base: &[u8], target: &[u8]) -> Result<Vec<u8>, super::SnapshotError> {
    let (from, to) = (Sections::open(base)?, Sections::open(target)?);
    let mut out = MAGIC.to_vec();
    for sum in [from.sum(base), to.sum(target)] {
        out.extend_from_slice(&sum.unwrap_or_default().to_le_bytes());
    }
    out.extend_from_slice(&(target.len() as u32).to_le_bytes());
    let mut coder = range::Encoder::new(out);
    let rebuilt = frame::code(&mut coder, (base, &from), Some((target, &to)), target.len());
    let patch = coder.finish();
    let same = rebuilt.as_deref() == Ok(target) && apply(base, &patch).as_deref() == Ok(target);
    if same { Ok(patch) } else { Err(super::SnapshotError::malformed("head", "no patch can be made to it")) }
}
