//! Live facts: prices and stock laid over the catalogue of a snapshot.
//!
//! They are the model's own, so that guardrails, features and cards see them without knowing where a price comes from. A
//! host lays a newer overlay over a model that pages still hold, so they can be exchanged behind a shared reference.
//! Between two exchanges the same arguments give the same decision.
//!
//! Invariant: keys are resolved to item numbers once, when an overlay is laid or the model learns of more keys. After
//! that a question costs one load.

use super::Model;
use super::laid::Live;
#[cfg(not(feature = "edge"))]
use crate::event::ItemKey;
use crate::snapshot::ItemIndex;
use crate::snapshot::overlay::{Entry, Overlay};

impl<B: AsRef<[u8]>> Model<B> {
    /// Lays live prices and stock over the catalogue, in place of those before; `None` takes them away.
    pub fn lay(&self, overlay: Option<Overlay>) {
        if let Ok(mut live) = self.live.try_borrow_mut() {
            live.published_ms = overlay.as_ref().map(|overlay| overlay.published_ms);
            live.known = overlay.unwrap_or_default().entries;
        }
        self.resolve();
    }

    /// Finds the items of the overlay's keys: again when the model has learned of more keys.
    pub(super) fn resolve(&self) {
        let Ok(mut live) = self.live.try_borrow_mut() else { return };
        let Live { known, entries, .. } = &mut *live;
        entries.clear();
        if known.is_empty() {
            return;
        }
        entries.resize(self.len(), 0);
        for (entry, number) in known.iter().zip(1..) {
            if let Some(item) = self.item(entry.key)
                && let Some(place) = entries.get_mut(item.place())
            {
                *place = number;
            }
        }
    }

    /// What is known of an item at the moment; `None` if the snapshot holds.
    #[inline(never)]
    fn entry(&self, item: ItemIndex) -> Option<Entry> {
        let live = self.live.try_borrow().ok()?;
        let number = *live.entries.get(item.place())? as usize;
        live.known.get(number.wrapping_sub(1)).copied()
    }

    /// Price in hundredths that the overlay states; `None` if the snapshot's holds.
    pub fn live_price(&self, item: ItemIndex) -> Option<u32> {
        self.entry(item)?.price
    }

    /// Price in hundredths; 0 if unknown.
    #[inline(never)]
    pub fn price_cents(&self, item: ItemIndex) -> u32 {
        self.live_price(item).unwrap_or_else(|| self.data.price(self.bytes(), item))
    }

    /// Usual price in hundredths, where it is above the price; 0 if there is none.
    pub fn usual_cents(&self, item: ItemIndex) -> u32 {
        let usual = self.entry(item).and_then(|entry| entry.usual);
        usual.filter(|usual| (1..*usual).contains(&self.price_cents(item))).unwrap_or_default()
    }

    /// Price and usual price of a product at the moment as cards in a locale show them, and whether it must not be shown.
    /// The card need not be here: without a price if neither the overlay nor the card tells one.
    #[cfg(not(feature = "edge"))]
    pub fn now(&self, key: ItemKey, locale: usize) -> (Option<u32>, u32, bool) {
        if let Some(item) = self.item(key).filter(|item| self.has_card(*item)) {
            return (Some(self.price_in(item, locale)), self.usual_in(item, locale), self.is_off(item));
        }
        if let Ok(live) = self.live.try_borrow() {
            // One by one: a page asks for its few cards, and rarely.
            for entry in &live.known {
                if entry.key == key {
                    let off = entry.is_off();
                    return match entry.price {
                        // A price of the default locale says only that another locale's own may be wrong.
                        Some(_) if self.has_own_prices(locale) => (Some(0), 0, off),
                        Some(price) => {
                            (Some(price), entry.usual.filter(|usual| *usual > price).unwrap_or_default(), off)
                        }
                        None => (None, 0, off),
                    };
                }
            }
        }
        (None, 0, false)
    }

    /// Whether an item is sold out or hidden at the moment.
    pub fn is_off(&self, item: ItemIndex) -> bool {
        self.entry(item).is_some_and(|entry| entry.is_off())
    }

    /// Whether prices may still be shown at this time, in milliseconds since 1970. They are as old as the overlay, or else
    /// as the newest event that the snapshot was trained on.
    pub fn shows_prices(&self, now_ms: u64) -> bool {
        let age = u64::from(self.plan.price_age) * 1000;
        let live = self.live.try_borrow().ok().and_then(|live| live.published_ms);
        age == 0 || now_ms <= live.unwrap_or(self.meta.newest_ms) + age
    }
}
