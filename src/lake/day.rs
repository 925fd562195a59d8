//! A day of a lake: its parts, its events, and what its parts say.

use super::error::LakeError;
use super::part::{Notes, PartWriter};
use super::place::{DayFolder, Place};
use crate::log::parquet::{Kept, ParquetFile, Part, for_each_event, parts_of};
use crate::log::{Day, LogError};
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

/// Most files that a day remembers to have read.
const SOURCES: usize = 64;

/// A day, opened.
pub(super) struct LakeDay<'a> {
    pub folder: DayFolder,
    place: &'a dyn Place,
    day: Day,
    /// Whether its parts are on this machine as a whole.
    is_here: Cell<bool>,
    pub parts: Vec<Part>,
    /// What all parts say, with the number that the next part will have.
    pub notes: Notes,
}

impl<'a> LakeDay<'a> {
    /// Opens a day, which may not exist yet.
    pub(super) fn open(place: &'a dyn Place, day: Day) -> Result<Self, LakeError> {
        let folder = place.open_day(day)?;
        let parts = parts_of(&folder.path, &folder.shown)?.0;
        let (mut sources, mut erased) = (Vec::new(), BTreeSet::new());
        let mut number = 0;
        for part in &parts {
            let file = ParquetFile::open(&part.path, &part.shown)?;
            let words = |name| file.note(name).unwrap_or_default().split_whitespace().map(str::to_owned);
            sources.extend(words("slotwise.sources"));
            erased.extend(words("slotwise.erased"));
            // Files of other programs have no number.
            number = number.max(part.number.checked_add(1).unwrap_or(0));
        }
        let excess = sources.len().saturating_sub(SOURCES);
        sources.drain(..excess);
        let notes = Notes { number, replaces: Vec::new(), sources, erased: erased.into_iter().collect() };
        Ok(Self { folder, place, day, is_here: Cell::new(false), parts, notes })
    }

    /// Hands over every event, in order.
    pub(super) fn for_each(&self, sink: &mut dyn FnMut(Kept) -> Result<(), LakeError>) -> Result<(), LakeError> {
        if !self.is_here.replace(true) {
            self.place.fetch(self.day, &self.parts)?;
        }
        for part in &self.parts {
            let file = ParquetFile::open(&part.path, &part.shown)?;
            let mut outcome = Ok(());
            for_each_event(&file, &part.shown, &|_| {}, &mut |event| {
                // A row that cannot be read must not vanish from a part that is rewritten.
                let event = event.as_ref().and_then(Kept::of).ok_or_else(|| LogError::Parquet {
                    path: part.shown.clone(),
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

    /// Begins a further part.
    pub(super) fn writer(&self) -> Result<PartWriter, LakeError> {
        PartWriter::begin(&self.folder.path)
    }

    /// Ends a part with its notes and makes it count.
    pub(super) fn commit(&self, writer: PartWriter, notes: &Notes) -> Result<(), LakeError> {
        self.place.commit(self.day, writer.finish(notes)?, notes)
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
        let mut writer = self.writer()?;
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
        self.commit(writer, &notes)?;
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
