//! What was dropped and erased, a JSON object a line in `_journal.jsonl`: when, by which rule, how much. Never who.

use super::error::LakeError;
use crate::log::time_text;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Appends a line.
pub(super) fn note(lake: &Path, now_ms: u64, rule: &str, days: u64, events: Option<u64>) -> Result<(), LakeError> {
    let path = lake.join("_journal.jsonl");
    let line = serde_json::json!({ "at": time_text(now_ms), "rule": rule, "days": days, "events": events });
    let write = || {
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()
    };
    write().map_err(LakeError::file(&path))
}
