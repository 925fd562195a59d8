//! What a snapshot has of products in other languages than the default: titles, URLs and prices by locale.
//!
//! The section LOCA holds three columns for each locale of the plan but the default, in the plan's order. A column has one
//! entry per item, or none at all. A shop with one language has no such section.
//!
//! An entry that a locale lacks comes from its parent: the readers walk the chain up to the default, whose columns are
//! those of `catalogue`.

use super::Model;
use super::catalogue::{Packed, Part, pattern};
use crate::snapshot::bits::BitArray;
use crate::snapshot::column::TextColumn;
use crate::snapshot::plan::Plan;
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;
use core::ops::Range;

/// The columns of one locale, as byte ranges of the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct Localised {
    titles: Range<usize>,
    urls: Range<usize>,
    /// Prices in hundredths; 0 where the locale states none.
    prices: Packed,
    url_pattern: Vec<Part>,
}

impl Localised {
    /// Finds the columns of all locales in their section, which is empty if no locale has any. Of each it checks that it
    /// has `len` entries or none.
    pub(super) fn open(
        all: &[u8],
        section: Range<usize>,
        plan: &Plan,
        len: usize,
        problem: &mut Option<SnapshotError>,
    ) -> Vec<Self> {
        let mut found = Vec::new();
        let mut at = section.start;
        for locale in plan.locales.get(1..).unwrap_or_default() {
            let mut own = Self { url_pattern: pattern(&locale.url_pattern), ..Self::default() };
            if !section.is_empty() {
                let read = own.read(all.get(..section.end).unwrap_or_default(), at, len);
                if read.is_none() {
                    problem.get_or_insert(SnapshotError::malformed("LOCA", "a column is cut or of the wrong length"));
                }
                at = read.unwrap_or(at);
            }
            found.push(own);
        }
        if at != section.end {
            problem.get_or_insert(SnapshotError::malformed("LOCA", "bytes follow the last column"));
        }
        found
    }

    /// Finds the three columns behind a place, and returns the place behind them.
    fn read(&mut self, all: &[u8], mut at: usize, len: usize) -> Option<usize> {
        for column in [&mut self.titles, &mut self.urls] {
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
        for range in [&self.titles, &self.urls] {
            if !range.is_empty() && TextColumn::open(&all[range.clone()]).is_none() {
                return Err(SnapshotError::malformed("LOCA", "a column's texts are out of order, or are no UTF-8"));
            }
        }
        if (0..items as u32).any(|at| self.prices.get(all, ItemIndex::new(at)) >= 1 << 32) {
            return Err(SnapshotError::malformed("LOCA", "a price is out of range"));
        }
        Ok(())
    }

    /// The columns of the same languages for another plan. A language that is new has none.
    #[cfg(feature = "names")]
    pub(super) fn rearranged(columns: &[Self], old: &Plan, new: &Plan) -> Vec<Self> {
        let place = |tag: &str| old.locales.iter().position(|locale| locale.tag == tag)?.checked_sub(1);
        let of = |locale: &crate::snapshot::plan::Locale| {
            let own = place(&locale.tag).and_then(|at| columns.get(at)).cloned().unwrap_or_default();
            Self { url_pattern: pattern(&locale.url_pattern), ..own }
        };
        new.locales.iter().skip(1).map(of).collect()
    }
}

impl<B: AsRef<[u8]>> Model<B> {
    /// The columns of a locale; `None` for the default's.
    fn localised(&self, locale: usize) -> Option<&Localised> {
        self.localised.get(locale.wrapping_sub(1))
    }

    /// An item's own title in a locale; empty if it has none in any language of the chain.
    pub(super) fn title_text(&self, item: ItemIndex, mut locale: usize) -> &str {
        while let Some(own) = self.localised(locale) {
            let title = self.text(&own.titles, item);
            if !title.is_empty() {
                return title;
            }
            locale = self.plan.parent(locale).unwrap_or_default();
        }
        self.text(&self.items.titles, item)
    }

    /// An item's own URL in a locale, and the pattern for one that has none.
    pub(super) fn url_text(&self, item: ItemIndex, mut locale: usize) -> (&str, &[Part]) {
        while let Some(own) = self.localised(locale) {
            let url = self.text(&own.urls, item);
            if !url.is_empty() || !own.url_pattern.is_empty() {
                return (url, &own.url_pattern);
            }
            locale = self.plan.parent(locale).unwrap_or_default();
        }
        (self.text(&self.items.urls, item), &self.items.url_pattern)
    }

    /// Price in hundredths of the locale's currency; 0 if unknown.
    pub fn price_in(&self, item: ItemIndex, mut locale: usize) -> u32 {
        while let Some(own) = self.localised(locale) {
            let price = own.prices.get(self.bytes(), item) as u32;
            if price > 0 || self.plan.locales.get(locale).is_some_and(|locale| locale.own_prices) {
                return price;
            }
            locale = self.plan.parent(locale).unwrap_or_default();
        }
        self.price_cents(item)
    }
}
