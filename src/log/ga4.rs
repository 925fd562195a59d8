//! Lines of GA4's own export (`BigQuery`, as newline-delimited JSON), in the plain form of an event.
//!
//! The export names things in its own way: `event_name`, products beside the parameters, and parameters as a list of keys
//! with typed values. A line is rewritten once, so that `json` reads one form only.
//!
//! `ga_session_id` counts the visits of one visitor. So a session is named by it and `user_pseudo_id` together. GA4 counts a
//! transaction once, however often it is sent, and so do we. `traffic_source` is that of the visitor's first visit ever, so it
//! says something of no other visit. (<https://support.google.com/analytics/answer/7029846>)

use super::error::LogError;
use super::file::open;
use crate::context::{Context, Device, LocalTime, Region, Source, key_of, landing_of};
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::io::{BufRead, Read};
use std::path::Path;

/// Bytes of a line that are looked at to tell what a file holds.
const LONGEST: u64 = 16 << 20;

/// Whether the first line of a file is one of GA4's export.
///
/// # Errors
/// A file that cannot be opened or unpacked.
pub(crate) fn is_export(path: &Path) -> Result<bool, LogError> {
    let mut line = Vec::new();
    let mut file = open(path, &ProgressBar::hidden())?.take(LONGEST);
    file.read_until(b'\n', &mut line).map_err(LogError::file(path))?;
    let is = |line: Value| line["event_name"].is_string() && line["event_params"].is_array();
    Ok(serde_json::from_slice(&line).is_ok_and(is))
}

/// The line as a plain event and where its visit came from; `None` if it is no line of GA4's export.
pub(super) fn plain(line: &Value) -> Option<(Value, Context)> {
    let name = line.get("event_name")?.as_str()?;
    let parameters = parameters(&line["event_params"]);
    let parameter = |key: &str| text(parameters.get(key));
    let (user, session) = (text(line.get("user_pseudo_id")), parameter("ga_session_id"));
    let source = &line["collected_traffic_source"];
    let of_visit = |manual: &str, key: &str, of_first: &str| {
        let stated = Some(text(source.get(manual))).filter(|text| !text.is_empty()).unwrap_or_else(|| parameter(key));
        let is_first = stated.is_empty() && parameter("ga_session_number") == "1";
        if is_first { text(line["traffic_source"].get(of_first)) } else { stated }
    };
    let words = [of_visit("manual_medium", "medium", "medium"), of_visit("manual_source", "source", "source")];
    let context = Context {
        source: words.iter().find_map(|word| Source::from_word(&word.to_ascii_lowercase())).unwrap_or_default(),
        campaign: key_of(&of_visit("manual_campaign_name", "campaign", "name")),
        device: Device::from_word(&text(line["device"].get("category"))).unwrap_or_default(),
        landing: landing_of(&parameter("page_location")),
        time: LocalTime::UNKNOWN,
        region: Region::from_word(&text(line["geo"].get("continent"))),
    };
    let mut params = parameters.clone();
    if let Some(items) = line["items"].as_array() {
        params.insert("items".into(), items.iter().map(stated).collect());
    }
    let mut event = json!({ "name": name, "params": params, "event_timestamp": line["event_timestamp"], "user": user });
    if !user.is_empty() && !session.is_empty() {
        event["session"] = Value::String(format!("{user}.{session}"));
    }
    let transaction = Some(text(line["ecommerce"].get("transaction_id"))).filter(|id| !id.is_empty());
    let transaction = transaction.unwrap_or_else(|| parameter("transaction_id"));
    if name == "purchase" && !transaction.is_empty() {
        event["event_id"] = Value::String(format!("purchase {transaction}"));
    }
    Some((event, context))
}

/// A product without what GA4 says of fields that nobody set.
fn stated(item: &Value) -> Value {
    let Some(fields) = item.as_object() else { return item.clone() };
    let is_stated = |value: &Value| value.as_str().is_none_or(|text| !NOT_SET.contains(&text));
    Value::Object(
        fields.iter().filter(|(_, value)| is_stated(value)).map(|(key, value)| (key.clone(), value.clone())).collect(),
    )
}

/// `[{"key":"currency","value":{"string_value":"EUR"}}]` as `{"currency":"EUR"}`.
fn parameters(list: &Value) -> Map<String, Value> {
    let pair = |entry: &Value| {
        let typed = entry.get("value")?.as_object()?;
        let value = typed.values().find(|value| !value.is_null())?;
        Some((entry.get("key")?.as_str()?.to_owned(), value.clone()))
    };
    list.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// What GA4 writes where nothing was set.
pub(crate) const NOT_SET: [&str; 3] = ["(not set)", "(not provided)", "(data deleted)"];

/// A text, or a number as text; empty if it is neither, or was not set.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) if NOT_SET.contains(&text.as_str()) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported() -> Value {
        json!({
            "event_date": "20261101",
            "event_timestamp": "1793530800000000",
            "event_name": "add_to_cart",
            "event_params": [
                { "key": "ga_session_id", "value": { "string_value": null, "int_value": "1793530000" } },
                { "key": "currency", "value": { "string_value": "EUR" } },
                { "key": "page_location", "value": { "string_value": "https://shop.example/lamps?x=1" } },
                { "key": "empty", "value": {} }
            ],
            "user_pseudo_id": "123.456",
            "device": { "category": "mobile" },
            "geo": { "continent": "Europe" },
            "collected_traffic_source": { "manual_medium": "email" },
            "items": [{ "item_id": "L1", "item_name": "Desk lamp", "price": 49.5 }]
        })
    }

    #[test]
    fn a_line_of_the_export_is_a_plain_event() {
        let (event, context) = plain(&exported()).expect("an exported event");
        assert_eq!(event["name"], "add_to_cart");
        assert_eq!(event["event_timestamp"], "1793530800000000");
        assert_eq!(event["session"], "123.456.1793530000");
        assert_eq!(event["params"]["currency"], "EUR");
        assert_eq!(event["params"]["items"][0]["item_id"], "L1");
        assert_eq!((context.source, context.device, context.region), (Source::Mail, Device::Phone, Region::Europe));
        assert_eq!(context.landing, landing_of("https://shop.example/lamps"));
    }

    #[test]
    fn what_was_not_set_is_left_out_and_a_transaction_counts_once() {
        let mut line = exported();
        line["event_name"] = json!("purchase");
        line["ecommerce"] = json!({ "transaction_id": "T7" });
        line["items"] =
            json!([{ "item_id": "L1", "item_brand": "(not set)", "item_category": "lamps", "price": null }]);
        line["user_pseudo_id"] = json!(null);
        let (event, _) = plain(&line).expect("an event");
        assert_eq!(event["event_id"], "purchase T7");
        assert_eq!(event["params"]["items"], json!([{ "item_id": "L1", "item_category": "lamps", "price": null }]));
        assert!(event.get("session").is_none());
        line["ecommerce"]["transaction_id"] = json!("(not set)");
        assert!(plain(&line).expect("an event").0.get("event_id").is_none());
    }

    #[test]
    fn the_source_of_the_first_visit_ever_is_that_of_no_other() {
        let mut line = exported();
        line["collected_traffic_source"] = json!(null);
        line["traffic_source"] = json!({ "medium": "email", "source": "news", "name": "autumn" });
        assert_eq!(plain(&line).expect("an event").1.source, Source::default());
        let first = json!({ "key": "ga_session_number", "value": { "int_value": "1" } });
        line["event_params"].as_array_mut().expect("a list").push(first);
        let (_, context) = plain(&line).expect("an event");
        assert_eq!((context.source, context.campaign), (Source::Mail, key_of("autumn")));
    }

    #[test]
    fn what_is_missing_or_of_another_kind_is_left_out() {
        assert!(plain(&json!({ "name": "view_item" })).is_none());
        let (event, _) =
            plain(&json!({ "event_name": "view_item", "items": null, "event_params": {} })).expect("an event");
        assert_eq!(event["params"], json!({}));
        assert!(event.get("session").is_none());
    }
}
