//! Retention: days that are too old are dropped whole.

use super::error::LakeError;
use super::journal;
use super::open::open;
use crate::log::Day;
use std::path::Path;

/// Drops the days that are more than `days` before today. Returns which.
///
/// # Errors
/// A [`LakeError`]; the days dropped so far are gone.
pub fn keep(lake: &Path, days: u32, now_ms: u64) -> Result<Vec<Day>, LakeError> {
    let place = open(lake)?;
    let first = Day::of_ms(now_ms).before(days);
    let mut dropped = place.days()?;
    dropped.retain(|day| *day < first);
    if !dropped.is_empty() {
        place.drop_days(&dropped)?;
        place.note(&journal::line(now_ms, &format!("keep {days} days"), dropped.len() as u64, None))?;
    }
    Ok(dropped)
}
