//! Rows of a lake as events, in the shape that JSON lines have.
//!
//! A column that a file lacks is a field that no event of it has: files of older programs are read as they are.

use super::file::{MAX_ROW, ParquetFile, Row};
use crate::log::error::LogError;
use serde_json::{Map, Value};
use std::path::Path;

/// Where a column's value goes, and how.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A field of the event.
    Text,
    /// A parameter that is a text, a number, or JSON.
    TextParam,
    NumberParam,
    JsonParam,
    /// A field that is JSON.
    Json,
    /// The digests of the session.
    Before,
    After,
}

/// A column's name, and where its value goes.
pub(super) type Known = (&'static str, Kind);

const COLUMNS: [Known; 15] = [
    ("time_ms", Kind::Text),
    ("name", Kind::Text),
    ("event_id", Kind::Text),
    ("session", Kind::Text),
    ("user", Kind::Text),
    ("chain_before", Kind::Before),
    ("chain_after", Kind::After),
    ("items", Kind::JsonParam),
    ("currency", Kind::TextParam),
    ("value", Kind::NumberParam),
    ("offer", Kind::TextParam),
    ("percent_scrolled", Kind::NumberParam),
    ("engagement_time_msec", Kind::NumberParam),
    ("exposure", Kind::JsonParam),
    ("context", Kind::Json),
];

/// Whether columns are those of whole events, rather than of a table.
pub(super) fn are_in(header: &[String]) -> bool {
    ["time_ms", "name", "items"].iter().all(|needed| header.iter().any(|name| name == needed))
}

/// Those of a file's columns that events have, in its order.
pub(super) fn known(header: &[String]) -> Vec<Known> {
    header.iter().filter_map(|name| COLUMNS.iter().find(|(known, _)| known == name).copied()).collect()
}

/// Hands every event over; `None` for a row that is not UTF-8, not JSON where it should be, or longer than a megabyte.
pub(crate) fn for_each(
    file: &ParquetFile,
    path: &Path,
    done: &dyn Fn(u64),
    sink: &mut dyn FnMut(Option<Value>) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let columns = known(&file.header());
    let wanted: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    file.for_each(path, &wanted, done, &mut |row| sink(event(row, &columns)))
}

/// The event of a row; `None` as for [`for_each`].
pub(super) fn event(row: &Row<'_>, columns: &[Known]) -> Option<Value> {
    let (mut event, mut params) = (Map::new(), Map::new());
    let (mut before, mut after) = (Value::Null, Value::Null);
    let mut length = 0;
    for (at, (name, kind)) in columns.iter().enumerate() {
        let text = row.text(at)?;
        length += text.len();
        if text.is_empty() {
            continue;
        }
        if length > MAX_ROW {
            return None;
        }
        match kind {
            Kind::Text => drop(event.insert((*name).into(), text.into())),
            Kind::Json => drop(event.insert((*name).into(), serde_json::from_str(&text).ok()?)),
            Kind::TextParam => drop(params.insert((*name).into(), text.into())),
            Kind::NumberParam => drop(params.insert((*name).into(), text.parse::<f64>().ok()?.into())),
            Kind::JsonParam => drop(params.insert((*name).into(), serde_json::from_str(&text).ok()?)),
            Kind::Before => before = text.into(),
            Kind::After => after = text.into(),
        }
    }
    if after != Value::Null {
        event.insert("chain".into(), Value::Array(vec![before, after]));
    }
    event.insert("params".into(), Value::Object(params));
    Some(Value::Object(event))
}
