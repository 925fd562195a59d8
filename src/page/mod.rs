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
//! A host leaves `data-slotwise-fitted` on a slot it has changed, and on every slot `data-slotwise-shows`: the
//! exposure to report once the slot is seen.

mod card;

pub use card::{Card, CardBuilder};

use crate::model::Product;
use alloc::{format, string::String};

/// Attribute that marks a slot; its value is the slot's name.
pub const SLOT: &str = "data-slotwise";
/// Attribute that names a variant of a *choose* slot.
pub const VARIANT: &str = "data-variant";
/// Attribute that marks the card template of a *fill* slot.
pub const CARD: &str = "data-card";
/// Attribute that says what an element of a card shows.
pub const FIELD: &str = "data-field";
/// Attribute with a product's id: on a slot, of the product its page is about; on a card, of its own.
pub const ITEM: &str = "data-item";
/// Attribute that names a child of an *order* slot.
pub const KEY: &str = "data-key";
/// Attribute of an element that says why a slot shows what it shows; its value is the slot's name.
pub const BECAUSE: &str = "data-because";
/// Attribute a host leaves on a slot it has changed.
pub const FITTED: &str = "data-slotwise-fitted";
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

    /// What it shows of a product, not escaped. A link that is neither relative nor http(s) shows as
    /// nothing: a catalogue must not be able to put script into a page.
    pub fn value(self, product: &Product, currency: &str) -> String {
        match self {
            Self::Title => product.title.clone(),
            Self::Brand => product.brand.clone(),
            Self::Price => price(product.price_cents, currency),
            Self::Category => crate::model::category_label(&product.category),
            Self::Url => safe_link(&product.url).into(),
            Self::Image => safe_link(&product.image).into(),
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
    if cents == 0 {
        return String::new();
    }
    let whole = format!("{}", cents / 100);
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let amount = format!("{grouped}.{:02}", cents % 100);
    match currency {
        "" => amount,
        "USD" => format!("${amount}"),
        "EUR" => format!("€{amount}"),
        "GBP" => format!("£{amount}"),
        other => format!("{amount} {other}"),
    }
}

fn safe_link(link: &str) -> &str {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or_default();
    let web = ["https:", "http:"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    if web || !scheme.contains(':') { link } else { "" }
}

/// Writes text into HTML, as content or as a quoted attribute value.
pub fn escape_into(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_script_show_as_nothing() {
        for bad in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", " javascript:x"] {
            assert_eq!(safe_link(bad), "");
        }
        for good in ["/product/1", "product/1", "https://s.example/a:b", "//cdn.example/x", "?a=b:c", ""] {
            assert_eq!(safe_link(good), good);
        }
    }
}
