//! A whole snapshot: the arrays of all products, read in place, and their checks.
//!
//! What they say about a product is in `product`. Only places and widths are kept here, because the model owns the bytes
//! and a struct cannot borrow from itself. So every function takes all of the snapshot's bytes as `all`.
//!
//! Invariant: all arrays have one entry for each item, and each text column has one or none at all.

use super::packed::Packed;
use super::sets::Localised;
use crate::event::ItemKey;
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::CodeTable;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Sections, Tag};
use crate::snapshot::rows::{Entries, Rows};
use crate::snapshot::section::Names;
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;
use core::ops::Range;

/// Byte ranges of a snapshot's arrays.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole {
    len: usize,
    pub(super) keys: Packed,
    pub(super) categories: Packed,
    /// Brand numbers; 0 is "no brand".
    pub(super) brands: Packed,
    /// Prices in hundredths; 0 is "unknown".
    pub(super) prices: Packed,
    /// Levels of conversion; 0 is "unknown".
    pub(super) conversion: Packed,
    /// Texts, in order of [`Column`](super::data::Column).
    texts: [Range<usize>; 4],
    /// Next-item rows, rows of what is bought together, and trail rows. A [`Rows`] borrows nothing: it keeps the ends of the rows, and is
    /// handed its section's bytes again with every call.
    rows: [Rows; 3],
    rows_at: [Range<usize>; 3],
    /// Columns in other languages, by set.
    localised: Vec<Localised>,
}

impl Whole {
    /// Finds the arrays in their sections: KEYS is one array, ITEM holds categories, brands, prices and levels of conversion one behind the other,
    /// TEXT holds ids, titles, URLs and image URLs. It checks that they fill the sections exactly, not what they say:
    /// [`Whole::check`] does.
    pub(super) fn open(all: &[u8], sections: &Sections) -> Result<Self, SnapshotError> {
        let keys = sections.range(Tag::KEYS, "KEYS")?;
        let items = sections.range(Tag::ITEMS, "ITEM")?;
        let texts = sections.range(Tag::TEXTS, "TEXT")?;
        let trails_at = sections.range(Tag::TRAILS, "TRAI").unwrap_or_default();
        let rows_at = [sections.range(Tag::ROWS, "ROWS")?, sections.range(Tag::TOGETHER, "TOGE")?, trails_at];
        let cut = || SnapshotError::malformed("ITEM", "an array is cut, or bytes follow the last");
        let end_of = |range: &Range<usize>, rest: &[u8]| range.end - rest.len();
        let (key_array, rest) =
            BitArray::open(&all[keys.clone()]).ok_or_else(|| SnapshotError::malformed("KEYS", "the array is cut"))?;
        if !rest.is_empty() {
            return Err(SnapshotError::malformed("KEYS", "bytes follow the array"));
        }
        let len = key_array.len();
        let keys = Packed::of(&keys, key_array);
        let mut start = items.start;
        let mut array = || {
            let (array, rest) = BitArray::open(&all[start..items.end]).ok_or_else(cut)?;
            let range = start..end_of(&items, rest);
            start = range.end;
            if array.len() == len { Ok(Packed::of(&range, array)) } else { Err(cut()) }
        };
        let (categories, brands, prices, conversion) = (array()?, array()?, array()?, array()?);
        if start != items.end {
            return Err(cut());
        }
        let mut at = texts.start;
        let mut column = || {
            let cut = || SnapshotError::malformed("TEXT", "a column is cut or of the wrong length");
            let (column, rest) = TextColumn::frame(&all[at..texts.end]).ok_or_else(cut)?;
            let range = at..end_of(&texts, rest);
            at = range.end;
            if column.is_empty() || column.len() == len { Ok(range) } else { Err(cut()) }
        };
        let columns = [column()?, column()?, column()?, column()?];
        if at != texts.end {
            return Err(SnapshotError::malformed("TEXT", "bytes follow the last column"));
        }
        let rows = |at: usize| Rows::open(&all[rows_at[at].clone()]);
        let trails = if rows_at[2].is_empty() { Rows::default() } else { rows(2)? };
        let rows = [rows(0)?, rows(1)?, trails];
        let localised = Localised::open(all, sections, len)?;
        Ok(Self { len, keys, categories, brands, prices, conversion, texts: columns, rows, rows_at, localised })
    }

    /// Checks every item: all references exist, all texts are UTF-8, and every item has its rows.
    pub(super) fn check(&self, all: &[u8], names: &Names) -> Result<(), SnapshotError> {
        let malformed = |section, why| Err(SnapshotError::malformed(section, why));
        let below = |array: &Packed, bound: u64| array.is_below(all, self.len, bound);
        if !below(&self.categories, names.categories.len() as u64) || !below(&self.brands, names.brands.len() as u64) {
            return malformed("ITEM", "an item's category or brand does not exist");
        }
        // The accessors cut category numbers to 16 bits and prices to 32.
        if names.categories.len() > usize::from(u16::MAX) || !below(&self.prices, 1 << 32) {
            return malformed("ITEM", "a price or the number of categories is out of range");
        }
        if !below(&self.conversion, 16) {
            return malformed("ITEM", "a level of conversion is out of range");
        }
        if !below(&self.keys, 1 << ItemKey::BITS) {
            return malformed("KEYS", "a key has more than 49 bits");
        }
        if self.texts.iter().any(|range| TextColumn::open(&all[range.clone()]).is_none()) {
            return malformed("TEXT", "a column's texts are out of order, or are no UTF-8");
        }
        for set in &self.localised {
            set.check(all, self.len)?;
        }
        let [next, together, trails] = &self.rows;
        if next.len() != self.len {
            return malformed("ROWS", "there are more or fewer rows than items");
        }
        // Behind its last row it has nothing.
        if together.len() > self.len {
            return malformed("TOGE", "there are more rows than items");
        }
        if !trails.is_empty() && trails.len() != self.len {
            return malformed("TRAI", "there are more or fewer rows than items");
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The text of an item in a column; empty if it has none.
    pub(super) fn text<'a>(&self, all: &'a [u8], column: usize, item: ItemIndex) -> &'a str {
        TextColumn::text_at(&all[self.texts[column].clone()], item.place())
    }

    /// The packed scale and the bytes of an item's row in one of the three tables.
    pub(super) fn raw<'a>(&self, all: &'a [u8], table: usize, item: ItemIndex) -> (u8, &'a [u8]) {
        self.rows[table].raw(all.get(self.rows_at[table].clone()).unwrap_or_default(), item.place())
    }

    /// A set of columns in another language, from 1.
    pub(super) fn localised(&self, set: usize) -> Option<&Localised> {
        self.localised.get(set.wrapping_sub(1))
    }

    /// The scale and the entries of an item's row in one of the three tables.
    #[inline(always)]
    pub(super) fn row<'a>(
        &self,
        all: &'a [u8],
        table: usize,
        item: ItemIndex,
        code: &'a CodeTable,
    ) -> (u32, Entries<'a>) {
        let section = all.get(self.rows_at[table].clone()).unwrap_or_default();
        self.rows[table].row(section, item.place(), item, code)
    }
}
