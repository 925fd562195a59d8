//! A lake in an object store.
//!
//! A day is worked on in a temporary folder: first the ends of its parts, with what these note, and the whole of them only where
//! events are needed. A part is put whole and only if there is none of its name, which is its number in the day. That is the
//! moment from which it counts. So of two writers that saw the same day one gets [`LakeError::Changed`], and nothing waits for
//! a writer that was killed.

use super::day::LakeDay;
use super::error::LakeError;
use super::part::{Notes, PartWriter, Written};
use super::place::{DayFolder, Place};
use crate::log::Day;
use crate::log::parquet::{Part, is_part, parts_of};
use crate::objects::{Object, Objects, Temporary};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes at the end of a part in which its footer nearly always is.
const END: u64 = 64 << 10;
/// How often a line of the journal is tried while another writer adds to it.
const TRIES: usize = 16;

/// A store that a lake is written to.
struct Store {
    objects: Objects,
    temporary: Temporary,
}

/// Opens a store.
pub(super) fn open(address: &str) -> Result<Box<dyn Place>, LakeError> {
    Ok(Box::new(Store { objects: Objects::open(address)?, temporary: Temporary::new()? }))
}

impl Store {
    fn changed(&self, day: Day) -> LakeError {
        LakeError::Changed { place: format!("{}/day={day}", self.objects.place) }
    }

    /// Fetches the end of a part, which holds all of its footer.
    fn fetch_end(&self, day: Day, object: &Object, file: &Path) -> Result<(), LakeError> {
        let name = format!("day={day}/{}", object.name);
        let fetch = |bytes| {
            let is_there = self.objects.fetch_end(object, &name, bytes, file)?;
            is_there.then_some(()).ok_or_else(|| self.changed(day))
        };
        fetch(END)?;
        let length = || {
            let mut length = [0; 8];
            let mut file = File::open(file)?;
            file.seek(SeekFrom::Start(object.size.saturating_sub(8)))?;
            let read = file.read(&mut length)?;
            Ok(if read < 8 { 0 } else { u64::from(u32::from_le_bytes([length[0], length[1], length[2], length[3]])) })
        };
        let needed = length().map_err(LakeError::file(file))? + 8;
        // A footer that is longer than the file is refused by whoever opens it.
        if needed > END && needed < object.size { fetch(needed) } else { Ok(()) }
    }

    /// Whether a day has a part with a greater number: another writer went on.
    fn has_later(&self, day: Day, number: u64) -> Result<bool, LakeError> {
        let later = |object: &Object| {
            let middle = object.name.strip_prefix("part-").and_then(|name| name.strip_suffix(".parquet"));
            middle.and_then(|middle| middle.parse::<u64>().ok()).is_some_and(|other| other > number)
        };
        Ok(self.objects.list(&format!("day={day}"))?.iter().any(later))
    }
}

impl Place for Store {
    fn days(&self) -> Result<Vec<Day>, LakeError> {
        let names = self.objects.folders()?;
        let day = |name: &String| name.strip_prefix("day=").and_then(|day| day.parse().ok());
        let mut days: Vec<Day> = names.iter().filter_map(day).collect();
        days.sort_unstable();
        Ok(days)
    }

    fn open_day(&self, day: Day) -> Result<DayFolder, LakeError> {
        let path = self.temporary.path().join("day");
        if path.exists() {
            fs::remove_dir_all(&path).map_err(LakeError::file(&path))?;
        }
        fs::create_dir(&path).map_err(LakeError::file(&path))?;
        for object in self.objects.list(&format!("day={day}"))?.iter().filter(|object| is_part(&object.name)) {
            self.fetch_end(day, object, &path.join(&object.name))?;
        }
        let shown = PathBuf::from(format!("{}/day={day}", self.objects.place));
        for name in parts_of(&path, &shown)?.1 {
            self.objects.remove(&format!("day={day}/{name}"))?;
            fs::remove_file(path.join(&name)).map_err(LakeError::file(&path))?;
        }
        Ok(DayFolder { path, shown })
    }

    fn fetch(&self, day: Day, parts: &[Part]) -> Result<(), LakeError> {
        for part in parts {
            let name = part.path.file_name().unwrap_or_default().to_string_lossy();
            let size = fs::metadata(&part.path).map_err(LakeError::file(&part.path))?.len();
            if !self.objects.fetch(&format!("day={day}/{name}"), size, &part.path)? {
                return Err(self.changed(day));
            }
        }
        Ok(())
    }

    fn commit(&self, day: Day, written: Written, notes: &Notes) -> Result<(), LakeError> {
        let name = format!("day={day}/{}", name_of(notes));
        // A writer that slept may put a number that others have used and removed. Their later parts replace it unseen.
        if !self.objects.put_new(&name, &written.path)? || self.has_later(day, notes.number)? {
            return Err(self.changed(day));
        }
        for old in &notes.replaces {
            self.objects.remove(&format!("day={day}/{old}"))?;
        }
        fs::remove_file(&written.path).map_err(LakeError::file(&written.path))
    }

    fn drop_days(&self, days: &[Day]) -> Result<(), LakeError> {
        for day in days {
            // An empty part replaces all others, so that no reader meets a day of which a half is gone.
            let known = LakeDay::open(self, *day)?;
            let notes = Notes { sources: Vec::new(), erased: Vec::new(), ..known.replacing() };
            self.commit(*day, PartWriter::begin(&known.folder.path)?.finish(&notes)?, &notes)?;
            let last = name_of(&notes);
            for object in self.objects.list(&format!("day={day}"))?.iter().filter(|object| object.name != last) {
                self.objects.remove(&format!("day={day}/{}", object.name))?;
            }
            self.objects.remove(&format!("day={day}/{last}"))?;
        }
        Ok(())
    }

    fn note(&self, line: &str) -> Result<(), LakeError> {
        let name = super::journal::NAME;
        for _ in 0..TRIES {
            let (mut bytes, version) = self.objects.read(name)?.map_or((Vec::new(), None), |(b, v)| (b, Some(v)));
            bytes.extend_from_slice(line.as_bytes());
            if self.objects.replace(name, bytes, version)? {
                return Ok(());
            }
        }
        Err(LakeError::Changed { place: format!("{}/{name}", self.objects.place) })
    }
}

/// The name of a part by its number.
fn name_of(notes: &Notes) -> String {
    format!("part-{:08}.parquet", notes.number)
}
