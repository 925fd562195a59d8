//! Text columns, read in place: the offsets of the items' texts, followed by all texts as one run of UTF-8.
//!
//! A column that the shop's log does not have takes 17 bytes, whatever the number of items.
//!
//! There is one offset more than there are texts: text `i` ends where text `i + 1` begins. Offsets count bytes of the run,
//! packed with the width of the largest one.

use super::bits::BitArray;
use super::layout::chunk;
use crate::text::utf8;
use alloc::vec::Vec;

/// A checked text column, by item number.
#[derive(Clone, Copy, Debug)]
pub struct TextColumn<'a>(BitArray<'a>);

impl<'a> TextColumn<'a> {
    /// Packs texts. If all are empty, nothing is stored.
    pub fn encode<S: AsRef<str>>(texts: &[S]) -> Vec<u8> {
        let mut starts = alloc::vec![0];
        let mut run = Vec::new();
        for text in texts {
            run.extend_from_slice(text.as_ref().as_bytes());
            starts.push(run.len() as u64);
        }
        let mut out = BitArray::encode(if run.is_empty() { &starts[..1] } else { &starts });
        out.extend_from_slice(&(run.len() as u32).to_le_bytes());
        out.extend(run);
        out
    }

    /// Locates a column at the start of `bytes` and returns it with the remaining bytes. It does not check the texts.
    /// `None` if there are too few bytes.
    pub fn frame(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (starts, rest) = BitArray::open(bytes)?;
        let len = u32::from_le_bytes(chunk(rest, 0)?) as usize;
        Some((Self(starts), rest.get(4..)?.get(len..)?))
    }

    /// Like [`TextColumn::frame`], but also checks that all texts are in order, inside the run, and start at a character
    /// boundary.
    pub fn open(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (column, rest) = Self::frame(bytes)?;
        let (_, run) = BitArray::open(bytes)?;
        let text = core::str::from_utf8(run.get(4..run.len() - rest.len())?).ok()?;
        let mut before = 0;
        for start in column.0.iter() {
            let start = usize::try_from(start).ok()?;
            if start < before || !text.is_char_boundary(start) {
                return None;
            }
            before = start;
        }
        (before == text.len()).then_some((column, rest))
    }

    /// The text of an item in a column located by [`TextColumn::frame`]; empty if it has none.
    pub fn text_at(column: &'a [u8], index: usize) -> &'a str {
        let Some((starts, rest)) = BitArray::open(column) else { return "" };
        let run = rest.get(4..).unwrap_or_default();
        let text = run.get(starts.get(index) as usize..starts.get(index + 1) as usize).unwrap_or_default();
        utf8(text).unwrap_or_default()
    }

    /// Number of items in the column; 0 if nothing is stored.
    pub fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let bytes = TextColumn::encode(&["Ünï", "", "c"]);
        let (column, rest) = TextColumn::open(&bytes).unwrap();
        let all: Vec<_> = (0..4).map(|index| TextColumn::text_at(&bytes, index)).collect();
        assert_eq!((column.len(), all), (3, alloc::vec!["Ünï", "", "c", ""]));
        assert!(rest.is_empty());
        let none = TextColumn::encode(&["", ""]);
        assert!(none.len() <= 17 && TextColumn::open(&none).unwrap().0.is_empty());
        assert!((0..bytes.len()).all(|cut| TextColumn::open(&bytes[..cut]).is_none()));
    }
}
