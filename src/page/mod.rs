//! The slot contract of the HTML: one definition for the edge and for the browser.
//!
//! - *choose*: the slot's children carry `data-variant`; one is visible, each other stands in a
//!   `<template data-variant>` that holds one element.
//! - *fill*: the slot holds a `<template data-card>` and the shop's own cards. In the template,
//!   `data-field` names what an element shows; a space-separated list names several.
//! - *order*: the slot's children carry `data-key`, a category path or a product id; those without one come
//!   first, as they stand.
//! - A slot on a page about one product says so with `data-item`.
//! - An element with `data-because="home.hero"` gets, in place of its text, why the slot shows what it shows.
//!   With a `data-item` of its own it means the slot of that product.
//!
//! Inside a `<template>` nothing is a slot. A slot that holds another slot stays as it is; the inner one is filled.
//! So does a slot that does not hold what the contract asks for, or whose markup does not nest, without any mark.
//!
//! A host leaves `data-slotwise-personalised` on a slot it has changed, and on every slot it has decided and
//! understood `data-slotwise-shows`: the exposure to report once the slot is seen.

#[cfg(feature = "names")]
mod card;
#[cfg(feature = "names")]
mod fit;
#[cfg(feature = "names")]
mod single;
#[cfg(feature = "names")]
mod slot;
#[cfg(feature = "names")]
mod text;

#[cfg(feature = "names")]
pub use card::Card;
#[cfg(feature = "names")]
pub use fit::Fit;
#[cfg(feature = "names")]
pub use slot::{Show, Words, keys, rewrite};
pub use slotwise_scan::{BECAUSE, CARD, Charset, FIELD, Fitter, ITEM, KEY, SLOT, VARIANT};
#[cfg(feature = "names")]
pub use text::write_text;

use crate::model::{Model, write_decimal};
use crate::text::until;
use alloc::string::String;

/// Attribute a host leaves on a slot it has changed.
pub const PERSONALISED: &str = "data-slotwise-personalised";
/// Attribute a host leaves on a slot it has decided: a [`RawExposure`](crate::event::RawExposure) in JSON.
pub const SHOWS: &str = "data-slotwise-shows";

/// What an element of a card can show of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Its name, as text.
    Title,
    /// Its brand, as text.
    Brand,
    /// Its price with the currency, as text.
    Price,
    /// Its category's last word, as text.
    Category,
    /// The link to its page, as `href`.
    Url,
    /// Its picture, as `src`.
    Image,
}

impl Field {
    /// Every field with its name, in order of number.
    pub const ALL: [(&'static str, Self); 6] = [
        ("title", Self::Title),
        ("brand", Self::Brand),
        ("price", Self::Price),
        ("category", Self::Category),
        ("url", Self::Url),
        ("image", Self::Image),
    ];

    /// The field of this name; `None` for a name the contract does not have.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// The fields a `data-field` value lists, unknown names left out.
    pub fn list(value: &str) -> impl Iterator<Item = Self> + '_ {
        value.split_ascii_whitespace().filter_map(Self::from_name)
    }

    /// The attribute the field sets; `None` where it is the element's text.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Url => Some("href"),
            Self::Image => Some("src"),
            _ => None,
        }
    }

    /// Writes what it shows of an item, not escaped. A link that is neither relative nor http(s) shows as
    /// nothing: a catalogue must not be able to put script into a page.
    pub fn write<B: AsRef<[u8]>>(self, model: &Model<B>, item: u32, out: &mut String) {
        let begin = out.len();
        match self {
            Self::Title => model.write_title(item, out),
            Self::Brand => model.write_brand(item, out),
            Self::Price => write_price(model.price_cents(item), &model.meta().currency, out),
            Self::Category => model.write_category(item, out),
            Self::Url => model.write_url(item, out),
            Self::Image => model.write_image(item, out),
        }
        if self.attribute().is_some() && !out.get(begin..).is_some_and(is_safe_link) {
            out.truncate(begin);
        }
    }
}

/// A price for people: `$1,299.00`. Empty if the price is unknown.
///
/// ```
/// assert_eq!(slotwise::page::price(129_900, "USD"), "$1,299.00");
/// assert_eq!(slotwise::page::price(5, "CHF"), "0.05 CHF");
/// ```
pub fn price(cents: u32, currency: &str) -> String {
    let mut out = String::new();
    write_price(cents, currency, &mut out);
    out
}

/// Writes a price as [`price`] has it.
pub fn write_price(cents: u32, currency: &str, out: &mut String) {
    if cents == 0 {
        return;
    }
    let (before, behind) = match currency {
        "" => ("", ""),
        "USD" => ("$", ""),
        "EUR" => ("€", ""),
        "GBP" => ("£", ""),
        other => ("", other),
    };
    out.push_str(before);
    // u32::MAX hundredths have three groups of digits before the point.
    let whole = cents / 100;
    let groups = [whole / 1_000_000, whole / 1000 % 1000, whole % 1000];
    let first = groups.iter().position(|group| *group > 0).unwrap_or(2);
    for (at, group) in groups.iter().enumerate().skip(first) {
        if at > first {
            out.push(',');
            out.push_str(if *group < 10 {
                "00"
            } else if *group < 100 {
                "0"
            } else {
                ""
            });
        }
        write_decimal(u64::from(*group), out);
    }
    out.push_str(if cents % 100 < 10 { ".0" } else { "." });
    write_decimal(u64::from(cents % 100), out);
    if !behind.is_empty() {
        out.push(' ');
        out.push_str(behind);
    }
}

fn is_safe_link(link: &str) -> bool {
    let scheme = until(link, b"/?#");
    !scheme.bytes().any(|byte| byte == b':') || ["https:", "http:"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_script_are_told_from_links() {
        for bad in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", " javascript:x"] {
            assert!(!is_safe_link(bad), "{bad}");
        }
        for good in ["/product/1", "product/1", "https://s.example/a:b", "//cdn.example/x", "?a=b:c", ""] {
            assert!(is_safe_link(good), "{good}");
        }
    }

    #[test]
    fn prices_are_grouped_by_thousands() {
        for (cents, shown) in [
            (0, ""),
            (5, "0.05"),
            (100, "1.00"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (100_500_001, "1,005,000.01"),
            (u32::MAX, "42,949,672.95"),
        ] {
            assert_eq!(price(cents, ""), shown);
        }
        assert_eq!(price(123, "EUR"), "€1.23");
        assert_eq!(price(123, "GBP"), "£1.23");
    }
}
