//! What was dropped and erased, a JSON object a line in `_journal.jsonl`: when, by which rule, how much. Never who.

use crate::log::time_text;

/// Name of the journal in its lake.
pub(super) const NAME: &str = "_journal.jsonl";

/// A line.
pub(super) fn line(now_ms: u64, rule: &str, days: u64, events: Option<u64>) -> String {
    let line = serde_json::json!({ "at": time_text(now_ms), "rule": rule, "days": days, "events": events });
    format!("{line}\n")
}
