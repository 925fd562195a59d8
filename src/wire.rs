//! Numbers, texts and lists as bytes: postcard's own format, read without serde's visitors.
//!
//! Every byte of this code travels to the shopper, so it is small. A [`Reader`] that has run out yields zeros and reports
//! this once, at the end ([`Reader::is_done`]), instead of returning a `Result` for every field. Serde's derived readers
//! of the same structures would take 5 kB more (brotli). The trainer writes with postcard itself; the tests of
//! `snapshot::section` compare the two.
//!
//! Invariants: no read panics, whatever the bytes. A list never has more entries than there are bytes left, so a forged
//! length cannot allocate more than that.

use crate::text::utf8;
use alloc::{string::String, vec::Vec};

/// A reader of bytes.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    bad: bool,
}

impl<'a> Reader<'a> {
    /// A reader that starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bad: false }
    }

    /// Whether everything read so far existed and was well formed, and nothing is left.
    pub fn is_done(&self) -> bool {
        !self.bad && self.bytes.is_empty()
    }

    /// Marks the input as malformed.
    pub fn refuse(&mut self) {
        self.bad = true;
    }

    /// The next byte; 0 past the end.
    #[inline(never)]
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            self.bad = true;
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// A number in LEB128: seven bits per byte, lowest first. Not inlined, like all readers here that many types use: one
    /// copy takes fewer bytes.
    #[inline(never)]
    pub fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            if shift > 63 {
                self.bad = true;
                return 0;
            }
            number |= u64::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return number;
            }
        }
    }

    /// The number of entries that follow. Each entry takes at least one byte, so a larger number is refused.
    pub fn count(&mut self) -> usize {
        let len = self.number();
        if len > self.bytes.len() as u64 {
            self.bad = true;
            return 0;
        }
        len as usize
    }

    /// Reads as many entries as follow.
    #[inline(never)]
    pub fn each(&mut self, read: &mut dyn FnMut(&mut Self)) {
        for _ in 0..self.count() {
            read(self);
        }
    }

    /// A borrowed text; empty if it is truncated or not UTF-8.
    #[inline(never)]
    pub fn text(&mut self) -> &'a str {
        let len = self.count();
        let (text, rest) = self.bytes.split_at(len.min(self.bytes.len()));
        self.bytes = rest;
        utf8(text).unwrap_or_else(|| {
            self.bad = true;
            ""
        })
    }
}

/// A type that can be read from bytes.
pub trait Read: Sized {
    /// Reads one value. On malformed input it returns any value of the type, and the reader is marked.
    fn read(from: &mut Reader<'_>) -> Self;
}

/// Reads one value that takes up all bytes; `None` if it does not.
pub fn read_all<T: Read>(bytes: &[u8]) -> Option<T> {
    let mut from = Reader::new(bytes);
    let value = T::read(&mut from);
    from.is_done().then_some(value)
}

/// Writes a number in LEB128.
#[inline(never)]
pub fn put(mut number: u64, to: &mut Vec<u8>) {
    while number > 127 {
        to.push(number as u8 | 128);
        number >>= 7;
    }
    to.push(number as u8);
}

impl Read for u8 {
    fn read(from: &mut Reader<'_>) -> Self {
        from.byte()
    }
}

impl Read for bool {
    fn read(from: &mut Reader<'_>) -> Self {
        let byte = from.byte();
        if byte > 1 {
            from.refuse();
        }
        byte == 1
    }
}

macro_rules! unsigned {
    ($($t:ty)*) => {$(impl Read for $t {
        fn read(from: &mut Reader<'_>) -> Self {
            let number = from.number();
            Self::try_from(number).unwrap_or_else(|_| {
                from.refuse();
                0
            })
        }
    })*};
}
unsigned!(u16 u32 u64);

// Zigzag: 0, -1, 1, -2 are 0, 1, 2, 3, so that small negative numbers are short too.
macro_rules! signed {
    ($($t:ty)*) => {$(impl Read for $t {
        fn read(from: &mut Reader<'_>) -> Self {
            let number = from.number();
            Self::try_from((number >> 1) as i64 ^ -((number & 1) as i64)).unwrap_or_else(|_| {
                from.refuse();
                0
            })
        }
    })*};
}
signed!(i16 i32);

impl Read for String {
    fn read(from: &mut Reader<'_>) -> Self {
        from.text().into()
    }
}

impl<T: Read> Read for Vec<T> {
    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        let mut list = Self::new();
        from.each(&mut |from| list.push(T::read(from)));
        list
    }
}

impl<T: Read> Read for Option<T> {
    fn read(from: &mut Reader<'_>) -> Self {
        bool::read(from).then(|| T::read(from))
    }
}

impl<T: Read, const N: usize> Read for [T; N] {
    fn read(from: &mut Reader<'_>) -> Self {
        core::array::from_fn(|_| T::read(from))
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(from: &mut Reader<'_>) -> Self {
        (A::read(from), B::read(from))
    }
}

/// Declares how a type is read: a struct by its fields, in order; an enum without fields by its variants. Omitting a
/// field does not compile.
macro_rules! readable {
    (struct $name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::wire::Read for $name {
            fn read(from: &mut $crate::wire::Reader<'_>) -> Self {
                $(let $field = $crate::wire::Read::read(from);)*
                Self { $($field),* }
            }
        }
    };
    (enum $name:ident { $first:ident $(, $variant:ident)* $(,)? }) => {
        impl $crate::wire::Read for $name {
            fn read(from: &mut $crate::wire::Reader<'_>) -> Self {
                const ALL: &[$name] = &[$name::$first, $($name::$variant),*];
                ALL.get(from.number() as usize).copied().unwrap_or_else(|| {
                    from.refuse();
                    $name::$first
                })
            }
        }
    };
}
pub(crate) use readable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postcard_writes_is_read_alike() {
        type Mixed = (Vec<(u16, i32)>, (Option<String>, ([u8; 3], (u64, (bool, (i16, u32))))));
        for value in [
            (
                vec![(0, 0), (300, -1), (u16::MAX, i32::MIN)],
                (Some("Ünï".into()), ([1, 2, 255], (u64::MAX, (true, (-7, 9))))),
            ),
            (vec![], (None, ([0; 3], (127, (false, (i16::MAX, u32::MAX)))))),
        ] {
            let bytes = postcard::to_allocvec(&value).unwrap();
            assert_eq!(read_all::<Mixed>(&bytes), Some(value));
            for cut in 0..bytes.len() {
                assert_eq!(read_all::<Mixed>(&bytes[..cut]), None, "cut at {cut}");
            }
            let longer = [&bytes[..], &[0]].concat();
            assert_eq!(read_all::<Mixed>(&longer), None);
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let mut bytes = Vec::new();
        put(70_000, &mut bytes);
        assert_eq!((read_all::<u16>(&bytes), read_all::<u32>(&bytes)), (None, Some(70_000)));
        assert_eq!(read_all::<u64>(&[255; 11]), None);
        assert_eq!(read_all::<bool>(&[2]), None);
        assert_eq!(read_all::<String>(&[1, 0xff]), None);
    }

    #[test]
    fn a_forged_length_allocates_nothing() {
        let mut bytes = Vec::new();
        put(u64::from(u32::MAX), &mut bytes);
        assert_eq!(read_all::<Vec<u64>>(&bytes), None);
    }
}
