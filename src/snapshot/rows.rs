//! Next-item rows: for each item the items most often found near it in sessions, with 4-bit weights.
//!
//! A row holds its neighbours in order of item number: the first one relative to the row's own item (zigzag),
//! each further one by its distance from the one before. Each has a weight level of 1 to 15. Both are written in the one
//! prefix code of the whole table ([`code`](super::code)), which has a section of its own. Levels are on a square-root scale: the weight is
//! `level^2 * scale`, where the row's scale is an 8-bit float (4 bits each of exponent and fraction).
//! Rows begin at whole bytes and are filled up with ones, which no entry begins with.
//!
//! Section: rows (4 bytes), entries (4; 0 in a pack, where nobody counts them); scales, one byte an item; lengths of rows in bytes, one byte an item; the rows. A
//! section need not hold the rows of all items. Its rows are found by place, and each is read relative to its own item.

#[cfg(feature = "std")]
mod trails;
#[cfg(feature = "std")]
mod write;

#[cfg(feature = "std")]
pub use trails::{LevelledTrails, encode_trails};

#[cfg(feature = "std")]
pub use write::{Encoded, LevelledRow, Size, WeightedRow, bits, encode, encode_levelled, levels, pack_scale};

use super::bits::window;
use super::code::{CodeTable, EntryReader};
use super::layout::chunk;
use super::{ItemIndex, SnapshotError};
use alloc::vec::Vec;

/// The scale that stands for a weight of 1, the heaviest of a usual row. The largest scale is nearly eight times as much;
/// heavier rows are cut to it.
pub const ONE: u32 = 1 << 17;
/// Bytes before the scales: both counts.
const HEAD: usize = 8;

/// The factor an 8-bit scale stands for: 0, or 17 to 1,015,808 (31 << 15).
#[inline(always)]
pub fn scale(packed: u8) -> u32 {
    if packed == 0 { 0 } else { (16 + u32::from(packed & 15)) << (packed >> 4) }
}

/// The rows section, checked, and read in place.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// End of each row, counted from the first row's first byte.
    ends: Vec<u32>,
    entries: u32,
}

impl Rows {
    /// Checks the section's lengths. Its entries are read without being trusted: one that names
    /// an item that does not exist names none. [`Rows::verify`] looks at every one.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn open(section: &[u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::malformed("ROWS", why);
        let short = || malformed("it is shorter than its header");
        let word = |at| chunk(section, at).map(u32::from_le_bytes).ok_or_else(short);
        let (items, entries) = (word(0)?, word(4)?);
        let lengths = section.get(HEAD + items as usize..HEAD + 2 * items as usize);
        let lengths = lengths.ok_or_else(|| malformed("there are fewer bytes than items"))?;
        let mut end = 0;
        let ends = lengths.iter().map(|length| (end += u32::from(*length), end).1).collect();
        let rows = Self { ends, entries };
        if rows.body(section).len() != end as usize {
            return Err(malformed("the rows are longer or shorter than their lengths say"));
        }
        Ok(rows)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    fn body<'a>(&self, section: &'a [u8]) -> &'a [u8] {
        section.get(HEAD + 2 * self.len()..).unwrap_or_default()
    }

    /// The packed scale and the bytes of the row at a place; 0 and none past the last row. `section` is the one the rows were
    /// opened from.
    #[cfg(feature = "names")]
    pub fn raw<'a>(&self, section: &'a [u8], place: usize) -> (u8, &'a [u8]) {
        let end = self.ends.get(place).copied().unwrap_or_default() as usize;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default() as usize;
        let scale = if place < self.len() { section.get(HEAD + place).copied().unwrap_or_default() } else { 0 };
        (scale, self.body(section).get(start..end).unwrap_or_default())
    }

    /// The scale and the entries (neighbour, level) of the row at a place, which is that of item `own`. `section` is the one
    /// the rows were opened from, `code` the code of its table. Empty past the last row.
    #[inline(always)]
    pub fn row<'a>(&self, section: &'a [u8], index: usize, own: ItemIndex, code: &'a CodeTable) -> (u32, Entries<'a>) {
        let end = self.ends.get(index).copied().unwrap_or_default();
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(end) };
        let packed = if index < self.len() { section.get(HEAD + index).copied().unwrap_or_default() } else { 0 };
        let (body, at, end) = (self.body(section), start as usize * 8, end as usize * 8);
        (scale(packed), Entries { body, at, end, reader: code.reader(), own: own.get(), before: None })
    }
}

/// The scale and the bytes of a row as they are packed in a section of so many rows; `at` is how many bytes the rows before it
/// take. `None` if it is cut. For those who take a section apart once.
#[inline(always)]
pub fn packed_row(section: &[u8], rows: usize, place: usize, at: usize) -> Option<(u8, &[u8])> {
    let scale = *section.get(HEAD + place)?;
    let len = usize::from(*section.get(HEAD + rows + place)?);
    let row = section.get(HEAD + rows * 2 + at..)?.get(..len)?;
    Some((scale, row))
}

/// Writes a section of rows that are packed already, each with its scale: those of some items, for a pack.
#[cfg(feature = "names")]
pub fn pack<'a>(rows: impl Iterator<Item = (u8, &'a [u8])> + Clone) -> Vec<u8> {
    let mut out = (rows.clone().count() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&[0; 4]);
    out.extend(rows.clone().map(|(scale, _)| scale));
    // A row has at most 255 bytes.
    out.extend(rows.clone().map(|(_, row)| row.len() as u8));
    rows.for_each(|(_, row)| out.extend_from_slice(row));
    out
}

/// The entries of one row: neighbour and level.
pub struct Entries<'a> {
    body: &'a [u8],
    /// Bits from the first row's first byte to the next entry, and to the end of this row.
    at: usize,
    end: usize,
    reader: EntryReader<'a>,
    /// The row's own item and the neighbour before the next entry. They are plain numbers here, because neighbours are
    /// written as distances.
    own: u32,
    before: Option<u32>,
}

#[cfg(not(feature = "edge"))]
impl<'a> Entries<'a> {
    /// The entries of the row of item `own`, which takes `len` bytes from `start` on.
    #[inline(always)]
    pub(crate) fn of(bytes: &'a [u8], start: usize, len: usize, own: ItemIndex, code: &'a CodeTable) -> Self {
        let (at, end) = (start * 8, (start + len) * 8);
        Self { body: bytes, at, end, reader: code.reader(), own: own.get(), before: None }
    }
}

impl Entries<'_> {
    /// Reads the entries as trail rows: groups of an item that came before, with the number of its followers as the level, and
    /// the followers. Visits those whose item before `is_on`. False if a group is cut.
    #[inline(always)]
    pub fn of_trails(
        mut self,
        mut is_on: impl FnMut(ItemIndex) -> bool,
        mut visit: impl FnMut(ItemIndex, u32),
    ) -> bool {
        let (mut left, mut on) = (0, false);
        loop {
            if left == 0 {
                self.before = None;
            }
            let Some((item, level)) = self.next() else { return left == 0 };
            if left == 0 {
                (left, on, self.before) = (level, is_on(item), None);
            } else {
                left -= 1;
                if on {
                    visit(item, level);
                }
            }
        }
    }

    /// The neighbour a row's first number stands for.
    #[inline(always)]
    fn first(&self, number: u32) -> u32 {
        // Zigzag: even numbers go up from the row's own item, odd ones down.
        self.own.wrapping_add((number >> 1) ^ (number & 1).wrapping_neg())
    }
}

impl Iterator for Entries<'_> {
    type Item = (ItemIndex, u32);

    #[inline(always)]
    fn next(&mut self) -> Option<(ItemIndex, u32)> {
        let (number, level, width) = self.reader.read(window(self.body, self.at));
        let at = self.at + width as usize;
        if at > self.end {
            return None;
        }
        let id = match self.before {
            Some(before) => before.wrapping_add(number).wrapping_add(1),
            None => self.first(number),
        };
        (self.at, self.before) = (at, Some(id));
        Some((ItemIndex::new(id), level))
    }

    /// As `next` until the end, without asking each time whether the entry is the first. Scoring reads every row this way;
    /// `for_each` calls it too.
    #[inline(always)]
    fn fold<T, F: FnMut(T, (ItemIndex, u32)) -> T>(mut self, init: T, mut visit: F) -> T {
        let Some((first, level)) = self.next() else { return init };
        let mut id = first.get();
        let mut folded = visit(init, (first, level));
        loop {
            let (number, level, width) = self.reader.read(window(self.body, self.at));
            self.at += width as usize;
            if self.at > self.end {
                return folded;
            }
            id = id.wrapping_add(number).wrapping_add(1);
            folded = visit(folded, (ItemIndex::new(id), level));
        }
    }
}
