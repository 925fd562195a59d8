//! The code, ready to write.
//!
//! Only the lengths of the words travel. Words are canonical: they follow from the lengths by counting up, and
//! [`CodeTable::open`](super::CodeTable::open) counts the same way. The trainer writes rows, and so does whoever
//! rebuilds a snapshot from a patch.

use super::super::bits::BitWriter;
use super::{LEVELS, LONGEST, PACKED, PAIRS};

/// Class of a number.
#[inline(always)]
pub(super) fn class(number: u32) -> u32 {
    (number + 1).ilog2()
}

/// The place of a pair of class and level (1 to [`LEVELS`]) in all tables of pairs.
pub(super) fn pair(class: u32, level: u32) -> usize {
    (class * LEVELS + level - 1) as usize
}

/// What stands for a neighbour in the row of `own`: the first relative to `own`, even numbers upwards and odd ones downwards;
/// each further one by how many it leaves out.
pub fn distance(own: u32, before: Option<u32>, item: u32) -> u32 {
    match before {
        Some(before) => item - before - 1,
        None if item >= own => (item - own) << 1,
        None => ((own - item) << 1) - 1,
    }
}

/// A code, ready to write.
pub struct Code {
    pub(super) lengths: [u8; PAIRS],
    pub(super) words: [u16; PAIRS],
}

impl Code {
    /// Canonical words: by length, and of one length by number of the pair.
    pub(super) fn new(lengths: &[u8; PAIRS]) -> Self {
        let mut words = [0; PAIRS];
        let mut next = 0_u32;
        for length in 1..=LONGEST {
            for at in 0..PAIRS {
                if u32::from(lengths[at]) == length {
                    // The first bit of a word is the lowest of what is written.
                    words[at] = (next as u16).reverse_bits() >> (16 - length);
                    next += 1;
                }
            }
            next <<= 1;
        }
        Self { lengths: *lengths, words }
    }

    /// Bits an entry takes.
    pub fn width(&self, number: u32, level: u32) -> u32 {
        let class = class(number);
        u32::from(self.lengths[pair(class, level)]) + class
    }

    /// Writes an entry: a number below `2^24 - 1` with a level from 1 to [`LEVELS`].
    pub fn put(&self, bits: &mut BitWriter, number: u32, level: u32) {
        let class = class(number);
        let at = pair(class, level);
        // The writer takes the low bits: of the number plus one all but the highest, which the class implies.
        bits.put(u64::from(self.words[at]), u32::from(self.lengths[at]));
        bits.put(u64::from(number + 1), class);
    }

    /// Writes a row of item `own`: its entries in ascending order of neighbours, filled up to a whole byte.
    pub fn row(&self, bits: &mut BitWriter, own: u32, row: &[(u32, u32)]) {
        let mut before = None;
        for (item, level) in row {
            self.put(bits, distance(own, before.replace(*item), *item), *level);
        }
        bits.align();
    }

    /// The code whose lengths [`Code::pack`] gave. Lengths that make no code give one that nobody can read.
    pub fn open(packed: &[u8; PACKED]) -> Self {
        Self::new(&core::array::from_fn(|at| packed[at / 2] >> (4 - at % 2 * 4) & 15))
    }

    /// The lengths of the words, from which `CodeTable::open` makes the words again.
    pub fn pack(&self) -> [u8; PACKED] {
        core::array::from_fn(|at| self.lengths[2 * at] << 4 | self.lengths[2 * at + 1])
    }
}
