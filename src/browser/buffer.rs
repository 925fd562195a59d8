//! Questions and answers as two lists: 32-bit whole numbers (little-endian), and texts that each end with a NUL.
//!
//! Both sides read both lists in the same order, so there is no schema, and a reader is a few instructions. The price: the
//! two sides must be changed together. A test drives one with the other.
//!
//! Invariant: reading past the end gives 0 and empty texts. A truncated question is answered as if less had been asked, and
//! nothing panics.

use crate::host::Flag;
use crate::text::{until, utf8};
use alloc::vec::Vec;

/// A question: numbers, then texts.
pub struct Question<'a> {
    numbers: &'a [u8],
    texts: &'a str,
}

/// Most entries of a list in a question. A wrong count must not make the engine loop for seconds over empty texts.
const MAX_LISTED: i32 = 4096;

impl<'a> Question<'a> {
    /// Reads a buffer that starts with this many numbers; the rest are texts.
    pub fn of(bytes: &'a [u8], numbers: usize) -> Self {
        let (numbers, texts) = bytes.split_at(numbers.saturating_mul(4).min(bytes.len()));
        Self { numbers, texts: utf8(texts).unwrap_or_default() }
    }

    /// The next number.
    pub fn number(&mut self) -> i32 {
        let Some((number, rest)) = self.numbers.split_first_chunk() else { return 0 };
        self.numbers = rest;
        i32::from_le_bytes(*number)
    }

    /// The next two numbers as one: the lower half first.
    pub fn long(&mut self) -> u64 {
        let low = self.number() as u32;
        u64::from(low) | u64::from(self.number() as u32) << 32
    }

    /// The next number as a count of what follows.
    pub fn count(&mut self) -> i32 {
        self.number().clamp(0, MAX_LISTED)
    }

    /// The next list of bytes, a number each.
    pub fn bytes(&mut self) -> Vec<u8> {
        (0..self.count()).map(|_| self.number() as u8).collect()
    }

    /// The next text.
    pub fn text(&mut self) -> &'a str {
        let text = until(self.texts, b"\0");
        // `get` instead of slicing: it cannot panic, and panics cost bytes.
        self.texts = self.texts.get(text.len() + 1..).unwrap_or_default();
        text
    }
}

/// An answer: numbers and texts.
#[derive(Default)]
pub struct Answer {
    /// Whole numbers.
    pub numbers: Vec<i32>,
    /// Texts, each with a NUL behind it.
    pub texts: Vec<u8>,
}

impl Answer {
    /// Starts a new answer in the same memory.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.texts.clear();
    }

    /// Adds a number.
    pub fn number(&mut self, number: i32) {
        self.numbers.push(number);
    }

    /// Adds a number that may be unknown. The list has no nulls, so one value stands for it.
    pub fn known(&mut self, number: Option<i32>) {
        self.number(number.unwrap_or(Flag::UNKNOWN));
    }

    /// Adds a number of 64 bits as two, the lower half first.
    pub fn long(&mut self, number: u64) {
        self.number(number as i32);
        self.number((number >> 32) as i32);
    }

    /// Adds a list of bytes, a number each.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as i32);
        for byte in bytes {
            self.number((*byte).into());
        }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.texts.extend_from_slice(text.as_bytes());
        self.texts.push(0);
    }
}
