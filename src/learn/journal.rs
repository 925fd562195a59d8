//! The journal of the loop: JSON lines, one when a step begins and one when it ends, each on disk before the work goes on.
//!
//! A crash may cut the last line: it is dropped when the journal is opened again, since what it told was not yet true. A step that
//! was begun and not ended is what the crash interrupted, and gets an entry that says so.

use super::error::LearnError;
use crate::log::time_text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Name of the journal in its folder.
pub const NAME: &str = "journal.jsonl";
/// Name of the lock beside it.
const LOCK: &str = "lock";

/// A step of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Reads the log.
    Read,
    /// Compares the newest visits with those that the snapshot in use was trained on.
    Watch,
    /// Decides about a canary that is out.
    Canary,
    /// Counts closed days that are not read again.
    Days,
    /// Trains a candidate.
    Train,
    /// Compares the candidate with the snapshot in use.
    Judge,
    /// Publishes the candidate.
    Publish,
    /// Publishes the snapshot in use again, with the shares that its arms have earned since.
    Arms,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Read => "reading the log",
            Self::Watch => "watching for drift",
            Self::Canary => "judging the canary",
            Self::Days => "adding up older days",
            Self::Train => "training a candidate",
            Self::Judge => "comparing the candidate with the snapshot in use",
            Self::Publish => "publishing the candidate",
            Self::Arms => "giving arms the shares that they have earned",
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It was begun.
    Begun,
    /// It ended.
    Done,
    /// It ended with an error.
    Failed,
    /// It was begun, and the program was stopped before it ended.
    Stopped,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// Number of the turn, from 1.
    pub turn: u64,
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub phase: Phase,
    /// What came of it, as a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Its figures.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub facts: Value,
}

impl Entry {
    /// The entry as a plain sentence.
    pub fn sentence(&self) -> String {
        let Self { turn, step, phase, note, .. } = self;
        let what = match phase {
            Phase::Begun => "began",
            Phase::Done => "done",
            Phase::Failed => "failed",
            Phase::Stopped => "was interrupted",
        };
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        format!("{} turn {turn}, {} {what}{note}", time_text(self.time_ms), step.words())
    }
}

/// The journal, open for appending. One program at a time has it.
pub struct Journal {
    path: PathBuf,
    file: File,
    turn: u64,
    unfinished: Option<Entry>,
    /// Held for as long as the journal is open.
    _lock: File,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. A line that a crash has cut is dropped.
    ///
    /// # Errors
    /// [`LearnError::Busy`], [`LearnError::Journal`] or [`LearnError::File`].
    pub fn open(folder: &Path) -> Result<Self, LearnError> {
        fs::create_dir_all(folder).map_err(LearnError::file(folder))?;
        let place = folder.join(LOCK);
        let lock = OpenOptions::new().create(true).append(true).open(&place).map_err(LearnError::file(&place))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LearnError::Busy { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(LearnError::File { path: place, source }),
        }
        let path = folder.join(NAME);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(LearnError::file(&path))?;
        let text = fs::read(&path).map_err(LearnError::file(&path))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(LearnError::file(&path))?;
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(LearnError::file(folder))?;
        let entries = parse(&path, &text[..whole])?;
        let turn = entries.last().map_or(0, |entry| entry.turn);
        let unfinished = entries.into_iter().next_back().filter(|entry| entry.phase == Phase::Begun);
        Ok(Self { path, file, turn, unfinished, _lock: lock })
    }

    /// The step that was begun and not ended when the journal was opened.
    pub fn unfinished(&mut self) -> Option<Entry> {
        self.unfinished.take()
    }

    /// From which time on visits began that a snapshot was not trained on, in milliseconds since 1970: as it stands in the
    /// line that was written before the snapshot was published. `None` if it was not published from here.
    ///
    /// # Errors
    /// A [`LearnError`] of the journal.
    pub fn unseen_from(&self, snapshot: &str) -> Result<Option<u64>, LearnError> {
        let text = fs::read(&self.path).map_err(LearnError::file(&self.path))?;
        let entries = parse(&self.path, &text)?;
        let begun = |entry: &&Entry| matches!(entry.step, Step::Publish | Step::Arms) && entry.phase == Phase::Begun;
        let own = entries.iter().rev().filter(begun).find(|entry| entry.facts["snapshot"] == snapshot);
        Ok(own.and_then(|entry| entry.facts["unseen_from_ms"].as_u64()))
    }

    /// Begins the next turn.
    pub fn begin_turn(&mut self) {
        self.turn += 1;
    }

    /// Appends an entry of this turn. It is on disk when this returns.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn append(
        &mut self,
        time_ms: u64,
        step: Step,
        phase: Phase,
        note: String,
        facts: Value,
    ) -> Result<Entry, LearnError> {
        let entry = Entry { time_ms, turn: self.turn, step, phase, note, facts };
        let line = serde_json::json!(entry).to_string() + "\n";
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(LearnError::file(&self.path))?;
        Ok(entry)
    }
}

/// Reads the journal of a folder; a last line that is not whole is left out.
///
/// # Errors
/// [`LearnError::Journal`] or [`LearnError::File`].
pub fn read(folder: &Path) -> Result<Vec<Entry>, LearnError> {
    let path = folder.join(NAME);
    let text = fs::read(&path).map_err(LearnError::file(&path))?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    parse(&path, &text[..whole])
}

fn parse(path: &Path, text: &[u8]) -> Result<Vec<Entry>, LearnError> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate();
    let entry = |(at, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|error| LearnError::Journal {
            path: path.to_owned(),
            line: at + 1,
            why: error.to_string(),
        })
    };
    lines.map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_line_is_dropped_and_a_step_that_did_not_end_is_told_once() {
        let folder = std::env::temp_dir().join(format!("slotwise-journal-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let mut journal = Journal::open(&folder).unwrap();
        assert!(journal.unfinished().is_none());
        assert!(matches!(Journal::open(&folder), Err(LearnError::Busy { .. })));
        journal.begin_turn();
        journal.append(1, Step::Read, Phase::Begun, String::new(), Value::Null).unwrap();
        journal.append(2, Step::Read, Phase::Done, "7 visits".into(), Value::Null).unwrap();
        journal
            .append(
                3,
                Step::Publish,
                Phase::Begun,
                String::new(),
                serde_json::json!({"snapshot": "ab", "unseen_from_ms": 9}),
            )
            .unwrap();
        assert_eq!((journal.unseen_from("ab").unwrap(), journal.unseen_from("cd").unwrap()), (Some(9), None));
        drop(journal);
        let path = folder.join(NAME);
        let whole = fs::read(&path).unwrap();
        for cut in 0..40 {
            let cut_line = [&whole[..], &br#"{"time_ms":4,"turn":1,"step":"publish","phase":"done"}"#[..cut]].concat();
            fs::write(&path, cut_line).unwrap();
            let mut journal = Journal::open(&folder).unwrap();
            let told = journal.unfinished().unwrap();
            assert_eq!((told.step, told.facts["snapshot"].as_str()), (Step::Publish, Some("ab")));
            assert!(journal.unfinished().is_none());
            drop(journal);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
        assert!(read(&folder).unwrap()[1].sentence().ends_with("reading the log done: 7 visits"));
        fs::write(&path, "{}\n").unwrap();
        assert!(matches!(Journal::open(&folder), Err(LearnError::Journal { line: 1, .. })));
        fs::remove_dir_all(&folder).unwrap();
    }
}
