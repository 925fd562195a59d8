//! One row of a log, in whatever format it was written.
//!
//! A row still has the log's own texts: ids, category paths, user names. `gather` replaces them by numbers and
//! drops the rest.

use super::localised::Localised;
use super::picture::{MAX_LINK, Picture};
use super::skip::BadRow;
use crate::context::Context;
use crate::event::valid::{MAX_EVENT_ITEMS, MAX_ITEM_ID, MAX_PRICE, MAX_TEXT};
use crate::event::{EventKind, RawExposure, Refusal};

/// Longest category path, in bytes: five levels with their dots.
const MAX_PATH: usize = 5 * MAX_TEXT + 4;

/// A product as a row describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowItem {
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
    /// Pictures with tags; only in a catalogue.
    pub pictures: Vec<Picture>,
    /// Title, link and price in other languages; only in a catalogue.
    pub locales: Vec<Localised>,
    /// Price in hundredths; 0 if unknown.
    pub price_cents: u32,
    /// Whether it was offered below its usual price.
    pub on_sale: bool,
    /// When the shop listed it, in milliseconds since 1970; only in a catalogue, 0 if unknown.
    pub listed_ms: u64,
    /// Whether none is left; `None` if the row does not say.
    pub sold_out: Option<bool>,
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
    /// Worth of a purchase in hundredths, if the row states it: GA4's `value`, or prices with quantities.
    pub worth_cents: Option<u64>,
    /// As [`Event::amount`](crate::event::Event::amount).
    pub amount: u16,
    /// Of a `slot_exposure`: what was seen.
    pub exposure: Option<RawExposure>,
    /// Whether a stranger may have written it: only digests link it to other rows. The rows of the shop's own log
    /// name a session or a user.
    pub is_strangers: bool,
    /// Whether it is from an export of orders, so that its session is no visit.
    pub is_order: bool,
    /// How much its visit counts, in 1,024ths, if an engine has found that out.
    pub share: Option<u16>,
}

impl Default for LogRow {
    fn default() -> Self {
        Self {
            time_ms: 0,
            kind: EventKind::ViewItem,
            items: Vec::new(),
            session: String::new(),
            user: String::new(),
            chain: None,
            event_id: String::new(),
            currency: String::new(),
            context: None,
            offer: String::new(),
            worth_cents: None,
            amount: 0,
            exposure: None,
            is_strangers: false,
            is_order: false,
            share: None,
        }
    }
}

/// What a row turned out to be.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every row is an event, and a box for each would cost an allocation"
)]
pub(super) enum Line {
    /// An event.
    Event(LogRow),
    /// An event of a name that the engine does not use.
    Unknown(String),
    /// What was taken back: an order that was cancelled, refunded or failed, or a hit that the analytics leave out.
    Undone,
}

impl LogRow {
    /// Checks what would be out of range in any log, and brings the texts to their longest length. Returns whether one
    /// was cut.
    ///
    /// # Errors
    /// What is out of range.
    pub(super) fn check(&mut self) -> Result<bool, BadRow> {
        if self.items.len() > MAX_EVENT_ITEMS {
            return Err(BadRow::refused(Refusal::Items));
        }
        for item in &self.items {
            item.check()?;
        }
        let currency = &mut self.currency;
        if !(currency.is_empty() || currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err(BadRow::refused(Refusal::Currency));
        }
        currency.make_ascii_uppercase();
        Ok(self.items.iter_mut().map(RowItem::cut).fold(false, |any, cut| any | cut))
    }
}

impl RowItem {
    /// Checks the id and the price.
    ///
    /// # Errors
    /// What is out of range.
    pub(super) fn check(&self) -> Result<(), BadRow> {
        if self.id.len() > MAX_ITEM_ID || self.id.chars().any(char::is_control) {
            return Err(BadRow::refused(Refusal::ItemId));
        }
        if f64::from(self.price_cents) > MAX_PRICE * 100.0 {
            return Err(BadRow::refused(Refusal::Price));
        }
        Ok(())
    }

    /// Brings the texts to their longest length. A link that is cut leads nowhere, so a long one is left out, and so is
    /// one with control characters. Returns whether a text was too long.
    pub(super) fn cut(&mut self) -> bool {
        let longest = [(&mut self.brand, MAX_TEXT), (&mut self.title, MAX_TEXT), (&mut self.category, MAX_PATH)];
        let mut any = false;
        for (text, longest) in longest {
            any |= text.len() > longest;
            text.truncate(text.floor_char_boundary(longest));
            if text.contains(char::is_control) {
                text.retain(|letter| !letter.is_control());
            }
        }
        for link in [&mut self.url, &mut self.image] {
            let is_long = link.len() > MAX_LINK;
            any |= is_long;
            if is_long || link.contains(char::is_control) {
                link.clear();
            }
        }
        any
    }
}

/// A price in hundredths: never below 0, at most what 32 bits hold.
pub(super) fn cents(price: f64) -> u32 {
    (price.max(0.0) * 100.0).round().min(f64::from(u32::MAX)) as u32
}

/// A number as logs write it, also with a decimal comma (`12,90`, `1.299,00`) or grouped thousands (`1,299.00`). `None` if it
/// is none, or could be two: `1,299` is a thousand in one country and about one in another.
pub(super) fn number(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return Some(number).filter(|number| number.is_finite());
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b'-')) {
        return None;
    }
    let (whole, rest) = text.rsplit_once([',', '.'])?;
    let is_comma = text.as_bytes()[whole.len()] == b',';
    let group = if is_comma { '.' } else { ',' };
    if is_comma && !matches!(rest.len(), 1 | 2) || whole.contains(if is_comma { ',' } else { '.' }) {
        return None;
    }
    if whole.split(group).skip(1).any(|thousand| thousand.len() != 3) {
        return None;
    }
    format!("{}.{rest}", whole.replace(group, "")).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_ways_of_several_countries() {
        for (text, expected) in
            [("12.90", 12.9), ("12,90", 12.9), ("1.299,5", 1299.5), ("1,299.00", 1299.0), ("-3,5", -3.5), ("7", 7.0)]
        {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "1,299", "1,2,3", "1.2.3", "12,90 €", "inf", "NaN", "12.34,5", "a"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
