//! The code as the trainer makes it: counted, and of limited length.

use super::words::{Code, class, pair};
use super::{LEVELS, LONGEST, PAIRS};
use alloc::vec::Vec;

/// Counts pairs, so that a code can be made for them. Every count begins at 1, so that pairs which never occur get a word
/// too: a long one.
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
        // Less the one that every count begins with.
        let counted = || self.0.iter().enumerate().map(|(at, count)| (at as u32 / LEVELS, (count - 1) as f64));
        let total: f64 = counted().map(|(_, count)| count).sum();
        let bits = |(class, count): (u32, f64)| count * (f64::from(class) - (count / total).log2());
        counted().filter(|(_, count)| *count > 0.0).map(bits).sum::<f64>() / total.max(1.0)
    }

    /// Bits that what was counted takes in a code.
    pub fn bits(&self, code: &Code) -> u64 {
        // Less the one that every count begins with.
        let pairs = self.0.iter().zip(code.lengths).enumerate();
        pairs.map(|(at, (count, length))| (count - 1) * (u64::from(length) + (at as u64 / u64::from(LEVELS)))).sum()
    }

    /// The best code for what was counted.
    pub fn code(&self) -> Code {
        Code::new(&self.lengths())
    }

    /// Lengths of the best code with no word longer than [`LONGEST`], by package-merge.
    ///
    /// In each round the packages of the round before are paired, the two cheapest first, and sorted in among the single
    /// pairs. After one round for each bit of the longest word, the cheapest `2n - 2` packages tell the lengths: a word is
    /// as long as its pair occurs in them. (Plain Huffman codes give rare pairs longer words than a table of 4,096 places
    /// can hold.)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::bits::BitWriter;
    use crate::snapshot::code::{CodeTable, PACKED};

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
        let table = CodeTable::open(&code.pack()).unwrap();
        let reader = table.reader();
        let mut at = 0;
        for entry in entries() {
            let (number, level, width) = reader.read(crate::snapshot::bits::window(&bytes, at));
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
        assert!(CodeTable::open(&packed).is_ok());
        for at in 0..PACKED {
            for flip in [0x01, 0x10, 0xff] {
                let mut bad = packed;
                bad[at] ^= flip;
                assert!(CodeTable::open(&bad).is_err(), "byte {at}");
            }
        }
    }
}
