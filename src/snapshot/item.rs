//! The number of a product in a snapshot.
//!
//! A type of its own, because a plain `u32` would take a price, a score or a brand number just as well, and because the
//! trainer has a second numbering: a log numbers its products in the order in which it meets them
//! (`log::ItemNumber`), a snapshot so that neighbours are near each other and rows pack into fewer bits
//! (`train::renumber`). In memory and in the file an index is a bare number, so the type costs nothing.

use crate::wire::{Read, Reader};

/// Number of a product in one snapshot: its place in the rows, the catalogue, the lists and the plan, which all share one
/// order. An index means nothing in another snapshot: there products are named by [`ItemKey`](crate::event::ItemKey).
///
/// The trainer's search scores rows before it renumbers them. There an index is the place in the rows at hand, which is
/// the log's number; nothing of that reaches a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
#[cfg_attr(feature = "names", derive(serde::Serialize), serde(transparent))]
pub struct ItemIndex(u32);

impl ItemIndex {
    /// Stands for a product that the snapshot does not know. It is past the end of every snapshot, so whatever looks it
    /// up finds nothing.
    pub const UNKNOWN: Self = Self(u32::MAX);

    /// The product at a place.
    #[inline(always)]
    pub const fn new(place: u32) -> Self {
        Self(place)
    }

    /// The place as it is written and counted with.
    #[inline(always)]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The place in an array.
    #[inline(always)]
    pub const fn place(self) -> usize {
        self.0 as usize
    }

    /// One bit of 64, for a quick look whether a product may be in a small set. Products share bits, so a set bit must
    /// be followed by a real look.
    #[inline(always)]
    pub const fn mark(self) -> u64 {
        1 << (self.0 % 64)
    }
}

impl Read for ItemIndex {
    fn read(from: &mut Reader<'_>) -> Self {
        Self(u32::read(from))
    }
}
