//! Rows of a JSON-lines file: one event object a line, as our own origin, our pages, and the exports of GA4 and Adobe write
//! them.

use super::adobe;
use super::columns::Columns;
use super::ga4;
use super::row::{Line, LogRow, RowItem, cents, number};
use super::skip::{BadRow, Skip};
use super::time;
use crate::event::valid::{MAX_EVENT_ITEMS, MAX_PRICE};
use crate::event::{EventKind, RawEvent, RawItem, Refusal};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Greatest believed quantity of one product in an order.
const MAX_QUANTITY: f64 = 1000.0;

/// The event of a line, or its name if the engine does not use events of that name.
///
/// A line that names neither a session nor a user was written by a stranger, through the edge. It is checked again by
/// the definition of a valid event, because an older program, or another one, may have let it in.
///
/// # Errors
/// Why the line is no event, or is out of range.
pub(super) fn event(line: &[u8], columns: &Columns, formats: &mut BTreeSet<&'static str>) -> Result<Line, BadRow> {
    let shape = |found: &str, expected| BadRow::new(Skip::Refused(Refusal::Shape), "line", found, expected);
    let text = str::from_utf8(line)
        .map_err(|_| BadRow::new(Skip::Encoding, "line", &String::from_utf8_lossy(line), "UTF-8 text"))?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| shape(&error.to_string(), "one JSON object a line"))?;
    of_value(value, columns, formats)
}

/// The event of a JSON object.
///
/// # Errors
/// As [`event`].
pub(super) fn of_value(value: Value, columns: &Columns, formats: &mut BTreeSet<&'static str>) -> Result<Line, BadRow> {
    let shape = |found: &str, expected| BadRow::new(Skip::Refused(Refusal::Shape), "line", found, expected);
    let (format, value, exported) = match (ga4::plain(&value), adobe::plain(&value)) {
        (Some((event, context)), _) => ("GA4's BigQuery export", event, Some(context)),
        (None, Some(event)) => ("Adobe's experience events", event, None),
        (None, None) => ("JSON lines", value, None),
    };
    formats.insert(format);
    let mut raw = RawEvent::deserialize(&value)
        .map_err(|error| shape(&error.to_string(), "an event {\"name\":…,\"params\":{\"items\":[…]},\"time_ms\":…}"))?;
    let when = first(&value, &["time_ms", "event_timestamp", "time"]);
    let time_ms = time::parse(&when).ok_or_else(|| {
        BadRow::new(Skip::Time, "time_ms", &when, "milliseconds since 1970, or event_timestamp in microseconds")
    })?;
    let Some(kind) = columns.kind(raw.name.trim()) else { return Ok(Line::Unknown(raw.name)) };
    raw.context = raw.context.or(exported);
    let items: Vec<RowItem> = raw.params.items.iter().cloned().map(item).collect();
    let (session, user) = (first(&value, &["session", "session_id"]), first(&value, &["user", "user_pseudo_id"]));
    let worth_cents = Some(kind).filter(|kind| *kind == EventKind::Purchase).and_then(|_| worth(&value["params"]));
    row(Said { raw, kind, time_ms, items, session, user, worth_cents })
}

/// An event that was read, before it is a row.
pub(super) struct Said {
    /// The event. Its products count only where a stranger wrote it.
    pub raw: RawEvent,
    /// What was done.
    pub kind: EventKind,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Its products.
    pub items: Vec<RowItem>,
    /// The shop's own session.
    pub session: String,
    /// The shop's own name of the visitor.
    pub user: String,
    /// What a purchase was worth.
    pub worth_cents: Option<u64>,
}

/// The row of an event.
///
/// # Errors
/// Why it is out of range.
pub(super) fn row(said: Said) -> Result<Line, BadRow> {
    let Said { mut raw, kind, time_ms, items, session, user, worth_cents } = said;
    let is_strangers = session.is_empty() && user.is_empty();
    if is_strangers {
        // By the clock of its own time, which the log's reader judges.
        match raw.accept(time_ms) {
            Err(Refusal::Name) => return Ok(Line::Unknown(raw.name)),
            accepted => accepted.map_err(BadRow::refused)?,
        };
    }
    Ok(Line::Event(LogRow {
        time_ms,
        kind,
        items,
        session,
        user,
        chain: raw.chain,
        context: raw.context,
        worth_cents,
        amount: raw.params.amount(kind),
        exposure: raw.params.exposure,
        offer: raw.params.offer.0,
        event_id: raw.event_id.0,
        currency: raw.params.currency.0,
        is_strangers,
        is_order: false,
        share: None,
    }))
}

/// The first of some keys that holds a text or a number.
pub(super) fn first(value: &Value, keys: &[&str]) -> String {
    let text = |key: &&str| match &value[*key] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    keys.iter().map(text).find(|text| !text.is_empty()).unwrap_or_default()
}

/// What a purchase was worth, in hundredths: its `value`, or else the prices of its products times their quantities. The page
/// does not send these fields, but the exports of other systems have them.
pub(super) fn worth(params: &Value) -> Option<u64> {
    let number =
        |value: &Value| value.as_f64().or_else(|| value.as_str().and_then(number)).filter(|number| *number >= 0.0);
    if let Some(value) = number(&params["value"]) {
        return Some(stated(value));
    }
    let of = |item: &Value| {
        let quantity = number(&item["quantity"]).unwrap_or(1.0).min(MAX_QUANTITY);
        Some(cents((number(&item["price"])? * quantity).min(MAX_PRICE)))
    };
    Some(params["items"].as_array()?.iter().filter_map(of).map(u64::from).sum())
}

/// What a purchase was worth that says so itself, in hundredths.
pub(super) fn stated(value: f64) -> u64 {
    u64::from(cents(value.min(MAX_PRICE * MAX_EVENT_ITEMS as f64)))
}

/// A product that an event names.
pub(super) fn item(item: RawItem) -> RowItem {
    let deeper = [&item.item_category2, &item.item_category3, &item.item_category4, &item.item_category5];
    let is_flat = deeper.iter().all(|level| level.0.is_empty());
    let path = if is_flat { String::new() } else { item.category_path() };
    RowItem {
        price_cents: cents(item.price.0.unwrap_or(0.0)),
        on_sale: item.is_on_sale(),
        category: if is_flat { item.item_category.0 } else { path },
        id: item.item_id.0,
        brand: item.item_brand.0,
        title: item.item_name.0,
        ..RowItem::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_purchase_is_worth_its_value_or_else_its_products() {
        let items = json!([{ "price": "12.50", "quantity": 2 }, { "price": 1, "quantity": "3" }, { "price": 4 }, {}]);
        assert_eq!(worth(&json!({ "items": items })), Some(3_200));
        assert_eq!(worth(&json!({ "items": items, "value": "29,90" })), Some(2_990));
        assert_eq!(worth(&json!({ "items": items, "value": -1 })), Some(3_200), "nobody is paid for buying");
        assert_eq!(worth(&json!({ "items": [{ "price": 1, "quantity": 1e300 }] })), Some(100_000));
        assert_eq!(worth(&json!({})), None);
    }
}
