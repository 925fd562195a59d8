//! Where the flat rows of a lake are: `flat/day=2026-11-21/rows-….parquet`.
//!
//! The name of a file tells of which parts it was made. So an engine's rows are found, and seen to be up to date, by names
//! alone, also by a program that cannot read Parquet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh64::xxh64;

/// The columns of the rows, in the order of the files. Beside the usual ones: whether a stranger may have written the event, where
/// the visit came from as one text, what a purchase was worth in hundredths, and a digest for the rows of the next day.
pub(crate) const COLUMNS: [&str; 22] = [
    "time_ms",
    "event_order",
    "strangers",
    "event_name",
    "item_id",
    "item_category",
    "item_brand",
    "item_name",
    "price",
    "discount",
    "session_id",
    "user_id",
    "event_id",
    "currency",
    "offer",
    "percent_scrolled",
    "engagement_time_msec",
    "way",
    "context",
    "exposure",
    "worth",
    "link",
];

/// The folder of a lake with its flat rows.
pub(crate) fn flat_folder(lake: &Path) -> PathBuf {
    lake.join("flat")
}

/// The name of a day's rows, which were made of parts of these names, after rows of the day before with this digest.
#[cfg(feature = "lake")]
pub(crate) fn flat_name(parts: &[String], before: u64) -> String {
    format!("{}{before:016x}.parquet", beginning(parts))
}

fn beginning(parts: &[String]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    format!("rows-{:016x}-", xxh64(parts.join("\n").as_bytes(), 0))
}

/// Whether a file holds flat rows.
#[cfg(feature = "lake")]
pub(crate) fn is_flat(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rows-"))
}

/// Whether a folder is a lake.
pub(crate) fn is_lake(folder: &Path) -> bool {
    days(folder).is_ok_and(|days| !days.is_empty())
}

/// The flat rows of a lake, in order of its days; the day of which they are missing or old, if there is one.
pub(crate) fn flat_files(lake: &Path) -> io::Result<Result<Vec<PathBuf>, String>> {
    let mut files = Vec::new();
    for day in days(lake)? {
        let parts = names(&lake.join(&day), &|name| name.ends_with(".parquet") && !name.starts_with(['.', '_']))?;
        let folder = flat_folder(lake).join(&day);
        let beginning = beginning(&parts);
        let rows = names(&folder, &|name| name.starts_with(&beginning)).unwrap_or_default();
        match rows.as_slice() {
            [name] => files.push(folder.join(name)),
            _ => return Ok(Err(day)),
        }
    }
    Ok(Ok(files))
}

fn days(lake: &Path) -> io::Result<Vec<String>> {
    let mut days = names(lake, &|name| name.starts_with("day="))?;
    days.retain(|day| lake.join(day).is_dir());
    Ok(days)
}

fn names(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().to_str().filter(|name| wanted(name)).map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}
