//! Retention: days that are too old are dropped whole.

use super::day::sweep;
use super::error::LakeError;
use super::journal;
use crate::log::Day;
use crate::log::parquet::day_folders;
use crate::origin::log::{lock, sync};
use std::fs;
use std::path::Path;

/// Drops the days that are more than `days` before today. Returns which.
///
/// # Errors
/// A [`LakeError`]; the days dropped so far are gone.
pub fn keep(lake: &Path, days: u32, now_ms: u64) -> Result<Vec<Day>, LakeError> {
    let _writing = lock(lake, super::compact::LOCK)?;
    let first = Day::of_ms(now_ms).before(days);
    let mut dropped = Vec::new();
    for (day, folder) in day_folders(lake)?.into_iter().filter(|(day, _)| *day < first) {
        // Renamed first, so that no reader meets a day of which a half is gone.
        fs::rename(&folder, lake.join(format!(".dropped-{day}"))).map_err(LakeError::file(&folder))?;
        dropped.push(day);
    }
    if !dropped.is_empty() {
        sync(lake).map_err(LakeError::file(lake))?;
        sweep(lake)?;
        journal::note(lake, now_ms, &format!("keep {days} days"), dropped.len() as u64, None)?;
    }
    Ok(dropped)
}
