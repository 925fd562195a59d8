//! Questions and answers as two lists: whole numbers of 32 bits, and texts, each with a NUL behind it.
//!
//! Both sides take from both lists in the same order. What is past the end is 0, and empty; so a question that
//! was cut is answered as if less had been asked, and nothing panics.

use crate::host::Flag;
use alloc::vec::Vec;

/// A question: numbers, then texts.
pub struct Question<'a> {
    numbers: &'a [u8],
    texts: &'a str,
}

/// Most entries a question may list.
const MAX_LISTED: i32 = 4096;

impl<'a> Question<'a> {
    /// Reads a buffer of which so many numbers come first.
    pub fn of(bytes: &'a [u8], numbers: usize) -> Self {
        let (numbers, texts) = bytes.split_at(numbers.saturating_mul(4).min(bytes.len()));
        Self { numbers, texts: core::str::from_utf8(texts).unwrap_or_default() }
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

    /// The next text.
    pub fn text(&mut self) -> &'a str {
        let at = self.texts.bytes().position(|byte| byte == 0).unwrap_or(self.texts.len());
        // Both places are beside an ASCII byte or at an end.
        let text = self.texts.get(..at).unwrap_or_default();
        self.texts = self.texts.get(at + 1..).unwrap_or_default();
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
    /// Begins a new answer in the same memory.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.texts.clear();
    }

    /// Adds a number.
    pub fn number(&mut self, number: i32) {
        self.numbers.push(number);
    }

    /// Adds a number that may be unknown.
    pub fn known(&mut self, number: Option<i32>) {
        self.number(number.unwrap_or(Flag::UNKNOWN));
    }

    /// Adds a number of 64 bits as two, the lower half first.
    pub fn long(&mut self, number: u64) {
        self.number(number as i32);
        self.number((number >> 32) as i32);
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.texts.extend_from_slice(text.as_bytes());
        self.texts.push(0);
    }
}
