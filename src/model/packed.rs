//! A packed array of a whole snapshot, as the place where it lies: the model owns the bytes, and a struct cannot borrow from
//! itself.

use crate::snapshot::ItemIndex;
use crate::snapshot::bits::{BitArray, window};
use core::ops::Range;

/// Byte range of a packed array whose header has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    body: Range<usize>,
    width: u32,
}

impl Packed {
    /// From the whole range of the array, including its header of eight bytes.
    pub(super) fn of(range: &Range<usize>, array: BitArray<'_>) -> Self {
        Self { body: range.start + 8..range.end, width: array.width() }
    }

    /// The entry of an item. Some value, and no panic, for an item that does not exist.
    #[inline(always)]
    pub(super) fn get(&self, all: &[u8], item: ItemIndex) -> u64 {
        let body = all.get(self.body.clone()).unwrap_or_default();
        if self.width == 0 {
            0
        } else {
            window(body, item.place() * self.width as usize) & (u64::MAX >> (64 - self.width))
        }
    }

    /// Whether the entries of the first `len` items are all below a bound. Mostly the width tells: a Worker opens every
    /// snapshot anew, and a look at each entry of each array takes longer than all other checks.
    pub(super) fn is_below(&self, all: &[u8], len: usize, bound: u64) -> bool {
        1 << self.width <= bound || (0..len as u32).all(|item| self.get(all, ItemIndex::new(item)) < bound)
    }
}
