//! What a snapshot has of products in other languages than the default: titles, URLs and prices.
//!
//! A set of columns holds what is stated in one language: titles, URLs, prices. The plan's locales say which set is
//! theirs (`sets`). A page fetches the entries of some items, with what comes from the parents in them (`parts`).
//!
//! An entry that a locale lacks comes from its parent: the readers walk the chain up to the default, whose columns are
//! those of the snapshot's other sections.

use super::Model;
use super::data::Column;
use crate::snapshot::ItemIndex;

/// Titles, among the texts of a set.
const TITLES: usize = 0;
/// URLs, among the texts of a set.
const URLS: usize = 1;

impl<B: AsRef<[u8]>> Model<B> {
    /// An item's own title in a locale; empty if it has none in any language of the chain.
    pub(super) fn title_text(&self, item: ItemIndex, mut locale: usize) -> &str {
        loop {
            let title = self.localised(item, locale, TITLES);
            match self.plan.parent(locale) {
                Some(parent) if title.is_empty() => locale = parent,
                Some(_) => return title,
                None => return self.text(Column::Titles, item),
            }
        }
    }

    /// An item's own URL in a locale, and the pattern for one that has none.
    pub(super) fn url_text(&self, item: ItemIndex, mut locale: usize) -> (&str, &str) {
        loop {
            let own = self.plan.locales.get(locale).filter(|_| locale > 0).map(|locale| &locale.url_pattern);
            let pattern = own.unwrap_or(&self.meta.url_pattern);
            let url = self.localised(item, locale, URLS);
            match self.plan.parent(locale) {
                Some(parent) if url.is_empty() && pattern.is_empty() => locale = parent,
                Some(_) => return (url, pattern),
                None => return (self.text(Column::Urls, item), pattern),
            }
        }
    }

    /// Price in hundredths of the locale's currency; 0 if unknown. A live price is one of the default locale, so it leaves
    /// nothing to say about a price that another locale states for itself.
    pub fn price_in(&self, item: ItemIndex, locale: usize) -> u32 {
        match self.own_price(item, locale) {
            None => self.price_cents(item),
            Some(_) if self.live_price(item).is_some() => 0,
            Some(price) => price,
        }
    }

    /// Usual price in hundredths, where it is above the price; 0 if there is none, or if the locale has prices of its own.
    pub fn usual_in(&self, item: ItemIndex, locale: usize) -> u32 {
        if self.own_price(item, locale).is_some() { 0 } else { self.usual_cents(item) }
    }

    /// Whether the prices of a locale are others than the default's.
    #[cfg(not(feature = "edge"))]
    pub(super) fn has_own_prices(&self, locale: usize) -> bool {
        self.own_price(ItemIndex::UNKNOWN, locale).is_some()
    }

    /// The price that a locale or one above it states, 0 if none does in its currency; `None` if the default's holds.
    fn own_price(&self, item: ItemIndex, mut locale: usize) -> Option<u32> {
        loop {
            let parent = self.plan.parent(locale)?;
            let price = self.data.localised_price(self.bytes(), self.set(locale), item);
            if price > 0 || self.plan.locales.get(locale).is_some_and(|locale| locale.own_prices) {
                return Some(price);
            }
            locale = parent;
        }
    }

    /// A text that a locale itself states of an item.
    fn localised(&self, item: ItemIndex, locale: usize, column: usize) -> &str {
        self.data.localised_text(self.bytes(), self.set(locale), column, item)
    }

    /// The locale's own set of columns, from 1; 0 if it has none.
    fn set(&self, locale: usize) -> usize {
        self.plan.locales.get(locale).map_or(0, |locale| usize::from(locale.columns))
    }

    /// What a set's entry of an item is for a page that has no other set: title, URL and price, with what comes from the
    /// parents but not from the default.
    #[cfg(feature = "names")]
    pub fn resolved(&self, set: usize, item: ItemIndex) -> (&str, &str, u32) {
        let known = |locale: &usize| self.set(*locale) == set;
        let Some(locale) = (1..self.plan.locales.len()).find(known) else { return ("", "", 0) };
        let is_default = self.title_text(item, locale) == self.text(Column::Titles, item);
        let title = if is_default { "" } else { self.title_text(item, locale) };
        let mut at = locale;
        let url = loop {
            let own = self.localised(item, at, URLS);
            let has_pattern = self.plan.locales.get(at).is_some_and(|locale| !locale.url_pattern.is_empty());
            match self.plan.parent(at) {
                Some(parent) if own.is_empty() && !has_pattern && parent > 0 => at = parent,
                _ => break own,
            }
        };
        let mut at = locale;
        let price = loop {
            let own = self.data.localised_price(self.bytes(), self.set(at), item);
            let owns = self.plan.locales.get(at).is_some_and(|locale| locale.own_prices);
            match self.plan.parent(at) {
                Some(parent) if own == 0 && !owns && parent > 0 => at = parent,
                _ => break own,
            }
        };
        (title, url, price)
    }
}
