//! A day of a lake: its parts, its events, and what its parts say.

use super::error::LakeError;
use super::part::{Notes, PartWriter};
use crate::log::parquet::{Kept, ParquetFile, Part, for_each_event, parts_of};
use crate::log::{Day, LogError};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// Most files that a day remembers to have read.
const SOURCES: usize = 64;

/// A day's folder and what is in it.
pub(super) struct LakeDay {
    pub folder: PathBuf,
    pub parts: Vec<Part>,
    /// What all parts say, with the number that the next part will have.
    pub notes: Notes,
}

impl LakeDay {
    /// Opens a day, which may not exist yet.
    pub(super) fn open(lake: &Path, day: Day) -> Result<Self, LakeError> {
        let folder = lake.join(format!("day={day}"));
        let parts = if folder.exists() { parts_of(&folder)?.0 } else { Vec::new() };
        let (mut sources, mut erased) = (Vec::new(), BTreeSet::new());
        let mut number = 0;
        for part in &parts {
            let file = ParquetFile::open(&part.path)?;
            let words = |name| file.note(name).unwrap_or_default().split_whitespace().map(str::to_owned);
            sources.extend(words("slotwise.sources"));
            erased.extend(words("slotwise.erased"));
            number = number.max(part.number.saturating_add(1));
        }
        let excess = sources.len().saturating_sub(SOURCES);
        sources.drain(..excess);
        let notes = Notes { number, replaces: Vec::new(), sources, erased: erased.into_iter().collect() };
        Ok(Self { folder, parts, notes })
    }

    /// Hands over every event, in order.
    pub(super) fn for_each(&self, sink: &mut dyn FnMut(Kept) -> Result<(), LakeError>) -> Result<(), LakeError> {
        for part in &self.parts {
            let file = ParquetFile::open(&part.path)?;
            let mut outcome = Ok(());
            for_each_event(&file, &part.path, &|_| {}, &mut |event| {
                // A row that cannot be read must not vanish from a part that is rewritten.
                let event = event.as_ref().and_then(Kept::of).ok_or_else(|| LogError::Parquet {
                    path: part.path.clone(),
                    found: "a row that is no event".into(),
                    expected: "events as `slotwise compact` writes them: move the file out of the lake",
                });
                if outcome.is_ok() {
                    outcome = event.map_err(LakeError::from).and_then(&mut *sink);
                }
                Ok(())
            })?;
            outcome?;
        }
        Ok(())
    }

    /// Notes of a part that replaces all others.
    pub(super) fn replacing(&self) -> Notes {
        let name = |part: &Part| part.path.file_name().map(|name| name.to_string_lossy().into_owned());
        Notes { replaces: self.parts.iter().filter_map(name).collect(), ..self.notes.clone() }
    }

    /// Rewrites the day without some events. Returns how many these are; if none, nothing changes.
    pub(super) fn without(&self, is_out: &dyn Fn(&Kept) -> bool) -> Result<u64, LakeError> {
        let mut any = false;
        self.for_each(&mut |event| {
            any |= is_out(&event);
            Ok(())
        })?;
        if !any {
            return Ok(0);
        }
        let mut writer = PartWriter::begin(&self.folder)?;
        let (mut keys, mut erased, mut count) = (Keys::default(), Vec::new(), 0);
        self.for_each(&mut |event| {
            let key = keys.of(&event);
            if is_out(&event) {
                erased.push(digest(key));
                count += 1;
                return Ok(());
            }
            writer.add(event)
        })?;
        let mut notes = self.replacing();
        notes.erased.extend(erased);
        notes.erased.sort_unstable();
        notes.erased.dedup();
        writer.finish(&notes)?;
        Ok(count)
    }
}

/// A number in hexadecimal.
pub(super) fn digest(number: u64) -> String {
    format!("{number:016x}")
}

/// Numbers that tell the events of one file, or of one day, apart. Equal events without an id are numbered.
#[derive(Default)]
pub(super) struct Keys {
    nameless: HashMap<u64, u64>,
}

impl Keys {
    /// The key of the next event.
    pub(super) fn of(&mut self, event: &Kept) -> u64 {
        let key = event.key();
        if !event.raw.event_id.0.is_empty() {
            return key;
        }
        let times = self.nameless.entry(key).or_default();
        *times += 1;
        key.wrapping_add(times.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Removes what a crash may have left in a lake: unfinished parts, those that were replaced, and days that were dropped.
pub(super) fn sweep(lake: &Path) -> Result<(), LakeError> {
    for entry in fs::read_dir(lake).map_err(LakeError::file(lake))? {
        let path = entry.map_err(LakeError::file(lake))?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".dropped-")) {
            fs::remove_dir_all(&path).map_err(LakeError::file(&path))?;
        }
    }
    for (_, folder) in crate::log::parquet::day_folders(lake)? {
        let mut leftover = parts_of(&folder)?.1;
        leftover.extend(Some(folder.join(".part.tmp")).filter(|path| path.exists()));
        for path in leftover {
            fs::remove_file(&path).map_err(LakeError::file(&path))?;
        }
    }
    Ok(())
}
