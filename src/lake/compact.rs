//! Compacts the files of an origin's log into the days of a lake.
//!
//! A day that the origin still writes to gets a further part with its new events. Once it is closed, all its parts become
//! one. A file that was read before, by the digest of its bytes, is left alone. So the command can run as often as one
//! likes, and after a crash it goes on.

use super::day::{Keys, LakeDay, digest};
use super::error::LakeError;
use super::open::open;
use super::place::Place;
use crate::log::Day;
use crate::log::parquet::Kept;
use crate::objects::is_address;
use crate::origin::log::{DayFile, for_each_line, readable_files};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use xxhash_rust::xxh64::Xxh64;

/// Parts of a day from which they are merged, also while the day is open.
const MANY: usize = 8;

/// What became of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactedDay {
    /// Which.
    pub day: Day,
    /// Events that are in the lake since now.
    pub added: u64,
    /// Events that were there already, or had been erased.
    pub repeated: u64,
    /// Lines that are no events.
    pub broken: u64,
}

/// Brings a lake up to a log. The lake is a folder, which is created, or the address of a store. Days more than `keep_days` before today are left out.
/// Returns the days that were read; those whose file was read before are not among them.
///
/// # Errors
/// A [`LakeError`]; days before the one it names are done.
pub fn compact(log: &Path, lake: &Path, keep_days: Option<u32>, now_ms: u64) -> Result<Vec<CompactedDay>, LakeError> {
    if !is_address(&lake.to_string_lossy()) {
        fs::create_dir_all(lake).map_err(LakeError::file(lake))?;
    }
    let place = open(lake)?;
    let first = keep_days.map(|days| Day::of_ms(now_ms).before(days));
    let mut compacted = Vec::new();
    for file in readable_files(log)?.iter().filter(|file| first.is_none_or(|first| file.day >= first)) {
        compacted.extend(day(log, &*place, file)?);
    }
    Ok(compacted)
}

/// Compacts a file; `None` if it was read before.
fn day(log: &Path, place: &dyn Place, file: &DayFile) -> Result<Option<CompactedDay>, LakeError> {
    // The origin may have closed the day in the meantime.
    let closed = DayFile::of(log, file.day, true);
    let file = if file.path.exists() { file } else { &closed };
    let source = digest_of(&file.path)?;
    let known = LakeDay::open(place, file.day)?;
    let is_merged = file.is_closed || known.parts.len() >= MANY;
    if known.notes.sources.contains(&source) && !(is_merged && known.parts.len() > 1) {
        return Ok(None);
    }
    let mut writer = known.writer()?;
    let mut there: HashSet<u64> =
        known.notes.erased.iter().filter_map(|digest| u64::from_str_radix(digest, 16).ok()).collect();
    let mut keys = Keys::default();
    known.for_each(&mut |event| {
        there.insert(keys.of(&event));
        if is_merged { writer.add(event) } else { Ok(()) }
    })?;
    let before = writer.count();
    let mut told = CompactedDay { day: file.day, added: 0, repeated: 0, broken: 0 };
    let mut keys = Keys::default();
    let mut outcome = Ok(());
    for_each_line(&file.path, &mut |_, line, is_whole| {
        // A line without an end is not acknowledged yet. It comes with the next compaction, if it comes.
        if !is_whole || outcome.is_err() || line.trim_ascii().is_empty() {
            return;
        }
        match serde_json::from_slice(line).ok().as_ref().and_then(Kept::of) {
            None => told.broken += 1,
            Some(event) if !there.insert(keys.of(&event)) => told.repeated += 1,
            Some(event) => outcome = writer.add(event),
        }
    })?;
    outcome?;
    told.added = writer.count() - before;
    if told.added == 0 && !is_merged {
        writer.drop_it()?;
        return Ok(Some(told));
    }
    let mut notes = if is_merged { known.replacing() } else { known.notes.clone() };
    notes.sources.retain(|known| *known != source);
    notes.sources.push(source);
    known.commit(writer, &notes)?;
    Ok(Some(told))
}

/// The digest of a file's bytes.
fn digest_of(path: &Path) -> Result<String, LakeError> {
    let fail = LakeError::file(path);
    let mut file = File::open(path).map_err(&fail)?;
    let mut hash = Xxh64::new(0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(&fail)? {
            0 => return Ok(digest(hash.digest())),
            length => hash.update(&buffer[..length]),
        }
    }
}
