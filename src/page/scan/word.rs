//! Byte classes of HTML, and searches that test eight bytes at a time in one 64-bit word.
//!
//! A mask has the highest bit of each byte that matches. Its lowest set bit is always right. Bits above it can be wrong,
//! so a mask only tells whether there is a match, and where the first one is.

/// Whether the byte is white space in HTML.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0x0c)
}

/// The bytes that end the name of an attribute.
const ENDS_NAME: [bool; 64] = {
    let mut table = [false; 64];
    let ends = b"=>/ \n\t\r\x0c";
    let mut at = 0;
    while at < ends.len() {
        table[ends[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether the byte ends the name of an attribute.
#[inline(always)]
pub(crate) fn ends_name(byte: u8) -> bool {
    byte < 64 && ENDS_NAME[byte as usize & 63]
}

/// Whether the byte ends the name of a tag.
#[inline(always)]
pub(crate) fn ends_tag_name(byte: u8) -> bool {
    ends_name(byte) && byte != b'='
}

/// A word with the lowest bit of each byte set.
pub(crate) const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Mask of the bytes below `limit`, which must be at most 128.
#[inline(always)]
pub(crate) const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(LOW * limit as u64) & !word & HIGH
}

/// Mask of the bytes equal to `byte`.
#[inline(always)]
pub(crate) const fn is(word: u64, byte: u8) -> u64 {
    below(word ^ (LOW * byte as u64), 1)
}

/// The bytes with ASCII letters in lower case.
#[inline(always)]
pub(crate) const fn lower(word: u64) -> u64 {
    let low = word & !HIGH;
    // No sum carries over into the next byte.
    let from_a = low + LOW * (0x80 - b'A') as u64;
    let past_z = low + LOW * (0x7f - b'Z') as u64;
    word | ((from_a & !past_z & !word & HIGH) >> 2)
}

/// The eight bytes at `at` as a word, first byte lowest.
#[inline(always)]
pub(crate) fn eight(input: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*input.get(at..)?.first_chunk()?))
}

/// Position of the first `byte` at or after `at`.
#[inline]
pub(crate) fn find(input: &[u8], at: usize, byte: u8) -> Option<usize> {
    let (eights, rest) = input.get(at..)?.as_chunks::<8>();
    for (number, eight) in eights.iter().enumerate() {
        let found = is(u64::from_le_bytes(*eight), byte);
        if found != 0 {
            return Some(at + number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|found| *found == byte).map(|found| at + eights.len() * 8 + found)
}

/// Position of the last `byte`.
pub(crate) fn rfind(input: &[u8], byte: u8) -> Option<usize> {
    let (first, eights) = input.as_rchunks::<8>();
    for (number, eight) in eights.iter().enumerate().rev() {
        if is(u64::from_le_bytes(*eight), byte) != 0 {
            let found = eight.iter().rposition(|found| *found == byte)?;
            return Some(first.len() + number * 8 + found);
        }
    }
    first.iter().rposition(|found| *found == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        let text = b"0123456789abcdefghi<x";
        for at in 0..=19 {
            assert_eq!(find(text, at, b'<'), Some(19));
        }
        assert_eq!((find(text, 20, b'<'), find(text, 99, b'x')), (None, None));
        for len in 0..text.len() {
            let (part, last) = (&text[..len], text[..len].iter().rposition(|byte| *byte == b'3'));
            assert_eq!((rfind(part, b'3'), rfind(part, b'#')), (last, None));
        }
    }

    #[test]
    fn every_byte_gets_the_mark_and_the_case_that_are_its_own() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let bytes = core::array::from_fn(|at| if at == place { byte } else { b'~' });
                let word = u64::from_le_bytes(bytes);
                assert_eq!(lower(word).to_le_bytes(), bytes.map(|byte| byte.to_ascii_lowercase()));
                let first = |mask: u64| (mask != 0).then(|| mask.trailing_zeros() as usize / 8);
                assert_eq!(first(below(word, 0x21)), (byte < 0x21).then_some(place));
                assert_eq!(first(is(word, b'/')), (byte == b'/').then_some(place));
            }
        }
    }
}
