//! What a model knows of each product: its id, texts, links, price, brand and category.
//!
//! A product is a number. Its texts stay packed in the snapshot until a card shows them. The writers append to a text that
//! the caller owns, so that a page full of cards allocates one text and not hundreds.
//!
//! Nothing here escapes or checks what it writes: that depends on where the text goes, so the host does it.

use super::Model;
use super::data::Column;
use crate::event::ItemKey;
use crate::snapshot::ItemIndex;
use crate::text::{behind_last, cut, until, utf8};
use alloc::string::String;

/// The fields of a product that a card can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Product id of the shop.
    pub id: String,
    /// Title from the log, or else brand, kind of product and the end of the id; the id of a product without a name.
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

/// Share of a visit from which on it leans to a tag, in thousandths: as much as an interest needs in the plan by default.
const LEAN: u32 = 300;

/// A picture of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Picture<'a> {
    /// URL; empty if the shop's pattern makes it.
    pub url: &'a str,
    /// The tag it was chosen by; empty for the default picture where no tag has enough.
    pub tag: &'a str,
    /// The tag's share, in thousandths. Without a tag it means nothing.
    pub share: u32,
}

impl<B: AsRef<[u8]>> Model<B> {
    /// Product id of an item.
    pub fn item_id(&self, item: ItemIndex) -> String {
        text_of(|out| self.write_id(item, out))
    }

    /// Writes the product id of an item. Most shops number their products, and the key of such a product is its number, so
    /// the snapshot stores the text of other ids only.
    pub fn write_id(&self, item: ItemIndex, out: &mut String) {
        match ItemKey::from_bits(self.key_bits(item)).and_then(ItemKey::decimal) {
            Some(number) => write_decimal(number, out),
            None => out.push_str(self.text(Column::Ids, item)),
        }
    }

    /// The key of an item.
    pub fn item_key(&self, item: ItemIndex) -> ItemKey {
        ItemKey::from_bits(self.key_bits(item)).unwrap_or_else(|| ItemKey::from_id(""))
    }

    /// Product id of an item whose key is a hash.
    pub fn text_id(&self, item: ItemIndex) -> &str {
        self.text(Column::Ids, item)
    }

    /// Path of a category; empty if the number is unknown.
    pub fn category_path(&self, category: u16) -> &str {
        self.names.categories.get(usize::from(category)).map_or("", String::as_str)
    }

    /// Short name of an item in the default locale, for explanations: of one without a name its id.
    pub fn title(&self, item: ItemIndex) -> String {
        let title = text_of(|out| self.write_title(item, 0, out));
        if title.is_empty() { self.item_id(item) } else { title }
    }

    /// Whether shoppers can be told the name of an item. An id alone is no name.
    pub fn has_name(&self, item: ItemIndex) -> bool {
        self.item_category(item) != 0 || self.brand_number(item) != 0 || !self.title_text(item, 0).is_empty()
    }

    /// Writes the short name of an item in a locale: its title, or else brand, kind of product and the end of the id; nothing
    /// if neither brand nor kind is known.
    pub fn write_title(&self, item: ItemIndex, locale: usize, out: &mut String) {
        let title = self.title_text(item, locale);
        if !title.is_empty() {
            return out.push_str(title);
        }
        let (brand, category) = (self.brand(item), self.item_category(item));
        if brand.is_empty() && category == 0 {
            return;
        }
        write_capital(brand, out);
        if !brand.is_empty() {
            out.push(' ');
        }
        let kind = out.len();
        self.write_category(category, locale, out);
        // Behind a brand the kind of product stands in the middle of the title: "Acme air heater". The shop's own names of
        // categories stay as they are written.
        if !brand.is_empty()
            && self.plan.category_name(locale, category).is_none()
            && let Some(kind) = out.get_mut(kind..)
        {
            kind.make_ascii_lowercase();
        }
        out.push(' ');
        // The last four bytes of the id tell products of the same brand and kind apart.
        let id = self.item_id(item);
        let tail = (0..id.len().saturating_sub(3)).rev().find_map(|at| id.get(at..)).unwrap_or(&id);
        out.push_str(tail);
    }

    /// Writes the brand of an item with an initial capital; nothing if it is unknown.
    pub fn write_brand(&self, item: ItemIndex, out: &mut String) {
        write_capital(self.brand(item), out);
    }

    /// Writes the readable name of a category: the plan's name in a locale, or else [`category_label`].
    pub fn write_category(&self, category: u16, locale: usize, out: &mut String) {
        match self.plan.category_name(locale, category) {
            Some(name) => out.push_str(name),
            None => write_label(self.category_path(category), out),
        }
    }

    /// Writes the URL of an item's page in a locale: its own, or else the shop's pattern. The URL is not checked.
    pub fn write_url(&self, item: ItemIndex, locale: usize, out: &mut String) {
        let (own, pattern) = self.url_text(item, locale);
        self.write_link(own, pattern, item, out);
    }

    /// Writes the URL of an item's image: the one of its own pictures that fits, or else the shop's pattern. The URL is not
    /// checked. `share` is that of [`Model::picture`].
    pub fn write_image(&self, item: ItemIndex, share: &dyn Fn(&str) -> u32, out: &mut String) {
        self.write_link(self.picture(item, share).url, &self.meta.image_pattern, item, out);
    }

    /// The picture of an item that fits best. `share` says how much of something is about a tag, in thousandths.
    ///
    /// The column of images holds the default's URL (empty where the shop's pattern makes it), and behind it pairs of a tag
    /// and a URL, each on a line of its own. So an item with one picture takes no byte more than its URL.
    pub fn picture(&self, item: ItemIndex, share: &dyn Fn(&str) -> u32) -> Picture<'_> {
        let text = self.text(Column::Images, item);
        let mut best = Picture { url: until(text, b"\n"), tag: "", share: LEAN - 1 };
        let mut lines = text.get(best.url.len() + 1..).unwrap_or_default();
        while let Some((tag, rest)) = cut(lines, b'\n') {
            let url = until(rest, b"\n");
            lines = rest.get(url.len() + 1..).unwrap_or_default();
            let share = share(tag);
            // Only a larger share wins, so of equal ones the first picture stays.
            if share > best.share {
                best = Picture { url, tag, share };
            }
        }
        best
    }

    /// Whether an item has several pictures of its own.
    #[cfg(feature = "names")]
    pub fn has_pictures(&self, item: ItemIndex) -> bool {
        cut(self.text(Column::Images, item), b'\n').is_some()
    }

    /// A product's own link wins over the shop's pattern; a product with neither has none.
    ///
    /// In a pattern, `{id}` stands for the product id, `{category}` for the category path, and `{n}` for the key modulo 12: a
    /// shop without pictures of its own products can show one of twelve. Other names in braces stay as they are: braces are
    /// rare in URLs, but allowed.
    fn write_link(&self, own: &str, pattern: &str, item: ItemIndex, out: &mut String) {
        let mut rest = if own.is_empty() { pattern } else { return out.push_str(own) };
        loop {
            let text = until(rest, b"{");
            out.push_str(text);
            let Some(behind) = rest.get(text.len() + 1..) else { return };
            if let Some(behind) = behind.strip_prefix("id}") {
                self.write_id(item, out);
                rest = behind;
            } else if let Some(behind) = behind.strip_prefix("category}") {
                out.push_str(self.category_path(self.item_category(item)));
                rest = behind;
            } else if let Some(behind) = behind.strip_prefix("n}") {
                write_decimal(self.key_bits(item) % 12, out);
                rest = behind;
            } else {
                out.push('{');
                rest = behind;
            }
        }
    }

    /// All fields of an item in the default locale, as owned texts. A host that shows only some of them uses the writers instead.
    pub fn product(&self, item: ItemIndex) -> Product {
        Product {
            id: self.item_id(item),
            title: self.title(item),
            brand: text_of(|out| self.write_brand(item, out)),
            category: self.category_path(self.item_category(item)).into(),
            price_cents: self.price_cents(item),
            url: text_of(|out| self.write_url(item, 0, out)),
            image: text_of(|out| self.write_image(item, &|_| 0, out)),
        }
    }

    /// Brand number of an item; 0 if it has none.
    pub fn brand_number(&self, item: ItemIndex) -> u32 {
        self.data.brand(self.bytes(), item)
    }

    /// Name of an item's brand as the log spells it; empty if it has none.
    pub fn brand(&self, item: ItemIndex) -> &str {
        self.brand_name(self.brand_number(item))
    }

    /// Name of a brand as the log spells it; empty for number 0, which is "no brand".
    pub fn brand_name(&self, brand: u32) -> &str {
        self.names.brands.get(brand as usize).map_or("", String::as_str)
    }

    /// The text of an item in a column; empty if it has none.
    pub(super) fn text(&self, column: Column, item: ItemIndex) -> &str {
        self.data.text(self.bytes(), column, item)
    }
}

/// What a writer writes, as a text of its own.
fn text_of(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
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
    out.push_str(utf8(&digits[at..]).unwrap_or_default());
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
    let start = out.len();
    let mut rest = leaf;
    loop {
        let word = until(rest, b"_");
        out.push_str(word);
        let Some(more) = rest.get(word.len() + 1..) else { break };
        out.push(' ');
        rest = more;
    }
    capitalise(start, out);
}

fn write_capital(text: &str, out: &mut String) {
    let start = out.len();
    out.push_str(text);
    capitalise(start, out);
}

/// Makes the first letter behind a place a capital, if it is one of A to Z.
fn capitalise(start: usize, out: &mut str) {
    if let Some(first) = out.get_mut(start..start + 1) {
        first.make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
