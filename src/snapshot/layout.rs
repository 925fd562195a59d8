//! The frame of a snapshot: header, section table, checksums. See the [module above](super) for the
//! bytes.

use super::SnapshotError;
use alloc::{string::String, vec::Vec};
use core::ops::Range;
use xxhash_rust::xxh64::xxh64;

/// The format this version writes and reads.
pub const FORMAT: u16 = 1;
const MAGIC: [u8; 8] = *b"SLOTWISE";
const HEAD: usize = 16;
const ENTRY: usize = 24;

/// The name of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// Who trained, from what, and the kernels.
    pub const META: Self = Self(*b"META");
    /// The merchandiser's plan, compiled.
    pub const PLAN: Self = Self(*b"PLAN");
    /// The intent tables.
    pub const INTENT: Self = Self(*b"INTE");
    /// What visits wanted that came the same way.
    pub const PRIOR: Self = Self(*b"CTXT");
    /// Names of categories and brands.
    pub const NAMES: Self = Self(*b"NAME");
    /// Bestsellers, trending, new.
    pub const LISTS: Self = Self(*b"LIST");
    /// What the arms of experiments earned.
    pub const ARMS: Self = Self(*b"ARMS");
    /// Item keys, by item number.
    pub const KEYS: Self = Self(*b"KEYS");
    /// Category, brand and price, by item number.
    pub const ITEMS: Self = Self(*b"ITEM");
    /// Ids that are no numbers, titles, links and images where the shop's log has them.
    pub const TEXTS: Self = Self(*b"TEXT");
    /// Next-item rows.
    pub const ROWS: Self = Self(*b"ROWS");
    /// Rows of what is bought together.
    pub const TOGETHER: Self = Self(*b"TOGE");

    /// The tag's letters.
    pub fn name(self) -> String {
        self.0.iter().map(|b| char::from(*b)).collect()
    }
}

/// Puts sections together into a snapshot.
#[derive(Default)]
pub struct Writer {
    sections: Vec<(Tag, Vec<u8>)>,
}

impl Writer {
    /// Adds a section behind the ones already there.
    #[must_use]
    pub fn section(mut self, tag: Tag, bytes: Vec<u8>) -> Self {
        self.sections.push((tag, bytes));
        self
    }

    /// The finished snapshot.
    pub fn finish(self) -> Vec<u8> {
        let table_end = HEAD + ENTRY * self.sections.len();
        let mut offset = (table_end + 8).next_multiple_of(8);
        let mut body = Vec::new();
        let mut table = Vec::new();
        for (tag, bytes) in &self.sections {
            table.extend_from_slice(&tag.0);
            table.extend_from_slice(&(offset as u32).to_le_bytes());
            table.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            table.extend_from_slice(&[0; 4]);
            table.extend_from_slice(&xxh64(bytes, 0).to_le_bytes());
            body.extend_from_slice(bytes);
            body.resize(body.len().next_multiple_of(8), 0);
            offset += bytes.len().next_multiple_of(8);
        }
        let mut out = Vec::with_capacity(offset);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&(self.sections.len() as u16).to_le_bytes());
        out.extend_from_slice(&(offset as u32).to_le_bytes());
        out.extend_from_slice(&table);
        let sum = xxh64(&out, 0);
        out.extend_from_slice(&sum.to_le_bytes());
        out.extend_from_slice(&body);
        out
    }
}

/// The checked section table of a snapshot. Every range lies inside the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sections(Vec<(Tag, Range<usize>)>);

impl Sections {
    /// Checks header, lengths and every checksum.
    ///
    /// # Errors
    /// The first thing that is wrong, as a [`SnapshotError`].
    pub fn open(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let short = |expected| SnapshotError::Length { found: bytes.len(), expected };
        let magic = *bytes.first_chunk::<8>().ok_or(short(HEAD))?;
        if magic != MAGIC {
            return Err(SnapshotError::Magic { found: magic });
        }
        let format = u16::from_le_bytes(chunk(bytes, 8).ok_or(short(HEAD))?);
        if format != FORMAT {
            return Err(SnapshotError::Format { found: format, expected: FORMAT });
        }
        let count = usize::from(u16::from_le_bytes(chunk(bytes, 10).ok_or(short(HEAD))?));
        let total = u32::from_le_bytes(chunk(bytes, 12).ok_or(short(HEAD))?) as usize;
        if bytes.len() != total {
            return Err(short(total));
        }
        let table_end = HEAD + ENTRY * count;
        let expected = u64::from_le_bytes(chunk(bytes, table_end).ok_or(short(table_end + 8))?);
        let found = xxh64(&bytes[..table_end], 0);
        if found != expected {
            return Err(SnapshotError::Checksum { section: "head".into(), found, expected });
        }
        let mut sections = Vec::with_capacity(count);
        let mut end = table_end + 8;
        for entry in bytes[HEAD..table_end].chunks_exact(ENTRY) {
            let malformed =
                SnapshotError::Malformed { section: "head", why: "the section table has a gap or an overlap" };
            let tag = Tag(chunk(entry, 0).unwrap_or_default());
            let start = u32::from_le_bytes(chunk(entry, 4).unwrap_or_default()) as usize;
            let len = u32::from_le_bytes(chunk(entry, 8).unwrap_or_default()) as usize;
            let expected = u64::from_le_bytes(chunk(entry, 16).unwrap_or_default());
            if start != end.next_multiple_of(8) || bytes.get(end..start).is_none_or(|pad| pad.iter().any(|b| *b != 0)) {
                return Err(malformed);
            }
            let section = bytes.get(start..start + len).ok_or(malformed)?;
            let found = xxh64(section, 0);
            if found != expected {
                return Err(SnapshotError::Checksum { section: tag.name(), found, expected });
            }
            sections.push((tag, start..start + len));
            end = start + len;
        }
        if bytes[end..].len() >= 8 || bytes[end..].iter().any(|b| *b != 0) {
            return Err(SnapshotError::Length { found: bytes.len(), expected: end });
        }
        Ok(Self(sections))
    }

    /// Where a section lies.
    ///
    /// # Errors
    /// [`SnapshotError::Missing`] if there is no such section.
    pub fn range(&self, tag: Tag, name: &'static str) -> Result<Range<usize>, SnapshotError> {
        self.0
            .iter()
            .find(|(t, _)| *t == tag)
            .map(|(_, range)| range.clone())
            .ok_or(SnapshotError::Missing { section: name })
    }

    /// Every section's tag and place, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, Range<usize>)> + '_ {
        self.0.iter().cloned()
    }
}

/// `N` bytes at an offset, if they are there.
pub(crate) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flip_and_every_cut_of_a_frame_is_refused() {
        let bytes =
            Writer::default().section(Tag::META, alloc::vec![1, 2, 3]).section(Tag::ROWS, alloc::vec![9; 17]).finish();
        let sections = Sections::open(&bytes).unwrap();
        assert_eq!(&bytes[sections.range(Tag::ROWS, "ROWS").unwrap()], &[9; 17]);
        for at in 0..bytes.len() {
            assert!(Sections::open(&bytes[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                assert!(Sections::open(&bad).is_err(), "byte {at} bit {bit}");
            }
        }
    }
}
