//! `slotwise log verify`: checks every line of a log.
//!
//! A line has to be an event that was accepted: it is accepted again, unchanged. An event id may not occur twice in the
//! window in which the origin drops repeated events.

use super::error::EventLogError;
use super::folder::{WRITING, day_files, for_each_line, lock, readable_files};
use super::seen::SeenIds;
use crate::event::RawEvent;
use std::path::{Path, PathBuf};

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// The line from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong, and what was expected.
    pub what: String,
}

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files.
    pub files: u64,
    /// Lines.
    pub lines: u64,
    /// Things that are wrong.
    pub findings: u64,
}

/// Checks a log and hands over what is wrong.
///
/// # Errors
/// An [`EventLogError`] if the folder cannot be read. A file that cannot be read is a finding.
pub fn verify(folder: &Path, sink: &mut dyn FnMut(Finding)) -> Result<Verified, EventLogError> {
    let mut verified = Verified::default();
    let mut tell = |path: &Path, line, what: String| {
        verified.findings += 1;
        sink(Finding { path: path.to_owned(), line, what });
    };
    // The origin may be in the middle of a line, or between two forms of a day.
    let is_written = matches!(lock(folder, WRITING), Err(EventLogError::Locked { .. }));
    let files = readable_files(folder)?;
    for file in day_files(folder).map_err(EventLogError::file(folder))? {
        if !is_written && !files.contains(&file) {
            tell(&file.path, 0, "is there beside its compressed form; `slotwise serve` removes it at its start".into());
        }
    }
    let mut seen = SeenIds::new();
    for file in &files {
        verified.files += 1;
        seen.begin(file.day);
        let read = for_each_line(&file.path, &mut |number, line, is_whole| {
            verified.lines += 1;
            if !is_whole {
                if !is_written {
                    tell(&file.path, number, "is torn, expected a line end; `slotwise serve` cuts it off".into());
                }
                return;
            }
            match check(line) {
                Err(what) => tell(&file.path, number, what),
                Ok(id) => {
                    if seen.hash(&id).is_some_and(|hash| !seen.add(file.day, hash)) {
                        tell(&file.path, number, format!("repeats the event id {id}, expected each id once"));
                    }
                }
            }
        });
        if let Err(error) = read {
            tell(&file.path, 0, error.to_string());
        }
    }
    Ok(verified)
}

/// The event id of a line.
fn check(line: &[u8]) -> Result<String, String> {
    let event: RawEvent = serde_json::from_slice(line)
        .map_err(|error| format!("is no event: {error}; expected one JSON object a line"))?;
    let mut again = event.clone();
    let now_ms = event.time_ms.0.ok_or("has no time_ms, expected milliseconds since 1970")? as u64;
    again.accept(now_ms).map_err(|refusal| format!("is an event that is refused for its {}", refusal.word()))?;
    if again != event {
        return Err("is an event as it was sent, expected one as it is accepted".into());
    }
    Ok(event.event_id.0)
}
