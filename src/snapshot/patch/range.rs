//! A range coder for single bits: what is likely takes less than a bit.
//!
//! Every bit of a patch has a guess of its own, the share of ones among the bits coded with it so far, the newer ones
//! counting more. A bit that was expected with probability p takes `-log2 p` bits. The arithmetic is the carry-less coder of
//! Matt Mahoney's lpaq: two bounds of 32 bits, whose equal first bytes are written out.
//!
//! Writing and reading are one code: every function of the patch is written once, for any [`Coder`], and passes
//! the value that a writer has to write. A reader ignores it and returns what it has read. So the two cannot drift apart.
//!
//! Invariants: nothing here panics or allocates while reading; past the end a reader reads zeros, which the patch's
//! checksums find out.

#[cfg(feature = "std")]
use alloc::vec::Vec;

/// The guess for one bit, in 65,536ths, as the mean of two: one follows quickly, one slowly.
#[derive(Clone, Copy)]
pub(super) struct Guess(u16, u16);

impl Guess {
    /// Nothing is known yet.
    pub(super) const NONE: Self = Self(1 << 15, 1 << 15);

    /// The probability of a one in 131,072ths, never certain.
    #[inline(always)]
    fn one(self) -> u32 {
        (u32::from(self.0) + u32::from(self.1)).clamp(64, (1 << 17) - 64)
    }

    #[inline(always)]
    fn learn(&mut self, bit: bool) {
        if bit {
            self.0 += (u16::MAX - self.0) >> 4;
            self.1 += (u16::MAX - self.1) >> 7;
        } else {
            self.0 -= self.0 >> 4;
            self.1 -= self.1 >> 7;
        }
    }
}

/// A writer or a reader of bits.
pub(super) trait Coder {
    /// One bit, by its guess.
    fn bit(&mut self, guess: &mut Guess, bit: bool) -> bool;

    /// A number of `width` bits, of which nothing is known. `width` is at most 64.
    fn plain(&mut self, number: u64, width: u32) -> u64 {
        let mut coded = 0;
        for at in (0..width).rev() {
            coded = coded << 1 | u64::from(self.bit(&mut Guess(1 << 15, 1 << 15), number >> at & 1 == 1));
        }
        coded
    }

    /// A number of `width` bits, each guessed from those before it. `guesses` has `1 << width` places.
    fn tree(&mut self, guesses: &mut [Guess], width: u32, number: u32) -> u32 {
        let mut node = 1;
        for at in (0..width).rev() {
            let bit = self.bit(&mut guesses[node as usize & ((1 << width) - 1)], number >> at & 1 == 1);
            node = node << 1 | u32::from(bit);
        }
        node - (1 << width)
    }

    /// A number of any size below 2^32 - 1, small ones being likely: its class by a tree of [`CLASSES`] guesses, as in Elias'
    /// gamma code, and the bits below plain.
    fn number(&mut self, classes: &mut [Guess; CLASSES], number: u32) -> u32 {
        let above = u64::from(number) + 1;
        let class = self.tree(classes, 5, above.ilog2());
        let below = self.plain(above & !(1 << class), class);
        ((1 << class | below) - 1) as u32
    }
}

/// Guesses that [`Coder::number`] needs.
pub(super) const CLASSES: usize = 32;

/// Reads what an [`Encoder`] wrote.
pub(super) struct Decoder<'a> {
    low: u32,
    high: u32,
    code: u32,
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, code: 0, rest: bytes };
        (0..4).for_each(|_| decoder.shift());
        decoder
    }

    fn shift(&mut self) {
        let next = self.rest.split_first().map_or(0, |(first, rest)| {
            self.rest = rest;
            *first
        });
        self.code = self.code << 8 | u32::from(next);
    }
}

/// Where an interval is cut: what is not above belongs to a one.
#[inline(always)]
fn cut(low: u32, high: u32, guess: Guess) -> u32 {
    low + ((u64::from(high - low) * u64::from(guess.one())) >> 17) as u32
}

impl Coder for Decoder<'_> {
    fn bit(&mut self, guess: &mut Guess, _: bool) -> bool {
        let cut = cut(self.low, self.high, *guess);
        let bit = self.code <= cut;
        *(if bit { &mut self.high } else { &mut self.low }) = if bit { cut } else { cut + 1 };
        guess.learn(bit);
        while (self.low ^ self.high) >> 24 == 0 {
            (self.low, self.high) = (self.low << 8, self.high << 8 | 255);
            self.shift();
        }
        bit
    }
}

/// Writes bits.
#[cfg(feature = "std")]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    out: Vec<u8>,
}

#[cfg(feature = "std")]
impl Encoder {
    /// A writer that goes on after these bytes.
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { low: 0, high: u32::MAX, out }
    }

    /// Everything written. Zeros follow a last byte that lies between the bounds, whatever follows it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.push((self.low >> 24) as u8 + 1);
        self.out
    }
}

#[cfg(feature = "std")]
impl Coder for Encoder {
    fn bit(&mut self, guess: &mut Guess, bit: bool) -> bool {
        let cut = cut(self.low, self.high, *guess);
        *(if bit { &mut self.high } else { &mut self.low }) = if bit { cut } else { cut + 1 };
        guess.learn(bit);
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            (self.low, self.high) = (self.low << 8, self.high << 8 | 255);
        }
        bit
    }
}

/// Writes nothing. It tells what a reader would rebuild.
#[cfg(feature = "std")]
pub(super) struct Rehearsal;

#[cfg(feature = "std")]
impl Coder for Rehearsal {
    fn bit(&mut self, _: &mut Guess, bit: bool) -> bool {
        bit
    }
}
