//! Rows of a JSON-lines file: one event object a line, as our own origin and GA4 exports write them.

use super::error::LogError;
use super::row::{LogRow, RowItem, cents, kind_of};
use super::time;
use crate::event::{RawEvent, RawItem};
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;

/// The event of a line; `None` if the engine does not use events of its name.
///
/// # Errors
/// [`LogError::Row`] if the line is no event.
pub(super) fn event(line: &str, path: &Rc<Path>, number: u64) -> Result<Option<LogRow>, LogError> {
    let bad = |field: &str, found: &str, expected| LogError::value(path, number, field, found, expected);
    let value: Value =
        serde_json::from_str(line).map_err(|error| bad("line", &error.to_string(), "one JSON object a line"))?;
    let raw: RawEvent = serde_json::from_value(value.clone()).map_err(|error| {
        bad("line", &error.to_string(), "an event {\"name\":…,\"params\":{\"items\":[…]},\"time_ms\":…}")
    })?;
    let when = first(&value, &["time_ms", "event_timestamp", "time"]);
    let time_ms = time::parse(&when)
        .ok_or_else(|| bad("time_ms", &when, "milliseconds since 1970, or event_timestamp in microseconds"))?;
    let Some(kind) = kind_of(&raw.name) else { return Ok(None) };
    Ok(Some(LogRow {
        time_ms,
        kind,
        items: raw.params.items.iter().map(item).collect(),
        session: first(&value, &["session", "session_id"]),
        user: first(&value, &["user", "user_pseudo_id"]),
        chain: raw.chain,
        context: raw.context,
        amount: raw.params.amount(kind),
        exposure: raw.params.exposure,
        offer: raw.params.offer.0,
        event_id: raw.event_id.0,
        currency: raw.params.currency.0,
        at: (Rc::clone(path), number),
    }))
}

/// The first of some keys that holds a text or a number.
fn first(value: &Value, keys: &[&str]) -> String {
    let text = |key: &&str| match &value[*key] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    keys.iter().map(text).find(|text| !text.is_empty()).unwrap_or_default()
}

fn item(item: &RawItem) -> RowItem {
    RowItem {
        id: item.item_id.0.clone(),
        category: item.category_path(),
        brand: item.item_brand.0.clone(),
        title: item.item_name.0.clone(),
        price_cents: cents(item.price.0.unwrap_or(0.0)),
        on_sale: item.is_on_sale(),
        ..RowItem::default()
    }
}
