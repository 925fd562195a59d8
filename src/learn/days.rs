//! The days of a log: those whose visits are read, and those before them, whose sums are kept.
//!
//! A log is an origin's folder, a lake, or a lake in an object store. Of a store, and of a folder with files that are not
//! called by a day, all is read.

use super::error::LearnError;
use crate::log::Day;
use crate::log::parquet::store_days;
use crate::objects::is_address;
use std::fs;
use std::path::{Path, PathBuf};

/// A log in two parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    /// What is read: files, folders of days, their addresses, or the log's folder.
    pub read: Vec<PathBuf>,
    /// The days before, oldest first.
    pub older: Vec<(Day, PathBuf)>,
}

/// Parts a log: its newest days (all, if `days` is `None`), of which the newest `recent` are read.
pub(super) fn part(folder: &Path, days: Option<u32>, recent: u32) -> Result<Days, LearnError> {
    let whole = || Days { read: vec![folder.to_owned()], older: Vec::new() };
    let in_store = is_address(&folder.to_string_lossy());
    if in_store && days.is_none() {
        return Ok(whole());
    }
    let (mut found, others) = if in_store { (store_days(folder)?, false) } else { days_of(folder)? };
    found.sort();
    // A day that is being closed is there twice; the compressed file is whole, and its name sorts last.
    found.reverse();
    found.dedup_by_key(|(day, _)| *day);
    found.reverse();
    let Some(newest) = found.last().map(|(newest, _)| *newest) else { return Ok(whole()) };
    if days.is_none() && others {
        return Ok(whole());
    }
    if let Some(days) = days {
        found.retain(|(day, _)| *day >= newest.before(days - 1));
    }
    let first = if in_store { found[0].0 } else { newest.before(recent.max(1) - 1) };
    let cut = found.partition_point(|(day, _)| *day < first);
    let read = found.split_off(cut).into_iter().map(|(_, path)| path).collect();
    Ok(Days { read, older: found })
}

/// The files of an origin's log by their days, or the folders of a lake's; and whether there are files of events with other
/// names.
fn days_of(folder: &Path) -> Result<(Vec<(Day, PathBuf)>, bool), LearnError> {
    let (mut found, mut others) = (Vec::new(), false);
    for entry in fs::read_dir(folder).map_err(LearnError::file(folder))? {
        let path = entry.map_err(LearnError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (day, ending) = name.split_once('.').unwrap_or((name, ""));
        let day = if ending.is_empty() { day.strip_prefix("day=").unwrap_or_default() } else { day };
        match (ending, day.parse()) {
            ("" | "jsonl" | "jsonl.gz", Ok(day)) => found.push((day, path)),
            ("jsonl" | "jsonl.gz" | "csv" | "csv.gz" | "parquet", Err(_)) => others = true,
            _ => {}
        }
    }
    Ok((found, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_days_are_read_and_the_others_are_older() {
        let folder = std::env::temp_dir().join(format!("slotwise-days-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["2026-11-18.jsonl.gz", "2026-11-19.jsonl", "2026-11-19.jsonl.gz", "2026-11-21.jsonl", "notes.txt"]
        {
            fs::write(folder.join(name), "").unwrap();
        }
        let names = |days: Option<u32>, recent| {
            let Days { read, older } = part(&folder, days, recent).unwrap();
            let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
            let read: Vec<String> = read.iter().map(|path| name(path)).collect();
            (read.join(" "), older.iter().map(|(_, path)| name(path)).collect::<Vec<_>>().join(" "))
        };
        let two = ("2026-11-21.jsonl".into(), "2026-11-18.jsonl.gz 2026-11-19.jsonl.gz".into());
        assert_eq!(names(None, 2), two, "the 20th has no file");
        assert_eq!(names(Some(3), 1), ("2026-11-21.jsonl".into(), "2026-11-19.jsonl.gz".into()));
        assert_eq!(names(None, 28).1, "");
        fs::write(folder.join("more.jsonl"), "").unwrap();
        assert_eq!(part(&folder, None, 1).unwrap(), Days { read: vec![folder.clone()], older: Vec::new() });
        assert_eq!(names(Some(3), 1).0, "2026-11-21.jsonl");
        fs::remove_dir_all(&folder).unwrap();
    }
}
