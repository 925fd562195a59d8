//! Bit packing: arrays of numbers with equal width, and bit streams.
//!
//! Bits are stored from the least significant up, so one little-endian load (the only kind in WebAssembly) and one shift
//! bring the next bits to the bottom of a word. A reader loads eight bytes at a time. Up to seven of the bits loaded belong
//! to the number before, so 57 remain: the greatest width that one load can serve.

use super::layout::{CHECKED, chunk};
use alloc::vec::Vec;

/// A bit writer. The least significant bit of each number comes first.
#[derive(Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    used: u32,
}

impl BitWriter {
    /// A writer that goes on after these bytes.
    #[cfg(feature = "names")]
    pub fn after(bytes: Vec<u8>) -> Self {
        Self { bytes, used: 0 }
    }

    /// Appends the low `width` bits of `value`; `width` at most 57.
    pub fn put(&mut self, value: u64, width: u32) {
        let (mut value, mut left) = (value, width);
        while left > 0 {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let taken = left.min(8 - self.used);
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value & ((1 << taken) - 1)) as u8) << self.used;
            }
            self.used = (self.used + taken) % 8;
            (value, left) = (value >> taken, left - taken);
        }
    }

    /// Appends whole bytes. The last byte must be full.
    #[cfg(feature = "names")]
    pub fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is written so far, to be changed in place.
    #[cfg(feature = "names")]
    pub fn written(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Fills the last byte with ones.
    pub fn align(&mut self) {
        self.put(u64::MAX, (8 - self.used) % 8);
    }

    /// Number of bytes written so far, including an incomplete one.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// At least 57 bits from bit `at` on; the first one is the least significant. Bits past the end read as zeros.
#[inline(always)]
pub fn window(bytes: &[u8], at: usize) -> u64 {
    let byte = at / 8;
    let word = match bytes.get(byte..byte + 8).and_then(|word| word.try_into().ok()) {
        Some(word) => u64::from_le_bytes(word),
        None => bytes.get(byte..).unwrap_or_default().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    word >> (at % 8)
}

/// A packed array of numbers with equal width, read in place. Header: length (4 bytes), width (1), zeros (3).
#[derive(Clone, Copy, Debug, Default)]
pub struct BitArray<'a> {
    bytes: &'a [u8],
    len: u32,
    width: u32,
}

impl<'a> BitArray<'a> {
    /// Packs numbers below 2^56, with the width of the largest one.
    pub fn encode(values: &[u64]) -> Vec<u8> {
        let width = values.iter().max().map_or(0, |max| 64 - max.leading_zeros());
        let mut out = (values.len() as u32).to_le_bytes().to_vec();
        out.extend_from_slice(&[width as u8, 0, 0, 0]);
        let mut bits = BitWriter::default();
        for value in values {
            bits.put(*value, width);
        }
        out.extend(bits.finish());
        out
    }

    /// Opens an array at the start of `bytes` and returns it with the remaining bytes. `None` if there are too few bytes
    /// or if the width exceeds 56.
    pub fn open(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let len = u32::from_le_bytes(chunk(bytes, 0)?);
        let width = u32::from_le_bytes(chunk(bytes, 4)?);
        if CHECKED && width > 56 {
            return None;
        }
        let size = usize::try_from((u64::from(len) * u64::from(width)).div_ceil(8)).ok()?;
        let (bytes, rest) = bytes.get(8..)?.split_at_checked(size)?;
        Some((Self { bytes, len, width }, rest))
    }

    /// Width of a number in bits.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entry at `index`; 0 past the end. Not inlined: what is read often has a reader of its own, and one copy takes fewer
    /// bytes.
    #[inline(never)]
    pub fn get(&self, index: usize) -> u64 {
        if index >= self.len() || self.width == 0 {
            return 0;
        }
        window(self.bytes, index * self.width as usize) & (u64::MAX >> (64 - self.width))
    }

    /// All entries.
    #[inline(always)]
    pub fn iter(self) -> impl Iterator<Item = u64> + 'a {
        (0..self.len()).map(
            #[inline(always)]
            move |index| self.get(index),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_in_order_and_a_byte_is_filled_up_with_ones() {
        let mut writer = BitWriter::default();
        for (value, width) in [(1, 1), (0x2a5, 10), (5, 57), (0, 0), (1, 3)] {
            writer.put(value, width);
        }
        writer.align();
        assert_eq!(writer.len(), 9);
        let bytes = writer.finish();
        let mut at = 0;
        for (value, width) in [(1, 1), (0x2a5, 10), (5, 57), (1, 3), (1, 1)] {
            assert_eq!(window(&bytes, at) & (u64::MAX >> (64 - width)), value);
            at += width;
        }
        assert_eq!((at, window(&bytes, at)), (72, 0));
    }

    #[test]
    fn arrays_come_back_and_stop_at_their_end() {
        for values in [alloc::vec![], alloc::vec![0, 0], alloc::vec![5, 1 << 48, 3]] {
            let mut bytes = BitArray::encode(&values);
            bytes.push(77);
            let (array, rest) = BitArray::open(&bytes).unwrap();
            assert_eq!(array.iter().collect::<Vec<_>>(), values);
            assert_eq!((array.get(9), rest), (0, &[77][..]));
            assert!(BitArray::open(&bytes[..7]).is_none());
        }
    }
}
