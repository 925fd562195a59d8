//! One row of a log, in whatever format it was written.
//!
//! A row still has the log's own texts: ids, category paths, user names. `gather` replaces them by numbers and
//! drops the rest.

use crate::context::Context;
use crate::event::{EventKind, RawExposure};
use std::path::Path;
use std::rc::Rc;

/// A product as a row describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RowItem {
    /// The shop's id.
    pub id: String,
    /// Category path.
    pub category: String,
    /// Brand.
    pub brand: String,
    /// Title.
    pub title: String,
    /// Link.
    pub url: String,
    /// Picture.
    pub image: String,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// Whether it was offered below its usual price.
    pub on_sale: bool,
    /// Whether the row says that none is left.
    pub sold_out: bool,
}

/// One event of a log.
#[derive(Clone, Debug)]
pub(super) struct LogRow {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What was done.
    pub kind: EventKind,
    /// With which products.
    pub items: Vec<RowItem>,
    /// The log's own session id; empty if it has none.
    pub session: String,
    /// The log's user id; empty if it has none.
    pub user: String,
    /// Digests of the session before and after (our own origin's log).
    pub chain: Option<(Option<String>, String)>,
    /// Name of this event, against repeats; empty if it has none.
    pub event_id: String,
    /// ISO 4217 code; empty if the row names none.
    pub currency: String,
    /// Where the visit came from, if the row says so.
    pub context: Option<Context>,
    /// Which arm of a randomised offer the visit is in; empty if in none.
    pub offer: String,
    /// As [`Event::amount`](crate::event::Event::amount).
    pub amount: u16,
    /// Of a `slot_exposure`: what was seen.
    pub exposure: Option<RawExposure>,
    /// Which file and line, for errors.
    pub at: (Rc<Path>, u64),
}

/// A price in hundredths: never below 0, at most what 32 bits hold.
pub(super) fn cents(price: f64) -> u32 {
    (price.max(0.0) * 100.0).round().min(f64::from(u32::MAX)) as u32
}

/// The kind of an event name: a GA4 name, or one of the short ones that public logs use.
pub(super) fn kind_of(name: &str) -> Option<EventKind> {
    EventKind::from_name(match name {
        "view" => "view_item",
        "cart" => "add_to_cart",
        "click" => "select_item",
        other => other,
    })
}
