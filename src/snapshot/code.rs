//! The code of a row's entries: one prefix code for a number's size and its weight level together.
//!
//! A number `n` is split as Elias split it: its class, the place of the highest bit of `n + 1`, and the
//! bits below, which are as good as random and stand as they are. Class and level are not: small
//! distances and low levels are common, and which goes with which depends on the shop. So the trainer
//! counts the pairs and gives them a prefix code of at most [`LONGEST`] bits (Larmore and Hirschberg, "A
//! fast algorithm for optimal length-limited Huffman codes", JACM 1990), and a host reads a pair by one
//! look into a table of 4,096 places.
//!
//! Every pair has a code word, also those that were never counted, so that any row can be written with
//! any table. As there are over 255 of them, the word that is all ones has eight bits or more: less than
//! eight ones at the end of a row are padding and nothing else.

use super::SnapshotError;
use super::bits::BitWriter;
use super::rows::LEVELS;
use alloc::{boxed::Box, vec::Vec};

/// Classes of numbers: what can be written is below `2^CLASSES - 1`.
const CLASSES: u32 = 24;
/// Pairs of class and level.
const PAIRS: usize = (CLASSES * LEVELS) as usize;
/// Longest code word, in bits.
pub const LONGEST: u32 = 12;
/// Bytes of a packed code: the length of each pair's word, two a byte.
pub const PACKED: usize = PAIRS / 2;

/// Class of a number.
#[inline(always)]
fn class(number: u32) -> u32 {
    (number + 1).ilog2()
}

fn pair(class: u32, level: u32) -> usize {
    (class * LEVELS + level - 1) as usize
}

/// Counts pairs, so that a code can be made for them.
pub struct Counter([u64; PAIRS]);

impl Default for Counter {
    fn default() -> Self {
        Self([1; PAIRS])
    }
}

impl Counter {
    /// Counts one entry.
    pub fn add(&mut self, number: u32, level: u32) {
        self.0[pair(class(number), level)] += 1;
    }

    /// Bits an entry takes at least, by the entropy of the pairs counted plus the bits that stand as they
    /// are: no code of single entries does better.
    pub fn entropy_bits(&self) -> f64 {
        let counted = || self.0.iter().enumerate().map(|(at, count)| (at as u32 / LEVELS, (count - 1) as f64));
        let total: f64 = counted().map(|(_, count)| count).sum();
        let bits = |(class, count): (u32, f64)| count * (f64::from(class) - (count / total).log2());
        counted().filter(|(_, count)| *count > 0.0).map(bits).sum::<f64>() / total.max(1.0)
    }

    /// The best code for what was counted.
    pub fn code(&self) -> Code {
        Code::new(&self.lengths())
    }

    /// Package-merge: of the cheapest packages of each width the two cheapest make one of the next.
    fn lengths(&self) -> [u8; PAIRS] {
        let mut singles: Vec<(u64, Vec<u16>)> =
            self.0.iter().enumerate().map(|(at, count)| (*count, alloc::vec![at as u16])).collect();
        singles.sort_by_key(|(count, _)| *count);
        let mut packages: Vec<(u64, Vec<u16>)> = Vec::new();
        for _ in 0..LONGEST {
            let mut all = singles.clone();
            let paired = packages.chunks_exact(2).map(|two| (two[0].0 + two[1].0, [&two[0].1[..], &two[1].1].concat()));
            all.extend(paired);
            all.sort_by_key(|(count, _)| *count);
            packages = all;
        }
        let mut lengths = [0; PAIRS];
        for (_, pairs) in packages.iter().take(2 * PAIRS - 2) {
            for at in pairs {
                lengths[usize::from(*at)] += 1;
            }
        }
        lengths
    }
}

/// A code, ready to write.
pub struct Code {
    lengths: [u8; PAIRS],
    words: [u16; PAIRS],
}

impl Code {
    /// Canonical words: by length, and of one length by number of the pair.
    fn new(lengths: &[u8; PAIRS]) -> Self {
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
        bits.put(u64::from(self.words[at]), u32::from(self.lengths[at]));
        bits.put(u64::from(number + 1), class);
    }

    /// The lengths of the words, from which [`Table::open`] makes the words again.
    pub fn pack(&self) -> [u8; PACKED] {
        core::array::from_fn(|at| self.lengths[2 * at] << 4 | self.lengths[2 * at + 1])
    }
}

/// A code, ready to read: by the next twelve bits, the width of the entry (7 bits: what the next entry waits
/// for), the class (5) and the level (4).
#[derive(Clone)]
pub struct Table(Box<[u16; 1 << LONGEST]>);

impl core::fmt::Debug for Table {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Table")
    }
}

impl Table {
    /// Reads a packed code.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if the words would not fill the table exactly.
    pub fn open(packed: &[u8; PACKED]) -> Result<Self, SnapshotError> {
        let malformed = SnapshotError::Malformed { section: "ROWS", why: "its code is not complete" };
        let length = |at: usize| u32::from(packed[at / 2] >> (4 - at % 2 * 4) & 15);
        // Canonical words count up; a word of fewer bits than twelve stands for all that begin with it.
        let mut places = [0; 1 << LONGEST];
        let mut word = 0_u32;
        for wanted in 1..=LONGEST {
            for at in (0..PAIRS).filter(|at| length(*at) == wanted) {
                if word >> wanted != 0 {
                    return Err(malformed);
                }
                let (class, level) = (at as u16 / LEVELS as u16, at as u16 % LEVELS as u16 + 1);
                let first = word.reverse_bits() >> (32 - wanted);
                for place in places[first as usize..].iter_mut().step_by(1 << wanted) {
                    *place = (wanted as u16 + class) << 9 | class << 4 | level;
                }
                word += 1;
            }
            word <<= 1;
        }
        if word == 2 << LONGEST { Ok(Self(Box::new(places))) } else { Err(malformed) }
    }

    /// The table itself, for a loop that would else look it up for every entry.
    #[inline(always)]
    pub fn reader(&self) -> Reader<'_> {
        Reader(&self.0)
    }
}

/// Reads entries by a [`Table`].
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a [u16; 1 << LONGEST]);

impl Reader<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<(u32, u32)> {
        (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> (8 + n % 24), 1 + n * n % LEVELS)).collect()
    }

    #[test]
    fn entries_come_back_and_take_little_more_than_their_entropy() {
        let mut counter = Counter::default();
        for (number, level) in entries() {
            counter.add(number, level);
        }
        let code = counter.code();
        let mut bits = BitWriter::default();
        for (number, level) in entries() {
            code.put(&mut bits, number, level);
        }
        let width: u32 = entries().into_iter().map(|(number, level)| code.width(number, level)).sum();
        let bytes = bits.finish();
        assert_eq!(bytes.len(), width.div_ceil(8) as usize);
        let table = Table::open(&code.pack()).unwrap();
        let reader = table.reader();
        let mut at = 0;
        for entry in entries() {
            let (number, level, width) = reader.read(super::super::bits::window(&bytes, at));
            assert_eq!((number, level), entry);
            at += width as usize;
        }
        let bits_each = f64::from(width) / 4000.0;
        assert!(bits_each >= counter.entropy_bits() && bits_each < counter.entropy_bits() + 0.3, "{bits_each}");
    }

    #[test]
    fn no_word_is_shorter_than_eight_ones() {
        let mut counter = Counter::default();
        (0..1_000_000).for_each(|_| counter.add(0, 1));
        let code = counter.code();
        assert_eq!(code.lengths[0], 1);
        let ones = |at: &usize| code.words[*at].count_ones() == u32::from(code.lengths[*at]);
        assert!((0..PAIRS).filter(ones).all(|at| code.lengths[at] >= 8));
    }

    #[test]
    fn a_code_with_gaps_or_overlaps_is_refused() {
        let packed = Counter::default().code().pack();
        assert!(Table::open(&packed).is_ok());
        for at in 0..PACKED {
            for flip in [0x01, 0x10, 0xff] {
                let mut bad = packed;
                bad[at] ^= flip;
                assert!(Table::open(&bad).is_err(), "byte {at}");
            }
        }
    }
}
