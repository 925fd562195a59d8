//! The attributes of the slot contract in a page's source.

use crate::tag::Tag;
use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

/// Attribute that marks a slot; its value is the slot's name.
pub const SLOT: &str = "data-slotwise";
/// Attribute that names a variant of a *choose* slot.
pub const VARIANT: &str = "data-variant";
/// Attribute that marks the card template of a *fill* slot.
pub const CARD: &str = "data-card";
/// Attribute that names the field shown by an element of a card.
pub const FIELD: &str = "data-field";
/// Attribute with a product id: on a slot, the product of the page; on a card, the card's product.
pub const ITEM: &str = "data-item";
/// Attribute with what a slot's page is about besides: a category's path, or the words of a search.
pub const ABOUT: &str = "data-about";
/// Attribute with a slot's language, where it is not the page's.
pub const LANG: &str = "data-lang";
/// Attribute that names a child of an *order* slot.
pub const KEY: &str = "data-key";
/// Attribute of an element that explains a slot to the shopper; its value is the slot's name.
pub const BECAUSE: &str = "data-because";

/// The contract's attributes of one tag, as positions of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// [`SLOT`].
    pub slot: Option<Range<usize>>,
    /// [`BECAUSE`].
    pub because: Option<Range<usize>>,
    /// [`ITEM`].
    pub item: Option<Range<usize>>,
    /// [`ABOUT`].
    pub about: Option<Range<usize>>,
    /// [`LANG`].
    pub lang: Option<Range<usize>>,
    /// [`VARIANT`].
    pub variant: Option<Range<usize>>,
    /// [`CARD`].
    pub card: Option<Range<usize>>,
    /// [`KEY`].
    pub key: Option<Range<usize>>,
}

impl Mark {
    /// The marks of a tag. Of several attributes with the same name, the first one counts.
    pub fn of(tag: &Tag, input: &[u8]) -> Self {
        let mut mark = Self::default();
        if !tag.data {
            return mark;
        }
        for attribute in tag.attributes(input) {
            let Some(name) = input.get(attribute.name) else { continue };
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            // Most names differ in length, so that nothing needs to be compared.
            let place = match name.len() {
                13 if is(SLOT) => &mut mark.slot,
                12 if is(BECAUSE) => &mut mark.because,
                12 if is(VARIANT) => &mut mark.variant,
                10 if is(ABOUT) => &mut mark.about,
                9 if is(ITEM) => &mut mark.item,
                9 if is(CARD) => &mut mark.card,
                9 if is(LANG) => &mut mark.lang,
                8 if is(KEY) => &mut mark.key,
                _ => continue,
            };
            place.get_or_insert(attribute.value);
        }
        mark
    }
}

/// The value of an attribute with its character references decoded: numeric ones and the five of XML, which are all
/// that the contract needs. `None` if it is not UTF-8.
pub fn decoded(value: &[u8]) -> Option<Cow<'_, str>> {
    let text = core::str::from_utf8(value).ok()?;
    if !value.contains(&b'&') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte == b'&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.bytes().take(12).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((reference(from.get(1..end)?)?, end + 1)));
        let (c, used) = found.unwrap_or(('&', 1));
        out.push(c);
        rest = from.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

fn reference(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let hex = digits.strip_prefix(['x', 'X']);
            let number = hex.map_or_else(|| digits.parse(), |hex| u32::from_str_radix(hex, 16)).ok()?;
            char::from_u32(number).filter(|c| *c != '\0')?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        for (value, text) in [
            ("a", "a"),
            ("a&amp;b&lt;&gt;&quot;&apos;&#39;&#x4e;", "a&b<>\"''N"),
            ("a&b", "a&b"),
            ("&", "&"),
            ("&#0;&#xffffffff;&nbsp;é&amp", "&#0;&#xffffffff;&nbsp;é&amp"),
        ] {
            assert_eq!(decoded(value.as_bytes()).as_deref(), Some(text));
        }
        assert_eq!(decoded(b"\xff"), None);
    }
}
