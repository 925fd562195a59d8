//! Where a lake lies, whatever that is.

use super::error::LakeError;
use super::part::{Notes, Written};
use crate::log::Day;
use crate::log::parquet::Part;
use std::path::PathBuf;

/// The folder of a day on this machine.
pub(super) struct DayFolder {
    /// Where it is.
    pub path: PathBuf,
    /// What errors call it.
    pub shown: PathBuf,
}

/// A folder or store that one process writes a lake to.
pub(super) trait Place {
    /// The days that there are, in order.
    fn days(&self) -> Result<Vec<Day>, LakeError>;

    /// Opens a day, which may not exist yet. Of its parts at least the ends are there: what they note. What a crash has left is
    /// removed. A day that was opened before may be gone from this machine.
    fn open_day(&self, day: Day) -> Result<DayFolder, LakeError>;

    /// Makes parts of the opened day be there as a whole.
    fn fetch(&self, day: Day, parts: &[Part]) -> Result<(), LakeError>;

    /// Makes a part of the opened day count, and removes those it replaces.
    fn commit(&self, day: Day, written: Written, notes: &Notes) -> Result<(), LakeError>;

    /// Removes days whole. No reader sees a half of one.
    fn drop_days(&self, days: &[Day]) -> Result<(), LakeError>;

    /// Appends a line to the journal.
    fn note(&self, line: &str) -> Result<(), LakeError>;
}
