//! The columns of a whole snapshot in other languages, read in place.
//!
//! The section LOCA holds all sets, three columns each: titles, URLs, prices. A column has one entry per item, or none at
//! all.

use super::packed::Packed;
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::layout::{Sections, Tag};
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;
use core::ops::Range;

/// A set of columns, as byte ranges of the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct Localised {
    /// Titles and URLs.
    texts: [Range<usize>; 2],
    /// Prices in hundredths; 0 where the language states none.
    prices: Packed,
}

impl Localised {
    /// Finds all sets in their section, which a shop with one language lacks.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if a column is cut, or has neither `len` entries nor none.
    pub(super) fn open(all: &[u8], sections: &Sections, len: usize) -> Result<Vec<Self>, SnapshotError> {
        let Ok(section) = sections.range(Tag::LOCALES, "LOCA") else { return Ok(Vec::new()) };
        let all = all.get(..section.end).unwrap_or_default();
        let mut found = Vec::new();
        let mut at = section.start;
        while at < section.end {
            let mut own = Self::default();
            let cut = || SnapshotError::malformed("LOCA", "a column is cut or of the wrong length");
            at = own.read(all, at, len).ok_or_else(cut)?;
            found.push(own);
        }
        Ok(found)
    }

    /// Finds the three columns behind a place, and returns the place behind them.
    fn read(&mut self, all: &[u8], mut at: usize, len: usize) -> Option<usize> {
        for column in &mut self.texts {
            let (texts, rest) = TextColumn::frame(all.get(at..)?)?;
            *column = at..all.len() - rest.len();
            at = column.end;
            if !texts.is_empty() && texts.len() != len {
                return None;
            }
        }
        let (prices, rest) = BitArray::open(all.get(at..)?)?;
        let end = all.len() - rest.len();
        self.prices = Packed::of(&(at..end), prices);
        (prices.is_empty() || prices.len() == len).then_some(end)
    }

    /// Checks that all texts are UTF-8 and all prices in range.
    pub(super) fn check(&self, all: &[u8], items: usize) -> Result<(), SnapshotError> {
        if self.texts.iter().any(|range| TextColumn::open(&all[range.clone()]).is_none()) {
            return Err(SnapshotError::malformed("LOCA", "a column's texts are out of order, or are no UTF-8"));
        }
        if (0..items as u32).any(|at| self.prices.get(all, ItemIndex::new(at)) >= 1 << 32) {
            return Err(SnapshotError::malformed("LOCA", "a price is out of range"));
        }
        Ok(())
    }

    /// The title (column 0) or the URL (1) of an item; empty if it has none.
    pub(super) fn text<'a>(&self, all: &'a [u8], column: usize, item: ItemIndex) -> &'a str {
        TextColumn::text_at(&all[self.texts[column].clone()], item.place())
    }

    /// The price of an item; 0 if it has none.
    pub(super) fn price(&self, all: &[u8], item: ItemIndex) -> u32 {
        self.prices.get(all, item) as u32
    }
}
