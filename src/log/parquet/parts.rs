//! Which files of a lake are read: the parts of its days that no later part replaces.
//!
//! A day is a folder `day=2026-11-21` with files `part-….parquet`. A part says in its footer which number it has within its
//! day and which parts it replaces. Renaming it to its name is all that makes it count, so that a reader sees a day as it
//! was or as it is, and a crash between that and the removal of the old parts changes nothing. A part that replaces any
//! replaces all with lower numbers, also one that a writer which slept for long puts into a store afterwards. Files of other
//! programs say nothing, and count after ours in order of name.

use super::file::ParquetFile;
use crate::log::day::Day;
use crate::log::error::LogError;
use std::fs;
use std::path::{Path, PathBuf};

/// A part of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it lies, on this machine.
    pub path: PathBuf,
    /// What it is called where the lake is.
    pub shown: PathBuf,
    /// Its number within the day; the greatest there is for a file of another program.
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

/// Whether this is the name of a part. Names that begin with a dot or a line are unfinished files and notes, to other programs,
/// too.
pub(crate) fn is_part(name: &str) -> bool {
    name.ends_with(".parquet") && !name.starts_with(['.', '_'])
}

/// The parts of a day that count, in order, and the names of those that later ones replace. `shown` is what the folder is
/// called where the lake is.
pub(crate) fn parts_of(folder: &Path, shown: &Path) -> Result<(Vec<Part>, Vec<String>), LogError> {
    let (mut parts, mut replaced, mut replacing) = (Vec::new(), Vec::new(), 0);
    for entry in fs::read_dir(folder).map_err(LogError::file(shown))? {
        let name = entry.map_err(LogError::file(shown))?.file_name();
        let Some(name) = name.to_str().filter(|name| is_part(name)) else { continue };
        let part = Part { path: folder.join(name), shown: shown.join(name), number: u64::MAX };
        let file = ParquetFile::open(&part.path, &part.shown)?;
        let number = file.note("slotwise.part").and_then(|number| number.parse().ok());
        let before = replaced.len();
        replaced.extend(file.note("slotwise.replaces").unwrap_or_default().split_whitespace().map(str::to_owned));
        if replaced.len() > before {
            replacing = replacing.max(number.unwrap_or(0));
        }
        parts.push((name.to_owned(), Part { number: number.unwrap_or(u64::MAX), ..part }));
    }
    let (old, parts): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|(name, part)| part.number < replacing || replaced.contains(name));
    let mut parts: Vec<Part> = parts.into_iter().map(|(_, part)| part).collect();
    parts.sort_unstable_by(|one, other| (one.number, &one.path).cmp(&(other.number, &other.path)));
    Ok((parts, old.into_iter().map(|(name, _)| name).collect()))
}
