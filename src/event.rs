//! One thing a visitor did, under its GA4 e-commerce name.
//!
//! Shops already send these names and parameters to their analytics, so the same objects can be
//! handed over unchanged. Reading is lenient where analytics code is sloppy (numbers as text, ids as
//! numbers, missing parameters) and never fails for a name it does not know: such an event is simply
//! not an [`Event`].
//!
//! Invariant: an [`ItemKey`] fits 49 bits and a [`CategoryKey`] 28, so a full session fits a cookie.

use crate::context::Context;
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, de};
use xxhash_rust::xxh64::xxh64;

/// The kinds of event the engine understands. The number is what a token stores: never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// `view_item`: a product page was seen.
    ViewItem = 0,
    /// `view_item_list`: a category or list page was seen.
    ViewItemList = 1,
    /// `select_item`: a product was clicked in a list.
    SelectItem = 2,
    /// `add_to_cart`.
    AddToCart = 3,
    /// `remove_from_cart`.
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
    /// `exit_intent`: the pointer left towards the tab bar, or the like.
    ExitIntent = 12,
    /// `declare_preference`: the visitor said what is wanted, in a quiz or by a filter. Its items name
    /// categories.
    Preference = 13,
}

impl EventKind {
    /// Number of kinds; kinds are numbered `0..COUNT`.
    pub const COUNT: usize = 14;

    /// Every kind with its GA4 name, in order of number.
    pub const ALL: [(&'static str, Self); Self::COUNT] = [
        ("view_item", Self::ViewItem),
        ("view_item_list", Self::ViewItemList),
        ("select_item", Self::SelectItem),
        ("add_to_cart", Self::AddToCart),
        ("remove_from_cart", Self::RemoveFromCart),
        ("add_to_wishlist", Self::AddToWishlist),
        ("view_cart", Self::ViewCart),
        ("begin_checkout", Self::BeginCheckout),
        ("purchase", Self::Purchase),
        ("view_search_results", Self::Search),
        ("scroll", Self::Scroll),
        ("user_engagement", Self::Engagement),
        ("exit_intent", Self::ExitIntent),
        ("declare_preference", Self::Preference),
    ];

    /// The kind of a GA4 name; `None` for a name the engine does not use.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "add_shipping_info" | "add_payment_info" => "begin_checkout",
            "search" => "view_search_results",
            other => other,
        };
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// The GA4 name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The kind with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).map(|(_, kind)| *kind)
    }

    /// Whether the event is a step of the visit, rather than a sign of attention on the way.
    pub fn is_step(self) -> bool {
        !matches!(self, Self::Scroll | Self::Engagement | Self::ExitIntent)
    }

    /// Whether the event is about particular products, so that it moves recommendations.
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

/// A product id as a number: a decimal id below 2^48 is itself, any other id is a 48-bit hash of its
/// text with bit 48 set. It outlives snapshots, which renumber their items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemKey(u64);

impl ItemKey {
    /// Bits a key may use.
    pub const BITS: u32 = 49;
    const HASHED: u64 = 1 << 48;

    /// The key of a shop's own product id.
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
        match id.parse::<u64>() {
            Ok(number) if canonical && number < Self::HASHED => Self(number),
            _ => Self(Self::HASHED | (xxh64(id.as_bytes(), 0) & (Self::HASHED - 1))),
        }
    }

    /// The key with these bits; `None` if they need more than [`ItemKey::BITS`].
    pub fn from_bits(bits: u64) -> Option<Self> {
        (bits >> Self::BITS == 0).then_some(Self(bits))
    }

    /// The bits, below 2^49.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The id itself where it was a decimal number; `None` where only a hash is left.
    pub fn decimal(self) -> Option<u64> {
        (self.0 < Self::HASHED).then_some(self.0)
    }
}

/// A category path (`apparel.shoes.keds`) as a 28-bit hash of its text, with ASCII letters in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CategoryKey(u32);

impl CategoryKey {
    /// The key of a category path.
    pub fn from_path(path: &str) -> Self {
        Self((xxh64(path.trim_ascii().to_ascii_lowercase().as_bytes(), 0) >> 36) as u32)
    }

    /// The key with these bits; bits past 28 are dropped.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits & 0x0fff_ffff)
    }

    /// The bits, below 2^28.
    pub fn bits(self) -> u32 {
        self.0
    }
}

/// A product as an event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventItem {
    /// Which product.
    pub key: ItemKey,
    /// Its category as the event states it; the snapshot's catalogue wins where it knows the product.
    pub category: Option<CategoryKey>,
    /// Whether it was offered below its usual price (GA4's `discount`).
    pub on_sale: bool,
}

/// One thing a visitor did, ready for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub kind: EventKind,
    /// With which products; may be empty.
    pub items: Vec<EventItem>,
    /// Categories an event names without a product: a list, a search, a preference.
    pub categories: Vec<CategoryKey>,
    /// How much of it: percent of the page for `scroll`, seconds for `user_engagement`, else 0.
    pub amount: u16,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
}

impl Event {
    /// How far behind the host's clock a sender's clock is believed, in milliseconds.
    pub const MAX_LAG_MS: u64 = 30 * 60 * 1000;

    /// An event about one product of which nothing else is known.
    pub fn of_item(kind: EventKind, key: ItemKey, time_ms: u64) -> Self {
        let items = alloc::vec![EventItem { key, category: None, on_sale: false }];
        Self { kind, items, categories: Vec::new(), amount: 0, time_ms }
    }

    /// Reads what a page or an app just sent. `now_ms` is the host's clock; it stands in where the
    /// event carries no time, one from the future, or one more than [`Event::MAX_LAG_MS`] old (a wrong
    /// clock at the sender must not end a session). `None` for a name the engine does not use.
    pub fn from_raw(raw: &RawEvent, now_ms: u64) -> Option<Self> {
        let kind = EventKind::from_name(&raw.name)?;
        let believed = now_ms.saturating_sub(Self::MAX_LAG_MS)..=now_ms;
        let time_ms = raw.time_ms.0.map(|ms| ms.max(0.0) as u64).filter(|ms| believed.contains(ms)).unwrap_or(now_ms);
        let items = raw.params.items.iter().filter_map(RawItem::to_item).collect();
        let categories = if kind.names_items() { Vec::new() } else { raw.params.categories() };
        Some(Self { kind, items, categories, amount: raw.params.amount(kind), time_ms })
    }
}

/// An event as it travels: GA4's own shape, as JSON or as a JS object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct RawEvent {
    /// GA4 name.
    #[serde(default)]
    pub name: String,
    /// GA4 parameters.
    #[serde(default)]
    pub params: RawParams,
    /// A name the sender gave this event, so that a repeated beacon can be told from a repeated deed.
    #[serde(default)]
    pub event_id: Text,
    /// Milliseconds since 1970.
    #[serde(default)]
    pub time_ms: Number,
    /// [`Session::digest`](crate::session::Session::digest) before and after the event, in hexadecimal:
    /// what links the lines of an event log without naming a visitor. `None` before the first event.
    #[serde(default)]
    pub chain: Option<(Option<String>, String)>,
    /// Where the visit came from: on its first event only, stated by the host.
    #[serde(default)]
    pub context: Option<Context>,
}

/// The parameters the engine reads; all others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct RawParams {
    /// Products.
    #[serde(default)]
    pub items: Vec<RawItem>,
    /// ISO 4217 code.
    #[serde(default)]
    pub currency: Text,
    /// How far a page was scrolled, in percent.
    #[serde(default)]
    pub percent_scrolled: Number,
    /// How long the page was in front of somebody, in milliseconds.
    #[serde(default)]
    pub engagement_time_msec: Number,
    /// Which arm of a randomised offer the visit is in: `none` for no offer. Empty where none is tried.
    #[serde(default)]
    pub offer: Text,
}

impl RawParams {
    /// How much of it, by kind of event, as [`Event::amount`] has it.
    pub fn amount(&self, kind: EventKind) -> u16 {
        match kind {
            EventKind::Scroll => self.percent_scrolled.0.map_or(0, |percent| percent.clamp(0.0, 100.0) as u16),
            EventKind::Engagement => self.engagement_time_msec.0.map_or(0, |ms| (ms / 1000.0).max(0.0) as u16),
            _ => 0,
        }
    }

    /// The categories its items name, each once.
    fn categories(&self) -> Vec<CategoryKey> {
        let mut categories = Vec::new();
        for path in self.items.iter().map(RawItem::category_path).filter(|path| !path.is_empty()) {
            let key = CategoryKey::from_path(&path);
            if !categories.contains(&key) {
                categories.push(key);
            }
        }
        categories
    }
}

/// A product as GA4 describes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct RawItem {
    /// The shop's id of the product.
    #[serde(default)]
    pub item_id: Text,
    /// Name.
    #[serde(default)]
    pub item_name: Text,
    /// Brand.
    #[serde(default)]
    pub item_brand: Text,
    /// First level of the category, or a whole dotted path.
    #[serde(default)]
    pub item_category: Text,
    /// Second level.
    #[serde(default)]
    pub item_category2: Text,
    /// Third level.
    #[serde(default)]
    pub item_category3: Text,
    /// Price of one, in the currency's units.
    #[serde(default)]
    pub price: Number,
    /// What is taken off the usual price, in the currency's units.
    #[serde(default)]
    pub discount: Number,
}

impl RawItem {
    /// The category as one dotted path; empty if the event names none.
    pub fn category_path(&self) -> String {
        let mut path = String::new();
        for level in [&self.item_category, &self.item_category2, &self.item_category3] {
            if !level.0.is_empty() {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&level.0);
            }
        }
        path
    }

    fn to_item(&self) -> Option<EventItem> {
        let path = self.category_path();
        let category = (!path.is_empty()).then(|| CategoryKey::from_path(&path));
        let on_sale = self.is_on_sale();
        (!self.item_id.0.is_empty()).then(|| EventItem { key: ItemKey::from_id(&self.item_id.0), category, on_sale })
    }

    /// Whether something is taken off its usual price.
    pub fn is_on_sale(&self) -> bool {
        self.discount.0.is_some_and(|discount| discount > 0.0)
    }
}

/// Text, also where the sender wrote a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text(pub String);

/// A number, also where the sender wrote it as text; `None` where it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Number(pub Option<f64>);

struct Lenient;

enum Scalar {
    Nothing,
    Number(f64),
    Text(String),
}

impl de::Visitor<'_> for Lenient {
    type Value = Scalar;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(v.trim().into()))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(v))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(v as f64))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(v as f64))
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }
    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }
    fn visit_none<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match from.deserialize_any(Lenient)? {
            Scalar::Text(text) => text,
            // Ids are whole numbers; formatting an integer keeps the float printer out of the Wasm.
            Scalar::Number(n) if (0.0..9e15).contains(&n) => alloc::format!("{}", n as u64),
            Scalar::Nothing | Scalar::Number(_) => String::new(),
        }))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match from.deserialize_any(Lenient)? {
            Scalar::Number(n) if n.is_finite() => Some(n),
            Scalar::Text(text) => decimal(&text),
            _ => None,
        }))
    }
}

/// A plain decimal number such as `131.50`. The standard parser knows more notations, and brings 14 kB
/// of tables into the Wasm for them.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| if part.is_empty() { Some(0) } else { part.parse::<u64>().ok() };
    let value = digits(whole)? as f64 + digits(fraction)? as f64 / 10_u64.checked_pow(fraction.len() as u32)? as f64;
    (!text.is_empty()).then_some(value)
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
