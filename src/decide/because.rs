//! Why, in a few words for the shopper: by translation keys, in the shop's own words where the plan has them.
//!
//! Nothing here counts, dates or locates: a shopper is told what they themselves looked for, and never of a
//! sensitive category.

use crate::model::{Model, category_label};
use alloc::string::String;
use serde::Serialize;

/// A few words for the shopper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// Translation key, one of [`TEXTS`].
    pub key: &'static str,
    /// What stands for `{name}`: a product or a category; empty where the text names none.
    pub name: String,
    /// The text, from the plan or else in English.
    pub text: String,
}

/// Every translation key with its English text.
pub const TEXTS: [(&str, &str); 16] = [
    ("because.viewed", "Because you looked at {name}"),
    ("because.cart", "Goes with {name} in your cart"),
    ("because.together", "Often bought together with {name}"),
    ("because.similar", "Similar to {name}"),
    ("because.look", "Goes well with {name}"),
    ("because.recent", "You looked at these"),
    ("because.visit", "Picked for this visit"),
    ("because.trending", "Popular right now"),
    ("because.new", "New in the shop"),
    ("because.bestsellers", "Our bestsellers"),
    ("because.category", "You are looking at: {name}"),
    ("because.search", "Back to your search: {name}"),
    ("because.source", "Liked by others who came the same way"),
    ("because.declared", "You asked for: {name}"),
    ("because.adjacent", "Something different"),
    ("because.offer", "An offer for this visit"),
];

impl Because {
    pub(super) fn of<B: AsRef<[u8]>>(model: &Model<B>, key: &'static str, name: &str) -> Option<Self> {
        let own = model.plan().texts.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str());
        let text = own.or_else(|| TEXTS.iter().find(|(known, _)| *known == key).map(|(_, text)| *text))?;
        Some(Self { key, name: name.into(), text: text.replace("{name}", name) })
    }

    /// About a category; about the visit where it is sensitive.
    pub(super) fn about_category<B: AsRef<[u8]>>(model: &Model<B>, key: &'static str, category: u16) -> Option<Self> {
        if model.plan().sensitive.binary_search(&category).is_ok() {
            return Self::of(model, "because.visit", "");
        }
        let label = category_label(model.category_path(category)).to_ascii_lowercase();
        Self::of(model, key, &label)
    }

    /// About a product; about the visit where its category is sensitive.
    pub(super) fn about_item<B: AsRef<[u8]>>(
        model: &Model<B>,
        key: &'static str,
        item: u32,
        title: &str,
    ) -> Option<Self> {
        if model.plan().sensitive.binary_search(&model.item_category(item)).is_ok() {
            return Self::of(model, "because.visit", "");
        }
        Self::of(model, key, title)
    }
}
