//! The frame of a snapshot: header, section table, checksums. The [parent module](super) documents the bytes.

use super::SnapshotError;
use alloc::{string::String, vec::Vec};
use core::ops::Range;
use xxhash_rust::xxh64::xxh64;

/// Format number that this version writes and reads.
pub const FORMAT: u16 = 3;
/// Whether the numbers of what a page fetches are checked. A page engine leaves that out: a hash or a signature has proved to
/// the page that the bytes are as the publisher wrote and checked them. Readers stay inside their bytes either way.
pub(crate) const CHECKED: bool = cfg!(feature = "names");
const MAGIC: [u8; 8] = *b"SLOTWISE";
const HEAD: usize = 16;
const ENTRY: usize = 24;

/// The tag of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// Provenance and kernel.
    pub const META: Self = Self(*b"META");
    /// The compiled plan.
    pub const PLAN: Self = Self(*b"PLAN");
    /// The intent models.
    pub const INTENT: Self = Self(*b"INTE");
    /// The prior by traffic source.
    pub const PRIOR: Self = Self(*b"CTXT");
    /// Names of categories and brands.
    pub const NAMES: Self = Self(*b"NAME");
    /// Ranked lists: bestsellers, trending, new.
    pub const LISTS: Self = Self(*b"LIST");
    /// Arm statistics of experiments.
    pub const ARMS: Self = Self(*b"ARMS");
    /// Item keys, by item number.
    pub const KEYS: Self = Self(*b"KEYS");
    /// Category, brand, price and level of conversion, by item number.
    pub const ITEMS: Self = Self(*b"ITEM");
    /// Non-numeric ids, and titles, URLs and images if the shop's log has them.
    pub const TEXTS: Self = Self(*b"TEXT");
    /// Titles, URLs and prices by locale; missing in a shop with one language.
    pub const LOCALES: Self = Self(*b"LOCA");
    /// The codes of both kinds of rows.
    pub const CODE: Self = Self(*b"CODE");
    /// Next-item rows.
    pub const ROWS: Self = Self(*b"ROWS");
    /// Rows of items bought together.
    pub const TOGETHER: Self = Self(*b"TOGE");
    /// Trail rows: what came after two items of a visit; missing where they tell nothing more.
    pub const TRAILS: Self = Self(*b"TRAI");
    /// Of a pack: the items it holds.
    pub const HELD: Self = Self(*b"HELD");
    /// Of a root or a branch: the names of shards.
    pub const TREE: Self = Self(*b"TREE");
    /// Of a directory: the shards of products by key.
    pub const DIRECTORY: Self = Self(*b"DIRS");
    /// Of a root: a pack, which is a frame of its own.
    pub const PACK: Self = Self(*b"PACK");

    /// The four letters of the tag.
    pub fn name(self) -> String {
        self.0.iter().map(|b| char::from(*b)).collect()
    }
}

/// Assembles a snapshot from sections.
#[derive(Default)]
pub struct Writer {
    sections: Vec<(Tag, Vec<u8>)>,
}

impl Writer {
    /// Appends a section.
    #[must_use]
    pub fn section(mut self, tag: Tag, bytes: Vec<u8>) -> Self {
        self.sections.push((tag, bytes));
        self
    }

    /// The sections so far, and the bytes of each.
    pub fn sizes(&self) -> impl Iterator<Item = (Tag, usize)> {
        self.sections.iter().map(|(tag, bytes)| (*tag, bytes.len()))
    }

    /// Returns the finished snapshot.
    pub fn finish(self) -> Vec<u8> {
        let mut out = alloc::vec![0; head_len(self.sections.len())];
        let mut table = Vec::new();
        for (tag, bytes) in &self.sections {
            table.push((*tag, out.len()..out.len() + bytes.len()));
            out.extend_from_slice(bytes);
            out.resize(out.len().next_multiple_of(8), 0);
        }
        seal(&mut out, &table);
        out
    }
}

/// Bytes before the first of so many sections.
pub(crate) fn head_len(sections: usize) -> usize {
    HEAD + ENTRY * sections + 8
}

/// Writes the head of a frame whose sections are in place.
pub(crate) fn seal(out: &mut [u8], sections: &[(Tag, Range<usize>)]) {
    let mut head = Vec::with_capacity(head_len(sections.len()));
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&FORMAT.to_le_bytes());
    head.extend_from_slice(&(sections.len() as u16).to_le_bytes());
    head.extend_from_slice(&(out.len() as u32).to_le_bytes());
    for (tag, range) in sections {
        head.extend_from_slice(&tag.0);
        head.extend_from_slice(&(range.start as u32).to_le_bytes());
        head.extend_from_slice(&(range.len() as u32).to_le_bytes());
        head.extend_from_slice(&[0; 4]);
        head.extend_from_slice(&xxh64(&out[range.clone()], 0).to_le_bytes());
    }
    let sum = xxh64(&head, 0);
    head.extend_from_slice(&sum.to_le_bytes());
    out[..head.len()].copy_from_slice(&head);
}

/// The checked section table of a snapshot. Every range lies within the bytes from which it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sections(Vec<(Tag, Range<usize>)>);

impl Sections {
    /// Checks the header, all lengths and all checksums.
    ///
    /// # Errors
    /// A [`SnapshotError`] for the first problem found.
    pub fn open(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let sections = Self::open_signed(bytes)?;
        let table_end = HEAD + ENTRY * sections.0.len();
        let sum_at = |at: usize| chunk(bytes, at).map_or(0, u64::from_le_bytes);
        let check = |section: Option<Tag>, part: &[u8], expected: u64| {
            let found = xxh64(part, 0);
            let section = || section.map_or_else(|| "head".into(), Tag::name);
            if found == expected { Ok(()) } else { Err(SnapshotError::checksum(section(), found, expected)) }
        };
        check(None, &bytes[..table_end], sum_at(table_end))?;
        let mut end = table_end + 8;
        for (at, (tag, range)) in sections.iter().enumerate() {
            if bytes[end..range.start].iter().any(|b| *b != 0) {
                return Err(SnapshotError::malformed("head", "between sections stands more than zeros"));
            }
            check(Some(tag), &bytes[range.clone()], sum_at(HEAD + ENTRY * at + 16))?;
            end = range.end;
        }
        if bytes[end..].len() >= 8 || bytes[end..].iter().any(|b| *b != 0) {
            return Err(SnapshotError::length(bytes.len(), end));
        }
        Ok(sections)
    }

    /// Reads the section table of bytes whose hash a signed manifest names. Checks only that every range lies within the
    /// bytes.
    ///
    /// # Errors
    /// [`SnapshotError`] if the bytes have another format version or are truncated.
    pub fn open_signed(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let short = |expected| SnapshotError::length(bytes.len(), expected);
        let magic = chunk(bytes, 0).ok_or(short(HEAD))?;
        if magic != MAGIC {
            return Err(SnapshotError::magic(magic));
        }
        let [format, count] = [8, 10].map(|at| chunk(bytes, at).map_or(0, u16::from_le_bytes));
        let total = chunk(bytes, 12).map(u32::from_le_bytes).ok_or(short(HEAD))? as usize;
        if format != FORMAT {
            return Err(SnapshotError::format(format, FORMAT));
        }
        if CHECKED && bytes.len() != total {
            return Err(short(total));
        }
        let count = usize::from(count);
        let table_end = HEAD + ENTRY * count;
        let mut end = table_end + 8;
        if bytes.len() < end {
            return Err(short(end));
        }
        let mut sections = Vec::new();
        for at in 0..count {
            let entry = HEAD + ENTRY * at;
            let word = |at| chunk(bytes, entry + at).map_or(0, u32::from_le_bytes) as usize;
            let (start, len) = (word(4), word(8));
            if CHECKED && (start != end.next_multiple_of(8) || bytes.get(start..start + len).is_none()) {
                let why = "the section table has a gap or an overlap";
                return Err(SnapshotError::malformed("head", why));
            }
            sections.push((Tag(chunk(bytes, entry).unwrap_or_default()), start..start + len));
            end = start + len;
        }
        Ok(Self(sections))
    }

    /// Byte range of a section.
    ///
    /// # Errors
    /// [`SnapshotError::Missing`] if there is no such section.
    pub fn range(&self, tag: Tag, name: &'static str) -> Result<Range<usize>, SnapshotError> {
        self.0.iter().find(|(t, _)| *t == tag).map(|(_, range)| range.clone()).ok_or(SnapshotError::missing(name))
    }

    /// The checksum of the head, and with it of everything: the head holds the checksums of all sections.
    #[cfg(feature = "names")]
    pub(crate) fn sum(&self, bytes: &[u8]) -> Option<u64> {
        chunk(bytes, HEAD + ENTRY * self.0.len()).map(u64::from_le_bytes)
    }

    /// Tags and byte ranges of all sections, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, Range<usize>)> + '_ {
        self.0.iter().cloned()
    }
}

/// The `N` bytes at an offset, if they exist.
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
