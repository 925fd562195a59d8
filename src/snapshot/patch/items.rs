//! Which item of the base is which item of the target, and the columns with one entry per item.
//!
//! The keys come first: they say which numbers stayed, which moved and which are new. Usually all but a few stayed, and each
//! costs a small fraction of a bit. The columns after them then say of each item whether its entry is the same.

use super::error::PatchError;
use super::range::{Coder, Guess};
use crate::snapshot::bits::{BitArray, BitWriter};
use alloc::vec::Vec;

/// Stands for an item that the other snapshot does not have.
pub(super) const NONE: u32 = u32::MAX;
/// Columns of at most this width are codes, such as a brand's number, and not amounts. If one of them moves, all of its kind
/// do.
const CODES: u32 = 16;

/// The most items of a snapshot, as the trainer has it.
const MOST: usize = 8_000_000;

/// Both directions of the numbering.
#[derive(Default)]
pub(super) struct Items {
    /// By number in the target, the number in the base, or [`NONE`].
    pub(super) before: Vec<u32>,
    /// By number in the base, the number in the target, or [`NONE`].
    pub(super) after: Vec<u32>,
}

impl Items {
    /// The place in the base of an item of the target.
    pub(super) fn before(&self, item: usize) -> Option<usize> {
        self.before.get(item).filter(|before| **before != NONE).map(|before| *before as usize)
    }
}

/// What is wanted at a place; nothing is where a patch is read.
fn wanted(want: Option<BitArray<'_>>, at: usize) -> u64 {
    want.map_or(0, |want| want.get(at))
}

/// Codes the head of a packed array and appends it: its number of entries, at most `entries`, and its width. The array must
/// not reach beyond `end`.
pub(super) fn head<C: Coder>(
    coder: &mut C,
    want: Option<BitArray<'_>>,
    entries: usize,
    end: usize,
    out: &mut Vec<u8>,
) -> Result<(usize, u32), PatchError> {
    let len = coder.plain(want.map_or(0, |want| want.len() as u64), 32);
    let width = coder.plain(want.map_or(0, |want| u64::from(want.width())), 6);
    let bytes = 8 + (len * width).div_ceil(8) + out.len() as u64;
    if width > 56 || len > entries as u64 || bytes > end as u64 {
        return Err(PatchError::Damaged);
    }
    out.extend_from_slice(&(len as u32).to_le_bytes());
    out.extend_from_slice(&[width as u8, 0, 0, 0]);
    Ok((len as usize, width as u32))
}

/// Codes the keys. `find` tells a writer the number of a key in the base.
pub(super) fn keys<C: Coder>(
    coder: &mut C,
    base: BitArray<'_>,
    want: Option<BitArray<'_>>,
    find: &dyn Fn(u64) -> Option<u32>,
    end: usize,
    out: &mut Vec<u8>,
) -> Result<Items, PatchError> {
    let (len, width) = head(coder, want, MOST, end, out)?;
    let mut items = Items { before: Vec::with_capacity(len), after: alloc::vec![NONE; base.len()] };
    let mut bits = BitWriter::after(core::mem::take(out));
    let (mut stayed, mut known) = (Guess::NONE, Guess::NONE);
    // How far the items before this one have moved.
    let mut moved = 0_u32;
    for at in 0..len as u32 {
        let key = wanted(want, at as usize);
        let expected = at.wrapping_sub(moved);
        let before = find(key).unwrap_or(NONE);
        let before = if coder.bit(&mut stayed, before == expected) {
            expected
        } else if coder.bit(&mut known, before != NONE) {
            coder.plain(u64::from(before), 32) as u32
        } else {
            NONE
        };
        let key = match items.after.get_mut(before as usize) {
            Some(after) => {
                *after = at;
                moved = at.wrapping_sub(before);
                base.get(before as usize)
            }
            None if before == NONE => coder.plain(key, width),
            None => return Err(PatchError::Damaged),
        };
        items.before.push(before);
        bits.put(key, width);
    }
    *out = bits.finish();
    Ok(items)
}

/// Codes a column of numbers.
pub(super) fn column<C: Coder>(
    coder: &mut C,
    items: &Items,
    base: BitArray<'_>,
    want: Option<BitArray<'_>>,
    end: usize,
    out: &mut Vec<u8>,
) -> Result<(), PatchError> {
    let (len, width) = head(coder, want, items.before.len(), end, out)?;
    let mut bits = BitWriter::after(core::mem::take(out));
    // What became of a code of the base, as far as it has been seen; the guess is that all move alike.
    let mut became = alloc::vec![NONE; if base.width() <= CODES { 1 << base.width() } else { 0 }];
    let mut moved = 0_u64;
    let mut same = Guess::NONE;
    for at in 0..len {
        let want = wanted(want, at);
        let before = items.before(at).filter(|before| *before < base.len()).map(|before| base.get(before));
        let expected = before.map(|before| match became.get(before as usize) {
            None => before,
            Some(&NONE) => before.wrapping_add(moved),
            Some(code) => u64::from(*code),
        });
        let entry = match expected {
            Some(expected) if width > 0 && coder.bit(&mut same, expected == want) => expected,
            _ => coder.plain(want, width),
        };
        if let Some(before) = before
            && let Some(code) = became.get_mut(before as usize)
        {
            moved = entry.wrapping_sub(before);
            *code = entry as u32;
        }
        bits.put(entry, width);
    }
    *out = bits.finish();
    Ok(())
}
