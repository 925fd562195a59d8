//! DIRS: from a product's key to the shards with its card and its rows.
//!
//! Cards hold the keys of their products. A browser that meets a key of no card it has must learn which shard to fetch.
//! A table of all keys would take 49 bits a product. A directory is a static function instead: it stores no keys, and only
//! says something of keys that it was made for. Three slots, which hashes of the key choose, are combined by exclusive or
//! into the answer (Majewski, Wormald, Havas, Czech: "A family of perfect hashing methods", Computer Journal 1996). So a
//! product takes 1.23 times the bits of its answer: about two bytes.
//!
//! The answer is the number of the smallest run of items that has shards of its own, with a few check bits, so that an
//! unknown key mostly finds nothing. Else it finds a wrong shard, which does no harm: the keys stand with the cards.
//!
//! Section: number of this directory, seed of the hashes (4 bytes each), bits that an answer's number is shifted by, bits of
//! the number, check bits (1 each), zeros (5); the slots as a [`BitArray`], in three equal parts.

#[cfg(feature = "std")]
mod write;

#[cfg(feature = "std")]
pub use write::encode;

use super::bits::BitArray;
use super::layout::{CHECKED, chunk};
use super::{ItemIndex, SnapshotError};
use crate::event::ItemKey;
use crate::hash::mix;

/// Bytes before the slots.
const HEAD: usize = 16;
/// The seed that no directory has: it is for choosing one.
const CHOICE: u32 = u32::MAX;

/// The directory, out of `count`, that knows a key.
#[inline(always)]
pub fn directory_of(key: ItemKey, count: u32) -> u32 {
    (hash(key, CHOICE) >> 32) as u32 % count.max(1)
}

/// The hash of a key, another one for each seed.
fn hash(key: ItemKey, seed: u32) -> u64 {
    mix(key.bits() ^ u64::from(seed) << 32)
}

/// The slots of a key, one in each third of `slots`, and its check bits.
#[inline(always)]
fn slots(key: ItemKey, seed: u32, slots: usize) -> ([usize; 3], u64) {
    let hash = hash(key, seed);
    let third = slots as u64 / 3;
    // Each slot follows from the high bits of its 21. The low ones of the lowest 21 check.
    let slot = |part: u64| (part * third + (((hash >> (part * 21) & 0x1f_ffff) * third) >> 21)) as usize;
    ([slot(0), slot(1), slot(2)], hash)
}

/// A directory, read in place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Directory<'a> {
    number: u32,
    seed: u32,
    shift: u8,
    bits: u8,
    checks: u8,
    slots: BitArray<'a>,
}

impl<'a> Directory<'a> {
    /// Opens the section.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if its numbers do not fit each other.
    pub fn open(section: &'a [u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::malformed("DIRS", why);
        let (slots, rest) = section.get(HEAD..).and_then(BitArray::open).ok_or_else(|| malformed("it is cut"))?;
        let word = |at| chunk(section, at).map_or(0, u32::from_le_bytes);
        let [shift, bits, checks, zeros @ ..] = chunk::<8>(section, 8).unwrap_or_default();
        let sound = !CHECKED || shift < 32 && bits < 32 && checks < 20 && zeros == [0; 5] && rest.is_empty();
        let directory = Self { number: word(0), seed: word(4), shift, bits, checks, slots };
        if sound { Ok(directory) } else { Err(malformed("its numbers do not fit each other")) }
    }

    /// The number of this directory, as [`directory_of`] counts.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// An item whose shards are also those of the product with this key. `None` if no product of this directory has it;
    /// one in some hundred unknown keys finds an item all the same.
    pub fn find(&self, key: ItemKey) -> Option<ItemIndex> {
        let (places, hash) = slots(key, self.seed, self.slots.len());
        let mut answer = 0;
        for place in places {
            answer ^= self.slots.get(place);
        }
        let low = |bits: u8| (1 << bits) - 1;
        let known = answer >> self.bits == hash & low(self.checks) && !self.slots.is_empty();
        known.then(|| ItemIndex::new(((answer & low(self.bits)) << self.shift) as u32))
    }
}
