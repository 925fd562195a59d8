//! The code of a row's entries: one prefix code for a number's size and its weight level together.
//!
//! A number `n` is split as in Elias' gamma code: into its class, which is the place of the highest bit of `n + 1`, and
//! the bits below. Those are as good as random and are written as they are. Class and level are not random: small
//! distances and low levels are common, and which goes with which depends on the shop. So the trainer
//! counts the pairs and gives them a prefix code of at most [`LONGEST`] bits (Larmore and Hirschberg, "A
//! fast algorithm for optimal length-limited Huffman codes", JACM 1990), and a host reads a pair by one
//! look into a table of 4,096 places.
//!
//! Every pair has a code word, also those that were never counted, so that any row can be written with
//! any table. There are more than 255 of them, so the word that is all ones has eight bits or more. Fewer than
//! eight ones at the end of a row are therefore padding and nothing else.
//!
//! The section CODE holds two codes: that of next-item rows and that of rows of items bought together. It is a section of
//! its own, because rows also travel a few at a time, and a code is as long as several of them.

#[cfg(feature = "names")]
mod words;
#[cfg(feature = "std")]
mod write;

#[cfg(feature = "names")]
pub use words::{Code, distance};
#[cfg(feature = "std")]
pub use write::Counter;

use super::SnapshotError;
use super::layout::CHECKED;
use alloc::boxed::Box;

/// Levels of a weight: 1 to this.
pub const LEVELS: u32 = 15;
/// Classes of numbers: what can be written is below `2^CLASSES - 1`.
const CLASSES: u32 = 24;
/// Pairs of class and level.
const PAIRS: usize = (CLASSES * LEVELS) as usize;
/// Longest code word, in bits.
pub const LONGEST: u32 = 12;
/// Bytes of a packed code: the length of each pair's word, two a byte.
pub const PACKED: usize = PAIRS / 2;

/// A code, ready to read: for each value of the next twelve bits, the width of the entry (7 bits, highest), the class (5) and
/// the level (4). The width comes with the same look, because the next entry cannot be read before it is known.
#[derive(Clone)]
pub struct CodeTable(Box<[u16; 1 << LONGEST]>);

impl Default for CodeTable {
    fn default() -> Self {
        Self(Box::new([0; 1 << LONGEST]))
    }
}

impl core::fmt::Debug for CodeTable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CodeTable")
    }
}

impl CodeTable {
    /// Reads the section CODE: the code of next-item rows, then that of rows of items bought together.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if it does not hold two complete codes and nothing else.
    pub fn both(section: &[u8]) -> Result<[Self; 2], SnapshotError> {
        let cut = || SnapshotError::malformed("CODE", "it does not hold two codes");
        let (Some(next), Some((_, together))) = (section.first_chunk(), section.split_last_chunk()) else {
            return Err(cut());
        };
        if CHECKED && section.len() != 2 * PACKED {
            return Err(cut());
        }
        Ok([Self::open(next)?, Self::open(together)?])
    }

    /// Reads a packed code.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if the words would not fill the table exactly.
    pub fn open(packed: &[u8; PACKED]) -> Result<Self, SnapshotError> {
        let malformed = || SnapshotError::malformed("CODE", "a code is not complete");
        let length = |at: usize| u32::from(packed[at / 2] >> (4 - at % 2 * 4) & 15);
        // Canonical words count up; a word of fewer bits than twelve stands for all that begin with it.
        let mut table = Self::default();
        let places = &mut table.0;
        let mut word = 0_u32;
        for wanted in 1..=LONGEST {
            for at in 0..PAIRS {
                if length(at) != wanted {
                    continue;
                }
                if CHECKED && word >> wanted != 0 {
                    return Err(malformed());
                }
                let (class, level) = (at as u16 / LEVELS as u16, at as u16 % LEVELS as u16 + 1);
                let first = word.reverse_bits() >> (32 - wanted);
                let mut place = first as usize;
                while place < places.len() {
                    places[place] = (wanted as u16 + class) << 9 | class << 4 | level;
                    place += 1 << wanted;
                }
                word += 1;
            }
            word <<= 1;
        }
        if !CHECKED || word == 2 << LONGEST { Ok(table) } else { Err(malformed()) }
    }

    /// The table itself, for a loop that would else look it up for every entry.
    #[inline(always)]
    pub fn reader(&self) -> EntryReader<'_> {
        EntryReader(&self.0)
    }
}

/// Reads entries by a [`CodeTable`].
#[derive(Clone, Copy)]
pub struct EntryReader<'a>(&'a [u16; 1 << LONGEST]);

impl EntryReader<'_> {
    /// The entry at the head of a window: its number, its level, and the bits it takes.
    #[inline(always)]
    pub fn read(self, window: u64) -> (u32, u32, u32) {
        let place = u32::from(self.0[(window & ((1 << LONGEST) - 1)) as usize]);
        let (width, class, level) = (place >> 9, place >> 4 & 31, place & 15);
        // The highest bit of the number plus one is not written: it is known.
        let below = (1 << class) - 1;
        (((window >> (width - class)) as u32 & below).wrapping_add(below), level, width)
    }
}
