//! The arrays of the catalogue, read in place: where they lie in the snapshot's bytes, and their checks.
//!
//! What they say about a product is in `product`. Only places and widths are kept here, because the model
//! owns the bytes and a struct cannot borrow from itself. So every function takes all of the snapshot's bytes as `all`.
//!
//! Invariant: all arrays have one entry for each item, and each text column has one or none at all.

use crate::event::ItemKey;
use crate::snapshot::bits::{BitArray, window};
use crate::snapshot::column::TextColumn;
use crate::snapshot::section::{Meta, Names};
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::{string::String, vec::Vec};
use core::ops::Range;

/// Byte ranges of the catalogue's arrays in the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    len: usize,
    keys: Range<usize>,
    categories: Packed,
    /// Brand numbers; 0 is "no brand".
    pub(super) brands: Packed,
    /// Prices in hundredths; 0 is "unknown".
    pub(super) prices: Packed,
    /// Product ids that are no decimal numbers. The others follow from the key, which holds the number itself.
    pub(super) ids: Range<usize>,
    pub(super) titles: Range<usize>,
    pub(super) urls: Range<usize>,
    pub(super) images: Range<usize>,
    pub(super) url_pattern: Vec<Part>,
    pub(super) image_pattern: Vec<Part>,
}

/// Byte range of a packed array whose header has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    body: Range<usize>,
    width: u32,
}

impl Packed {
    /// From the whole range of the array, including its header of eight bytes.
    pub(super) fn of(range: &Range<usize>, array: BitArray<'_>) -> Self {
        Self { body: range.start + 8..range.end, width: array.width() }
    }

    /// The entry of an item. Some value, and no panic, for an item that does not exist.
    #[inline(always)]
    pub(super) fn get(&self, all: &[u8], item: ItemIndex) -> u64 {
        let body = all.get(self.body.clone()).unwrap_or_default();
        if self.width == 0 {
            0
        } else {
            window(body, item.place() * self.width as usize) & (u64::MAX >> (64 - self.width))
        }
    }
}

impl Items {
    /// Finds the arrays in their sections: KEYS is one array, ITEM holds categories, brands and prices one behind the other,
    /// TEXT holds ids, titles, URLs and image URLs. It checks that they fill the sections exactly, not what they say:
    /// [`Items::check`] does, where there is time for it.
    pub(super) fn open(
        all: &[u8],
        keys: Range<usize>,
        items: Range<usize>,
        texts: Range<usize>,
        meta: &Meta,
    ) -> Result<Self, SnapshotError> {
        let cut = || SnapshotError::malformed("ITEM", "an array is cut, or bytes follow the last");
        let end_of = |range: &Range<usize>, rest: &[u8]| range.end - rest.len();
        let (key_array, rest) =
            BitArray::open(&all[keys.clone()]).ok_or_else(|| SnapshotError::malformed("KEYS", "the array is cut"))?;
        if !rest.is_empty() {
            return Err(SnapshotError::malformed("KEYS", "bytes follow the array"));
        }
        let len = key_array.len();
        let mut start = items.start;
        let mut array = || {
            let (array, rest) = BitArray::open(&all[start..items.end]).ok_or_else(cut)?;
            let range = start..end_of(&items, rest);
            start = range.end;
            if array.len() == len { Ok(Packed::of(&range, array)) } else { Err(cut()) }
        };
        let (categories, brands, prices) = (array()?, array()?, array()?);
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
        let (ids, titles, urls, images) = (column()?, column()?, column()?, column()?);
        if at != texts.end {
            return Err(SnapshotError::malformed("TEXT", "bytes follow the last column"));
        }
        let (url_pattern, image_pattern) = (pattern(&meta.url_pattern), pattern(&meta.image_pattern));
        Ok(Self { len, keys, categories, brands, prices, ids, titles, urls, images, url_pattern, image_pattern })
    }

    /// Checks every item: all references exist and all texts are UTF-8.
    pub(super) fn check(&self, all: &[u8], names: &Names) -> Result<(), SnapshotError> {
        let malformed = |section, why| Err(SnapshotError::malformed(section, why));
        let below =
            |array: &Packed, bound: u64| (0..self.len as u32).all(|at| array.get(all, ItemIndex::new(at)) < bound);
        if !below(&self.categories, names.categories.len() as u64) || !below(&self.brands, names.brands.len() as u64) {
            return malformed("ITEM", "an item's category or brand does not exist");
        }
        // The accessors cut category numbers to 16 bits and prices to 32.
        if names.categories.len() > usize::from(u16::MAX) || !below(&self.prices, 1 << 32) {
            return malformed("ITEM", "a price or the number of categories is out of range");
        }
        if self.keys(all).iter().any(|bits| ItemKey::from_bits(bits).is_none()) {
            return malformed("KEYS", "a key has more than 49 bits");
        }
        let columns = [&self.ids, &self.titles, &self.urls, &self.images];
        if columns.iter().any(|range| TextColumn::open(&all[(*range).clone()]).is_none()) {
            return malformed("TEXT", "a column's texts are out of order, or are no UTF-8");
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn keys<'a>(&self, all: &'a [u8]) -> BitArray<'a> {
        array(all, &self.keys)
    }

    pub(super) fn category(&self, all: &[u8], item: ItemIndex) -> u16 {
        self.categories.get(all, item) as u16
    }
}

/// Opens an array again; it was checked when the model was made.
fn array<'a>(all: &'a [u8], range: &Range<usize>) -> BitArray<'a> {
    BitArray::open(&all[range.clone()]).map(|(array, _)| array).unwrap_or_default()
}

/// A piece of a URL pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// `{id}`: the product id.
    Id,
    /// `{category}`: the category path.
    Category,
    /// `{n}`: the key modulo 12. A shop without pictures of its own products can show one of twelve.
    Number,
}

fn add_text(text: Option<&str>, to: &mut Vec<Part>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        to.push(Part::Text(text.into()));
    }
}

/// Splits a URL pattern into pieces, once for all items. Unknown names in braces stay as they are: braces are rare in URLs,
/// but allowed.
pub(super) fn pattern(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut done = 0;
    for at in 0..text.len() {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let known = |name: &str| rest.starts_with(name.as_bytes());
        let (part, len) = match () {
            () if known("{id}") => (Part::Id, 4),
            () if known("{category}") => (Part::Category, 10),
            () if known("{n}") => (Part::Number, 3),
            () => continue,
        };
        add_text(text.get(done..at), &mut parts);
        parts.push(part);
        done = at + len;
    }
    add_text(text.get(done..), &mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_pattern_is_taken_apart() {
        let text = |text: &str| Part::Text(text.into());
        assert_eq!(pattern("/p/{id}"), [text("/p/"), Part::Id]);
        assert_eq!(pattern("{category}{n}.svg"), [Part::Category, Part::Number, text(".svg")]);
        assert_eq!(pattern("/{x}{{id}}"), [text("/{x}{"), Part::Id, text("}")]);
        assert_eq!(pattern(""), []);
    }
}
