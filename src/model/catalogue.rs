//! The catalogue of a model: what is known about each product, read in place.

use super::Model;
use crate::event::ItemKey;
use crate::snapshot::SnapshotError;
use crate::snapshot::bits::{BitArray, window};
use crate::snapshot::column::TextColumn;
use crate::snapshot::section::{Meta, Names};
use crate::text::behind_last;
use alloc::{string::String, vec::Vec};
use core::ops::Range;

/// Byte ranges of the catalogue's arrays in the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    len: usize,
    keys: Range<usize>,
    categories: Packed,
    brands: Packed,
    prices: Packed,
    ids: Range<usize>,
    titles: Range<usize>,
    urls: Range<usize>,
    images: Range<usize>,
    url_pattern: Vec<Part>,
    image_pattern: Vec<Part>,
}

/// Byte range of a packed array whose header has been read.
#[derive(Clone, Debug, Default)]
struct Packed {
    body: Range<usize>,
    width: u32,
}

impl Packed {
    /// From the whole range of the array, including its header of eight bytes.
    fn of(range: &Range<usize>, array: BitArray<'_>) -> Self {
        Self { body: range.start + 8..range.end, width: array.width() }
    }

    #[inline(always)]
    fn get(&self, all: &[u8], item: u32) -> u64 {
        let body = all.get(self.body.clone()).unwrap_or_default();
        if self.width == 0 {
            0
        } else {
            window(body, item as usize * self.width as usize) & (u64::MAX >> (64 - self.width))
        }
    }
}

/// The fields of a product that a card can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Product id of the shop.
    pub id: String,
    /// Title from the log, or else brand, kind of product and the end of the id.
    pub title: String,
    /// Brand; empty if unknown.
    pub brand: String,
    /// Category path.
    pub category: String,
    /// Price in hundredths of the currency unit; 0 if unknown.
    pub price_cents: u32,
    /// URL of the product page.
    pub url: String,
    /// URL of the image; empty if the shop has none.
    pub image: String,
}

impl Items {
    pub(super) fn open(
        all: &[u8],
        keys: Range<usize>,
        items: Range<usize>,
        texts: Range<usize>,
        meta: &Meta,
    ) -> Result<Self, SnapshotError> {
        let malformed = |section, why| SnapshotError::Malformed { section, why };
        let cut = || malformed("ITEM", "an array is cut, or bytes follow the last");
        let end_of = |range: &Range<usize>, rest: &[u8]| range.end - rest.len();
        let (key_array, rest) =
            BitArray::open(&all[keys.clone()]).ok_or_else(|| malformed("KEYS", "the array is cut"))?;
        if !rest.is_empty() {
            return Err(malformed("KEYS", "bytes follow the array"));
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
            let cut = || malformed("TEXT", "a column is cut or of the wrong length");
            let (column, rest) = TextColumn::frame(&all[at..texts.end]).ok_or_else(cut)?;
            let range = at..end_of(&texts, rest);
            at = range.end;
            if column.is_empty() || column.len() == len { Ok(range) } else { Err(cut()) }
        };
        let (ids, titles, urls, images) = (column()?, column()?, column()?, column()?);
        if at != texts.end {
            return Err(malformed("TEXT", "bytes follow the last column"));
        }
        let (url_pattern, image_pattern) = (pattern(&meta.url_pattern), pattern(&meta.image_pattern));
        Ok(Self { len, keys, categories, brands, prices, ids, titles, urls, images, url_pattern, image_pattern })
    }

    /// Checks every item: all references exist and all texts are UTF-8.
    pub(super) fn check(&self, all: &[u8], names: &Names) -> Result<(), SnapshotError> {
        let malformed = |section, why| Err(SnapshotError::Malformed { section, why });
        let below = |array: &Packed, bound: u64| (0..self.len as u32).all(|item| array.get(all, item) < bound);
        if !below(&self.categories, names.categories.len() as u64) || !below(&self.brands, names.brands.len() as u64) {
            return malformed("ITEM", "an item's category or brand does not exist");
        }
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

    pub(super) fn category(&self, all: &[u8], item: u32) -> u16 {
        self.categories.get(all, item) as u16
    }
}

/// Opens an array again; it was checked when the model was made.
fn array<'a>(all: &'a [u8], range: &Range<usize>) -> BitArray<'a> {
    BitArray::open(&all[range.clone()]).map(|(array, _)| array).unwrap_or_default()
}

impl<B: AsRef<[u8]>> Model<B> {
    /// Product id of an item.
    pub fn item_id(&self, item: u32) -> String {
        text_of(|out| self.write_id(item, out))
    }

    /// Writes the product id of an item.
    pub fn write_id(&self, item: u32, out: &mut String) {
        let key = self.items.keys(self.bytes()).get(item as usize);
        match crate::event::ItemKey::from_bits(key).and_then(crate::event::ItemKey::decimal) {
            Some(number) => write_decimal(number, out),
            None => out.push_str(self.text(&self.items.ids, item)),
        }
    }

    /// The key of an item.
    pub fn item_key(&self, item: u32) -> ItemKey {
        ItemKey::from_bits(self.items.keys(self.bytes()).get(item as usize)).unwrap_or_else(|| ItemKey::from_id(""))
    }

    /// Product id of an item whose key is a hash.
    pub fn text_id(&self, item: u32) -> &str {
        self.text(&self.items.ids, item)
    }

    /// Price in hundredths; 0 if unknown.
    pub fn price_cents(&self, item: u32) -> u32 {
        self.items.prices.get(self.bytes(), item) as u32
    }

    /// Path of a category; empty if the number is unknown.
    pub fn category_path(&self, category: u16) -> &str {
        self.names.categories.get(usize::from(category)).map_or("", String::as_str)
    }

    /// Short name of an item, for explanations and cards.
    pub fn title(&self, item: u32) -> String {
        text_of(|out| self.write_title(item, out))
    }

    /// Writes the short name of an item: the title from the log, or else brand, kind of product and the end of the id.
    pub fn write_title(&self, item: u32, out: &mut String) {
        let title = self.text(&self.items.titles, item);
        if !title.is_empty() {
            return out.push_str(title);
        }
        let brand = self.brand(item);
        write_capital(brand, out);
        if !brand.is_empty() {
            out.push(' ');
        }
        let kind = out.len();
        self.write_category(item, out);
        if !brand.is_empty()
            && let Some(kind) = out.get_mut(kind..)
        {
            kind.make_ascii_lowercase();
        }
        out.push(' ');
        let id = self.item_id(item);
        let tail = id.char_indices().rev().nth(3).and_then(|(at, _)| id.get(at..)).unwrap_or(&id);
        out.push_str(tail);
    }

    /// Writes the brand of an item with an initial capital; nothing if it is unknown.
    pub fn write_brand(&self, item: u32, out: &mut String) {
        write_capital(self.brand(item), out);
    }

    /// Writes the readable category name of an item: see [`category_label`].
    pub fn write_category(&self, item: u32, out: &mut String) {
        write_label(self.category_path(self.item_category(item)), out);
    }

    /// Writes the URL of an item's page: its own, or else the shop's pattern. The URL is not checked.
    pub fn write_url(&self, item: u32, out: &mut String) {
        self.write_link(self.text(&self.items.urls, item), &self.items.url_pattern, item, out);
    }

    /// Writes the URL of an item's image: its own, or else the shop's pattern. The URL is not checked.
    pub fn write_image(&self, item: u32, out: &mut String) {
        self.write_link(self.text(&self.items.images, item), &self.items.image_pattern, item, out);
    }

    fn write_link(&self, own: &str, pattern: &[Part], item: u32, out: &mut String) {
        if !own.is_empty() {
            return out.push_str(own);
        }
        for part in pattern {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Id => self.write_id(item, out),
                Part::Category => out.push_str(self.category_path(self.item_category(item))),
                Part::Number => write_decimal(self.items.keys(self.bytes()).get(item as usize) % 12, out),
            }
        }
    }

    /// All fields of an item as owned texts. A host that shows only some of them uses the writers instead.
    pub fn product(&self, item: u32) -> Product {
        Product {
            id: self.item_id(item),
            title: self.title(item),
            brand: text_of(|out| self.write_brand(item, out)),
            category: self.category_path(self.item_category(item)).into(),
            price_cents: self.price_cents(item),
            url: text_of(|out| self.write_url(item, out)),
            image: text_of(|out| self.write_image(item, out)),
        }
    }

    /// Brand number of an item; 0 if it has none.
    pub fn brand_number(&self, item: u32) -> u32 {
        self.items.brands.get(self.bytes(), item) as u32
    }

    fn brand(&self, item: u32) -> &str {
        self.names.brands.get(self.brand_number(item) as usize).map_or("", String::as_str)
    }

    fn text(&self, column: &Range<usize>, item: u32) -> &str {
        TextColumn::text_at(&self.bytes()[column.clone()], item as usize)
    }
}

fn text_of(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}

/// A piece of a URL pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `{id}`: the product id.
    Id,
    /// `{category}`: the category path.
    Category,
    /// `{n}`: the key modulo 12.
    Number,
}

fn part_of(text: Option<&str>) -> Option<Part> {
    text.filter(|text| !text.is_empty()).map(|text| Part::Text(text.into()))
}

/// Splits a URL pattern into pieces, once for all items.
fn pattern(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, _) in text.char_indices().filter(|(_, c)| *c == '{') {
        for (name, part) in [("{id}", Part::Id), ("{category}", Part::Category), ("{n}", Part::Number)] {
            if text.get(at..).is_some_and(|rest| rest.starts_with(name)) {
                parts.extend(part_of(text.get(done..at)));
                parts.push(part);
                done = at + name.len();
            }
        }
    }
    parts.extend(part_of(text.get(done..)));
    parts
}

/// Writes a number in decimal. A page has about a hundred ids, and the general formatter is slow.
pub(crate) fn write_decimal(mut number: u64, out: &mut String) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while at == digits.len() || number > 0 {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.push_str(core::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// A readable name for a category path: `appliances.kitchen.air_heater` becomes "Air heater". A path that is only a
/// number becomes "Article".
pub fn category_label(path: &str) -> String {
    text_of(|out| write_label(path, out))
}

fn write_label(path: &str, out: &mut String) {
    let leaf = behind_last(path, b'.');
    if leaf.bytes().all(|b| b.is_ascii_digit()) {
        return out.push_str("Article");
    }
    for (at, c) in leaf.chars().enumerate() {
        out.push(match c {
            '_' => ' ',
            first if at == 0 => first.to_ascii_uppercase(),
            c => c,
        });
    }
}

fn write_capital(text: &str, out: &mut String) {
    let mut chars = text.chars();
    out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(chars.as_str());
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

    #[test]
    fn a_category_is_called_by_its_last_word() {
        for (path, label) in [
            ("appliances.kitchen.air_heater", "Air heater"),
            ("_x", " x"),
            ("a.17", "Article"),
            ("", "Article"),
            ("élan", "élan"),
        ] {
            assert_eq!(category_label(path), label);
        }
    }

    #[test]
    fn numbers_are_written_in_digits() {
        for number in [0, 7, 10, 1_004_856, u64::MAX] {
            assert_eq!(text_of(|out| write_decimal(number, out)), alloc::format!("{number}"));
        }
    }
}
