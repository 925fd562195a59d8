//! Copies for the writer of a patch: the longest of a few candidates, found by a hash of four bytes.
//!
//! It is greedy and looks at few places, because what it works on is small: the large sections have codes of their own.

use super::bytes::Step;
use std::collections::HashMap;

/// Bytes that a copy from a new place must have to be worth its address.
const SHORTEST: usize = 5;
/// Places looked at.
const PLACES: usize = 24;

/// Finds steps that lead to a section.
pub(super) struct Finder<'a> {
    base: &'a [u8],
    want: &'a [u8],
    /// By four bytes, the places at which they stand, in the base and in what is done.
    places: HashMap<[u8; 4], Vec<usize>>,
    /// Bytes of the section that stand in `places`.
    known: usize,
}

impl<'a> Finder<'a> {
    pub(super) fn new(base: &'a [u8], want: &'a [u8]) -> Self {
        let mut places: HashMap<[u8; 4], Vec<usize>> = HashMap::new();
        for at in 0..base.len().saturating_sub(3) {
            if let Some(four) = base[at..].first_chunk() {
                places.entry(*four).or_default().push(at);
            }
        }
        Self { base, want, places, known: 0 }
    }

    /// The next step once `done` bytes are written, up to `end`; a copy from `next` is cheap.
    pub(super) fn find(&mut self, done: usize, end: usize, next: usize) -> Step {
        while self.known + 4 <= done {
            if let Some(four) = self.want.get(self.known..).and_then(<[u8]>::first_chunk) {
                self.places.entry(*four).or_default().push(self.base.len() + self.known);
            }
            self.known += 1;
        }
        let on = self.reach(next, done, end);
        let rest = self.want.get(done..).unwrap_or_default();
        let known = rest.first_chunk::<4>().and_then(|four| self.places.get(four));
        let places = known.into_iter().flat_map(|places| places.iter().rev().take(PLACES));
        let longest = places.map(|from| (self.reach(*from, done, end), *from)).max().unwrap_or_default();
        match longest {
            (len, from) if len >= SHORTEST && len > on + SHORTEST => Step::Copy { from, len },
            _ if on > 0 => Step::Copy { from: next, len: on },
            _ => Step::Byte(self.want.get(done).copied().unwrap_or_default()),
        }
    }

    /// How many bytes at a place are those that are wanted.
    fn reach(&self, from: usize, done: usize, end: usize) -> usize {
        let wanted = self.want.get(done..end).unwrap_or_default();
        let stands = |at: usize| self.base.get(at).or_else(|| self.want.get(at - self.base.len()));
        let here = from < self.base.len() + done;
        let same = |at: &usize| stands(from + at) == Some(&wanted[*at]);
        if here { (0..wanted.len()).take_while(same).count() } else { 0 }
    }
}
