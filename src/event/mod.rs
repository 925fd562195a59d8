//! An event: one action of a visitor, under its GA4 e-commerce name.
//!
//! Shops already send these names and parameters to their analytics, so they can pass the same objects on unchanged
//! ([`RawEvent`]). An unknown name is not an error: it is counted and ignored.
//!
//! Invariant: an [`ItemKey`] fits 49 bits and a [`CategoryKey`] 28, so a full session fits a cookie.

#[cfg(feature = "names")]
pub(crate) mod raw;
#[cfg(feature = "names")]
pub mod valid;

#[cfg(feature = "names")]
pub use raw::{Number, RawEvent, RawExposure, RawItem, RawParams, Text};
#[cfg(feature = "names")]
pub use valid::Refusal;

use crate::context::key_of;
use crate::hash::hash;
use crate::wire::{Read, Reader};

use crate::text::meaning;
use alloc::vec::Vec;

/// The kinds of event the engine understands. The token stores the number, so kinds must never be renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// `view_item`: a product page was viewed.
    ViewItem = 0,
    /// `view_item_list`: a category or list page was viewed.
    ViewItemList = 1,
    /// `select_item`: a product was clicked in a list; also `select_promotion`.
    SelectItem = 2,
    /// `add_to_cart`.
    AddToCart = 3,
    /// `remove_from_cart`, and `refund`: the visitor gives the product back.
    RemoveFromCart = 4,
    /// `add_to_wishlist`.
    AddToWishlist = 5,
    /// `view_cart`.
    ViewCart = 6,
    /// `begin_checkout`, and the GA4 steps after it (`add_shipping_info`, `add_payment_info`).
    BeginCheckout = 7,
    /// `purchase`.
    Purchase = 8,
    /// `view_search_results` (also `search`).
    Search = 9,
    /// `scroll`, with `percent_scrolled`.
    Scroll = 10,
    /// `user_engagement`, with `engagement_time_msec`.
    Engagement = 11,
    /// `exit_intent`: the pointer moved towards the tab bar, or a similar sign of leaving.
    ExitIntent = 12,
    /// `declare_preference`: the visitor stated a preference in a quiz or a filter. The items name categories.
    Preference = 13,
    /// `slot_exposure`: a slot was seen. This is an action of the page, not of the visitor.
    Exposure = 14,
}

macro_rules! names {
    ($($kind:ident $name:literal)*; also $($alias_of:ident $alias:literal)*) => {
        impl EventKind {
            /// Every kind with its GA4 name, in order of number.
            pub const ALL: [(&'static str, Self); Self::COUNT] = [$(($name, Self::$kind)),*];
            /// Other GA4 names of a kind.
            pub const ALIASES: [(&'static str, Self); [$($alias),*].len()] = [$(($alias, Self::$alias_of)),*];
            /// All these names in one text, and what they stand for.
            const NAMES: &str = concat!($($name, " ",)* $($alias, " "),*);
            const MEANINGS: [Self; Self::COUNT + Self::ALIASES.len()] = [$(Self::$kind,)* $(Self::$alias_of),*];
        }
    };
}

names! {
    ViewItem "view_item"
    ViewItemList "view_item_list"
    SelectItem "select_item"
    AddToCart "add_to_cart"
    RemoveFromCart "remove_from_cart"
    AddToWishlist "add_to_wishlist"
    ViewCart "view_cart"
    BeginCheckout "begin_checkout"
    Purchase "purchase"
    Search "view_search_results"
    Scroll "scroll"
    Engagement "user_engagement"
    ExitIntent "exit_intent"
    Preference "declare_preference"
    Exposure "slot_exposure";
    also
    BeginCheckout "add_shipping_info"
    BeginCheckout "add_payment_info"
    Search "search"
    RemoveFromCart "refund"
    SelectItem "select_promotion"
}

impl EventKind {
    /// Number of kinds. Their numbers are `0..COUNT`.
    pub const COUNT: usize = 15;

    /// The kind with this GA4 name; `None` if the engine does not use it.
    pub fn from_name(name: &str) -> Option<Self> {
        meaning(name, Self::NAMES, &Self::MEANINGS)
    }

    /// The GA4 name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The kind with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::MEANINGS[..Self::COUNT].get(usize::from(number)).copied()
    }

    /// Whether the event is a step of the visit. Scrolling, for example, is only a sign of attention.
    pub fn is_step(self) -> bool {
        !matches!(self, Self::Scroll | Self::Engagement | Self::ExitIntent | Self::Exposure)
    }

    /// Whether the event names products and therefore affects recommendations.
    pub fn names_items(self) -> bool {
        matches!(
            self,
            Self::ViewItem
                | Self::SelectItem
                | Self::AddToCart
                | Self::RemoveFromCart
                | Self::AddToWishlist
                | Self::Purchase
        )
    }
}

/// A product id as a number. A decimal id below 2^48 is its own key; the key of any other id is a 48-bit hash of its
/// text with bit 48 set. Keys stay the same across snapshots, which renumber their items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
pub struct ItemKey(u64);

impl ItemKey {
    /// Number of bits in a key.
    pub const BITS: u32 = 49;
    /// The bit of a key that is only a hash.
    pub const HASHED: u64 = 1 << 48;

    /// The key of a product id, as the shop writes it.
    ///
    /// ```
    /// use slotwise::event::ItemKey;
    /// assert_eq!(ItemKey::from_id("1004856").decimal(), Some(1_004_856));
    /// assert_eq!(ItemKey::from_id("SKU-7").decimal(), None);
    /// assert_ne!(ItemKey::from_id("007"), ItemKey::from_id("7"));
    /// ```
    pub fn from_id(id: &str) -> Self {
        let canonical = !id.is_empty()
            && id.len() <= 15
            && id.bytes().all(|b| b.is_ascii_digit())
            && (id == "0" || !id.starts_with('0'));
        // Fifteen digits always fit.
        let number =
            id.bytes().fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit & 15)));
        if canonical && number < Self::HASHED {
            Self(number)
        } else {
            Self(Self::HASHED | (hash(id.as_bytes(), 0) & (Self::HASHED - 1)))
        }
    }

    /// The key with this value; `None` if it needs more than [`ItemKey::BITS`] bits.
    pub fn from_bits(bits: u64) -> Option<Self> {
        (bits >> Self::BITS == 0).then_some(Self(bits))
    }

    /// Its value, below 2^49.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The product id if it was a decimal number; `None` if the key is a hash.
    pub fn decimal(self) -> Option<u64> {
        (self.0 < Self::HASHED).then_some(self.0)
    }
}

/// A category path (`apparel.shoes.keds`) as a 28-bit hash of its text, with ASCII letters in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "names", derive(serde::Serialize, serde::Deserialize))]
pub struct CategoryKey(u32);

impl CategoryKey {
    /// The key of a category path.
    pub fn from_path(path: &str) -> Self {
        Self((hash(path.trim_ascii().to_ascii_lowercase().as_bytes(), 0) >> 36) as u32)
    }

    /// The key with this value. Bits above the lowest 28 are dropped.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits & 0x0fff_ffff)
    }

    /// Its value, below 2^28.
    pub fn bits(self) -> u32 {
        self.0
    }
}

/// A product named by an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventItem {
    /// The product.
    pub key: ItemKey,
    /// The category stated by the event. If the snapshot's catalogue knows the product, the catalogue wins.
    pub category: Option<CategoryKey>,
    /// Whether the price was reduced (GA4's `discount`).
    pub on_sale: bool,
}

/// A slot exposure, as the session stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// 16-bit hash of the slot's name.
    pub slot: u16,
    /// 16-bit hash of the variant's or offer's name; 0 for the shop's own content and for products.
    pub choice: u16,
    /// Whether the engine put the content there.
    pub personalised: bool,
    /// Whether this opened a slot that opens once a visit.
    pub exit: bool,
}

impl Seen {
    /// An exposure of the variant or offer `name` in a slot.
    pub fn of(slot: &str, choice: &str, personalised: bool, exit: bool) -> Self {
        Self { slot: key_of(slot), choice: key_of(choice), personalised, exit }
    }
}

/// One action of a visitor, ready for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// Products; may be empty.
    pub items: Vec<EventItem>,
    /// Categories named without a product: by a list, a search or a preference.
    pub categories: Vec<CategoryKey>,
    /// Amount: percent of the page for `scroll`, seconds for `user_engagement`, otherwise 0.
    pub amount: u16,
    /// What was seen; only set for an exposure.
    pub seen: Option<Seen>,
    /// Time in milliseconds since 1970.
    pub time_ms: u64,
}

impl Event {
    /// Greatest age of an event whose stated time is believed, in milliseconds.
    pub const MAX_LAG_MS: u64 = 30 * 60 * 1000;

    /// An event about one product, with nothing else known.
    pub fn of_item(kind: EventKind, key: ItemKey, time_ms: u64) -> Self {
        let items = alloc::vec![EventItem { key, category: None, on_sale: false }];
        Self { kind, items, categories: Vec::new(), amount: 0, seen: None, time_ms }
    }

    /// Time of an event in milliseconds since 1970. `now_ms`, the host's clock, replaces a stated time that is missing,
    /// in the future, or more than [`Event::MAX_LAG_MS`] ago: a wrong clock at the sender must not end a session.
    pub fn time(stated_ms: Option<u64>, now_ms: u64) -> u64 {
        let believed = now_ms.saturating_sub(Self::MAX_LAG_MS)..=now_ms;
        stated_ms.filter(|ms| believed.contains(ms)).unwrap_or(now_ms)
    }
}

impl Read for CategoryKey {
    fn read(from: &mut Reader<'_>) -> Self {
        Self(u32::read(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_ga4_event_with_sloppy_types() {
        let raw: RawEvent = serde_json::from_str(
            r#"{"name":"view_item","params":{"currency":"USD","items":[{"item_id":1004856,"price":"131.5",
               "item_category":"electronics","item_category2":"smartphone","extra":[1]}]},"time_ms":"1699999999000"}"#,
        )
        .unwrap();
        let event = Event::from_raw(&raw, 1_700_000_000_000).unwrap();
        assert_eq!(event.kind, EventKind::ViewItem);
        assert_eq!(event.time_ms, 1_699_999_999_000);
        assert_eq!(event.items[0].key, ItemKey::from_id("1004856"));
        assert_eq!(event.items[0].category, Some(CategoryKey::from_path("electronics.smartphone")));
    }

    #[test]
    fn an_unknown_name_is_no_event_and_an_impossible_time_is_now() {
        assert!(Event::from_raw(&RawEvent { name: "page_view".into(), ..RawEvent::default() }, 5).is_none());
        let raw = RawEvent { name: "scroll".into(), time_ms: Number(Some(9e12)), ..RawEvent::default() };
        assert_eq!(Event::from_raw(&raw, 5).unwrap().time_ms, 5);
        let raw = RawEvent { time_ms: Number(Some(7.0)), ..raw };
        assert_eq!(Event::from_raw(&raw, 1_800_000_000_000).unwrap().time_ms, 1_800_000_000_000);
    }

    #[test]
    fn kinds_are_numbered_in_order() {
        for (number, (name, kind)) in EventKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, number);
            assert_eq!(EventKind::from_name(name), Some(*kind));
        }
    }
}
