//! An event on the wire: GA4's own shape, as JSON or as a JS object.
//!
//! The reader is as lenient as analytics code is sloppy: it accepts numbers as text, ids as numbers and missing
//! parameters.

use super::{CategoryKey, Event, EventItem, EventKind, ItemKey, Seen};
use crate::context::Context;
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, de};

/// An event on the wire: GA4's own shape, as JSON or as a JS object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct RawEvent {
    /// GA4 name.
    #[serde(default)]
    pub name: String,
    /// GA4 parameters.
    #[serde(default)]
    pub params: RawParams,
    /// Id that the sender gave this event. It distinguishes a beacon sent twice from an action done twice.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub event_id: Text,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub time_ms: Number,
    /// [`Session::digest`](crate::session::Session::digest) before and after the event, in hexadecimal:
    /// they link the lines of an event log without identifying a visitor. `None` before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<(Option<String>, String)>,
    /// Context of the visit, added by the host to its first event only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// The parameters that the engine reads. All others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "SentParams", optional_fields))]
pub struct RawParams {
    /// Products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional, as = "Option<Vec<RawItem>>"))]
    pub items: Vec<RawItem>,
    /// ISO 4217 code.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub currency: Text,
    /// How far a page was scrolled, in percent.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub percent_scrolled: Number,
    /// How long the page was in the foreground, in milliseconds.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub engagement_time_msec: Number,
    /// Arm of a randomised offer: `none` for no offer. Empty if no offer is being tested.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub offer: Text,
    /// What was seen; only set for `slot_exposure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<RawExposure>,
}

/// A slot exposure: what a host claims to have shown.
///
/// Nothing of it is believed that can be recomputed. The trainer finds the plan in the snapshot, draws the arm again
/// from the bucketing key, and takes the propensity from the plan.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "Exposure"))]
pub struct RawExposure {
    /// Name of the slot.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub slot: Text,
    /// Arm of the slot's experiment, or `holdout`. An exposure with another arm than the one drawn is left out.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub arm: Text,
    /// Variant, offer or bundle that was seen; empty for products and for the shop's own content.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub choice: Text,
    /// Whether the engine had put it there.
    #[serde(default)]
    pub personalised: bool,
    /// Id of the snapshot that decided.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub snapshot: Text,
    /// Bucketing key of the visit, 0 to 65,535.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub seed: Number,
    /// Whether it is a slot that opens once a visit, when the visitor is about to leave. Left out where it is not.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[cfg_attr(feature = "contract", ts(optional, as = "Option<bool>"))]
    pub exit: bool,
    /// Ids of the products of a bundle; empty for everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional, as = "Option<Vec<Text>>"))]
    pub items: Vec<Text>,
}

impl Event {
    /// Converts what a page or an app sent. [`Event::time`] says which time it gets. `None` for a name the engine does
    /// not use, and for an exposure without a slot.
    pub fn from_raw(raw: &RawEvent, now_ms: u64) -> Option<Self> {
        let kind = EventKind::from_name(&raw.name)?;
        let time_ms = Self::time(raw.time_ms.0.map(|ms| ms.max(0.0) as u64), now_ms);
        let items = raw.params.items.iter().filter_map(RawItem::to_item).collect();
        let categories = if kind.names_items() { Vec::new() } else { raw.params.categories() };
        let seen = raw.params.exposure.as_ref().filter(|_| kind == EventKind::Exposure).map(RawExposure::seen);
        if kind == EventKind::Exposure && seen.is_none() {
            return None;
        }
        Some(Self { kind, items, categories, amount: raw.params.amount(kind), seen, time_ms })
    }
}

impl RawExposure {
    /// The form that a session stores.
    pub fn seen(&self) -> Seen {
        Seen::of(&self.slot.0, &self.choice.0, self.personalised, self.exit)
    }
}

impl RawParams {
    /// The amount, as in [`Event::amount`](super::Event::amount).
    pub fn amount(&self, kind: EventKind) -> u16 {
        match kind {
            EventKind::Scroll => self.percent_scrolled.0.map_or(0, |percent| percent.clamp(0.0, 100.0) as u16),
            EventKind::Engagement => self.engagement_time_msec.0.map_or(0, |ms| (ms / 1000.0).max(0.0) as u16),
            _ => 0,
        }
    }

    /// The categories of its items, without duplicates.
    pub(super) fn categories(&self) -> Vec<CategoryKey> {
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

/// A product in GA4's form.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "contract", derive(ts_rs::TS), ts(rename = "SentItem", optional_fields))]
pub struct RawItem {
    /// Product id of the shop.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[cfg_attr(feature = "contract", ts(optional = false))]
    pub item_id: Text,
    /// Name.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_name: Text,
    /// Brand.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_brand: Text,
    /// First level of the category, or a whole dotted path.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_category: Text,
    /// Second level.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_category2: Text,
    /// Third level.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_category3: Text,
    /// Fourth level.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_category4: Text,
    /// Fifth level.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub item_category5: Text,
    /// Price of one piece, in units of the currency.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub price: Number,
    /// Reduction of the usual price, in units of the currency.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub discount: Number,
}

impl RawItem {
    /// The category as one dotted path; empty if the event names none.
    pub fn category_path(&self) -> String {
        let mut path = String::new();
        for level in self.levels() {
            if !level.0.is_empty() {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&level.0);
            }
        }
        path
    }

    fn levels(&self) -> [&Text; 5] {
        [&self.item_category, &self.item_category2, &self.item_category3, &self.item_category4, &self.item_category5]
    }

    pub(super) fn to_item(&self) -> Option<EventItem> {
        let path = self.category_path();
        let category = (!path.is_empty()).then(|| CategoryKey::from_path(&path));
        let on_sale = self.is_on_sale();
        (!self.item_id.0.is_empty()).then(|| EventItem { key: ItemKey::from_id(&self.item_id.0), category, on_sale })
    }

    /// Whether the price is reduced.
    pub fn is_on_sale(&self) -> bool {
        self.discount.0.is_some_and(|discount| discount > 0.0)
    }
}

/// Text. The sender may have written a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text(pub String);

/// A number. The sender may have written it as text; `None` if it is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Number(pub Option<f64>);

impl Text {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
impl Number {
    fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

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
            // Ids are whole numbers. Formatting them as integers keeps the float printer out of the Wasm.
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

/// Parses a plain decimal number such as `131.50`. The standard parser accepts more notations, at the price of 14 kB
/// of tables in the Wasm.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| if part.is_empty() { Some(0) } else { part.parse::<u64>().ok() };
    let value = digits(whole)? as f64 + digits(fraction)? as f64 / 10_u64.checked_pow(fraction.len() as u32)? as f64;
    (!text.is_empty()).then_some(value)
}
