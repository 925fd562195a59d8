//! `slotwise log list`: the days of a log.

use super::error::EventLogError;
use super::folder::{for_each_line, readable_files};
use crate::log::Day;
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// One day of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDay {
    /// The day on which its events arrived.
    pub day: Day,
    /// Number of events.
    pub lines: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Times of the earliest and of the latest event in milliseconds since 1970; `None` without events.
    pub times: Option<(u64, u64)>,
    /// Whether the file is compressed.
    pub is_closed: bool,
}

/// Lists the days of a log, oldest first.
///
/// # Errors
/// An [`EventLogError`] for the first file that cannot be read.
pub fn list(folder: &Path) -> Result<Vec<ListedDay>, EventLogError> {
    #[derive(Deserialize)]
    struct Time {
        time_ms: f64,
    }
    let mut days = Vec::new();
    for file in readable_files(folder)? {
        let bytes = fs::metadata(&file.path).map_err(EventLogError::file(&file.path))?.len();
        let (mut lines, mut times) = (0, None);
        for_each_line(&file.path, &mut |_, line, _| {
            lines += 1;
            if let Ok(Time { time_ms }) = serde_json::from_slice(line) {
                let (first, last) = times.unwrap_or((time_ms as u64, 0));
                times = Some((first.min(time_ms as u64), last.max(time_ms as u64)));
            }
        })?;
        days.push(ListedDay { day: file.day, lines, bytes, times, is_closed: file.is_closed });
    }
    Ok(days)
}
