//! Which files of a lake are read: the parts of its days that no later part replaces.
//!
//! A day is a folder `day=2026-11-21` with files `part-….parquet`. A part says in its footer which number it has within its
//! day and which parts it replaces. Renaming it to its name is all that makes it count, so that a reader sees a day as it
//! was or as it is, and a crash between that and the removal of the old parts changes nothing. Files of other programs say
//! nothing, and count after ours in order of name.

use super::file::ParquetFile;
use crate::log::day::Day;
use crate::log::error::LogError;
use std::fs;
use std::path::{Path, PathBuf};

/// A part of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it lies.
    pub path: PathBuf,
    /// Its number within the day.
    pub number: u64,
}

/// The days of a lake, in order; none if the folder is no lake.
pub(crate) fn day_folders(lake: &Path) -> Result<Vec<(Day, PathBuf)>, LogError> {
    let mut days = Vec::new();
    for entry in fs::read_dir(lake).map_err(LogError::file(lake))? {
        let entry = entry.map_err(LogError::file(lake))?;
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| name.strip_prefix("day=")).and_then(|day| day.parse().ok());
        if let Some(day) = day.filter(|_| entry.path().is_dir()) {
            days.push((day, entry.path()));
        }
    }
    days.sort_unstable();
    Ok(days)
}

/// The parts of a day that count, in order, and those that later ones replace.
pub(crate) fn parts_of(folder: &Path) -> Result<(Vec<Part>, Vec<PathBuf>), LogError> {
    let (mut parts, mut replaced) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(LogError::file(folder))? {
        let path = entry.map_err(LogError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Names that begin so are unfinished files and notes, to Spark and DuckDB, too.
        if !name.ends_with(".parquet") || name.starts_with(['.', '_']) {
            continue;
        }
        let file = ParquetFile::open(&path)?;
        let number = file.note("slotwise.part").and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
        replaced.extend(
            file.note("slotwise.replaces").unwrap_or_default().split_whitespace().map(|name| folder.join(name)),
        );
        parts.push(Part { path, number });
    }
    let (old, mut parts): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| replaced.contains(&part.path));
    parts.sort_unstable_by(|one, other| (one.number, &one.path).cmp(&(other.number, &other.path)));
    Ok((parts, old.into_iter().map(|part| part.path).collect()))
}
