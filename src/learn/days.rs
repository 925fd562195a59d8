//! The newest days of a log: of an origin's folder, of a lake, or of a lake in an object store.

use super::error::LearnError;
use crate::log::Day;
use crate::log::parquet::store_days;
use crate::objects::is_address;
use std::fs;
use std::path::{Path, PathBuf};

/// The log's folder, or its files of the newest days; of a lake, the folders of its newest days, or their addresses.
pub(super) fn newest(folder: &Path, days: Option<u32>) -> Result<Vec<PathBuf>, LearnError> {
    let Some(days) = days else { return Ok(vec![folder.to_owned()]) };
    let mut found = if is_address(&folder.to_string_lossy()) { store_days(folder)? } else { days_of(folder)? };
    found.sort();
    // A day that is being closed is there twice; the compressed file is whole, and its name sorts last.
    found.reverse();
    found.dedup_by_key(|(day, _)| *day);
    found.reverse();
    let Some(oldest) = found.last().map(|(newest, _)| newest.before(days - 1)) else {
        return Ok(vec![folder.to_owned()]);
    };
    Ok(found.into_iter().filter(|(day, _)| *day >= oldest).map(|(_, path)| path).collect())
}

/// The files of an origin's log by their days, or the folders of a lake's.
fn days_of(folder: &Path) -> Result<Vec<(Day, PathBuf)>, LearnError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(LearnError::file(folder))? {
        let path = entry.map_err(LearnError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (day, ending) = name.split_once('.').unwrap_or((name, ""));
        let day = if ending.is_empty() { day.strip_prefix("day=").unwrap_or_default() } else { day };
        if let ("" | "jsonl" | "jsonl.gz", Ok(day)) = (ending, day.parse()) {
            found.push((day, path));
        }
    }
    Ok(found)
}
