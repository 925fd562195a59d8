//! The files of a log, its locks, and its lines.

use super::error::EventLogError;
use crate::log::Day;
use crate::log::open;
use indicatif::ProgressBar;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// One file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayFile {
    /// Its day.
    pub day: Day,
    /// Whether it is compressed: its day is over.
    pub is_closed: bool,
    /// Its path.
    pub path: PathBuf,
}

impl DayFile {
    /// The file of a day in a folder.
    pub(crate) fn of(folder: &Path, day: Day, is_closed: bool) -> Self {
        let ending = if is_closed { "jsonl.gz" } else { "jsonl" };
        Self { day, is_closed, path: folder.join(format!("{day}.{ending}")) }
    }

    /// The name under which the file is written before it is whole.
    pub(super) fn temporary(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".tmp");
        name.into()
    }
}

/// The files of a log, oldest first. A file that is no day is left out.
///
/// A crash may leave a day open and closed. Both are listed, first the closed file: it is whole, and the other repeats it.
pub(super) fn day_files(folder: &Path) -> io::Result<Vec<DayFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some((day, ending)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
        if let (Ok(day), "jsonl" | "jsonl.gz") = (day.parse(), ending) {
            files.push(DayFile::of(folder, day, ending == "jsonl.gz"));
        }
    }
    files.sort_by_key(|file| (file.day, !file.is_closed));
    Ok(files)
}

/// The files of a log that together hold each line once.
pub(crate) fn readable_files(folder: &Path) -> Result<Vec<DayFile>, EventLogError> {
    if !folder.is_dir() {
        fs::metadata(folder).map_err(EventLogError::file(folder))?;
        return Err(EventLogError::NotFolder { path: folder.to_owned() });
    }
    let mut files = day_files(folder).map_err(EventLogError::file(folder))?;
    files.dedup_by_key(|file| file.day);
    Ok(files)
}

/// Makes what happened to names in a folder durable: files created, renamed, removed.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The lock of whoever appends to a log.
pub(super) const WRITING: &str = "lock";
/// The lock of whoever erases from a log.
pub(super) const ERASING: &str = "erase.lock";

/// Takes a lock of a log. It is free again when the file is dropped, and when the process dies.
///
/// # Errors
/// [`EventLogError::Locked`] if another process holds it.
pub(crate) fn lock(folder: &Path, name: &str) -> Result<File, EventLogError> {
    let path = folder.join(name);
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(EventLogError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EventLogError::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(EventLogError::File { path, source }),
    }
}

/// Hands over the lines of a file without their ends: the number from 1, the bytes, and whether the line is whole.
///
/// # Errors
/// An [`EventLogError`]; the lines before it were handed over.
pub(crate) fn for_each_line(path: &Path, sink: &mut dyn FnMut(u64, &[u8], bool)) -> Result<(), EventLogError> {
    let mut text = open(path, &ProgressBar::hidden())?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if text.read_until(b'\n', &mut line).map_err(EventLogError::file(path))? == 0 {
            break;
        }
        match line.split_last() {
            Some((b'\n', line)) => sink(number, line, true),
            _ => sink(number, &line, false),
        }
    }
    Ok(())
}
