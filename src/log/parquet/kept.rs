//! What a lake keeps of an event: what training and the report use of it, and nothing else.
//!
//! Search terms, addresses and whatever else a page may have sent are not among it.

use crate::event::{EventKind, RawEvent};
use crate::log::json::{first, worth};
use crate::log::time;
use serde::Deserialize;
use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

/// An event as a lake keeps it. Empty texts are fields it lacks.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// The shop's own session.
    pub session: String,
    /// The shop's own name of the visitor.
    pub user: String,
    /// What a purchase was worth, in hundredths.
    pub worth_cents: Option<u64>,
    /// Everything else.
    pub raw: RawEvent,
}

impl Kept {
    /// What is kept of a line of a log. `None` if it is no event, or has no time.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let raw = RawEvent::deserialize(value).ok()?;
        let time_ms = time::parse(&first(value, &["time_ms", "event_timestamp", "time"]))?;
        let is_purchase = EventKind::from_name(raw.name.trim()) == Some(EventKind::Purchase);
        Some(Self {
            time_ms,
            session: first(value, &["session", "session_id"]),
            user: first(value, &["user", "user_pseudo_id"]),
            worth_cents: is_purchase.then(|| worth(&value["params"])).flatten(),
            raw,
        })
    }

    /// The event as JSON; empty where it is none.
    pub(crate) fn json(part: &impl serde::Serialize) -> String {
        serde_json::to_string(part).unwrap_or_default()
    }

    /// A number that tells events apart: of its id, or else of all that is kept of it.
    pub(crate) fn key(&self) -> u64 {
        match self.raw.event_id.0.as_str() {
            "" => xxh64(format!("{self:?}").as_bytes(), 1),
            id => xxh64(id.as_bytes(), 0),
        }
    }
}
