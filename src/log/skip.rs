//! Why a row of an event log is skipped.
//!
//! A log is written by many hands over months, and a part of it by strangers. One bad row must not keep the shop from
//! its training, and must not vanish silently either. So a bad row is skipped, counted by its reason, and the first of
//! each reason is told with file and line. Reasons that the edge and the origin know too have the words of [`Refusal`].

use super::error::LogError;
use crate::event::Refusal;
use std::fmt;
use std::path::Path;

/// Why a row was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// What the edge and the origin refuse, too.
    Refused(Refusal),
    /// No time, or one that cannot be read or believed.
    Time,
    /// A time more than a day after now.
    Future,
    /// A field that should be a number and is none.
    Number,
    /// Not UTF-8.
    Encoding,
    /// A row of more than a megabyte, or of too many lines.
    Length,
}

impl Skip {
    /// Number of reasons.
    const COUNT: usize = Refusal::COUNT + Self::OWN.len();

    /// The reasons that only a log has, with their words.
    const OWN: [(&'static str, Self); 5] = [
        ("time", Self::Time),
        ("future", Self::Future),
        ("number", Self::Number),
        ("encoding", Self::Encoding),
        ("length", Self::Length),
    ];

    fn index(self) -> usize {
        match self {
            Self::Refused(refusal) => refusal as usize,
            own => Refusal::COUNT + Self::OWN.iter().position(|(_, known)| *known == own).unwrap_or_default(),
        }
    }

    /// The word of summaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.word(),
            own => Self::OWN[own.index() - Refusal::COUNT].0,
        }
    }

    /// Whether the row could not be read at all. A file of such rows is not a log of events.
    pub(super) fn is_unreadable(self) -> bool {
        !matches!(self, Self::Future | Self::Refused(_)) || self == Self::Refused(Refusal::Shape)
    }
}

/// Longest quotation of a bad value, in characters.
const QUOTED: usize = 60;

/// A row that is skipped: the field, what was found and what was expected.
#[derive(Clone, Debug)]
pub(super) struct BadRow {
    pub reason: Skip,
    field: String,
    found: String,
    expected: &'static str,
}

impl BadRow {
    /// A bad value of a field; the value is quoted.
    pub(super) fn new(reason: Skip, field: &str, found: &str, expected: &'static str) -> Self {
        let found = format!("\"{}\"", found.chars().take(QUOTED).collect::<String>().escape_debug());
        Self { reason, field: field.into(), found, expected }
    }

    /// A row that the definition of a valid event refuses.
    pub(super) fn refused(refusal: Refusal) -> Self {
        let expected = match refusal {
            Refusal::Items => "at most 200 products",
            Refusal::ItemId => "a product id of at most 100 bytes without control characters",
            Refusal::Price => "a price from 0 to 10,000,000",
            Refusal::Currency => "three letters",
            Refusal::EventId => "at most 64 letters, digits and -_.:",
            Refusal::Chain => "digests of a session",
            Refusal::Exposure => "a slot, short names and a propensity from 0 to 10,000",
            Refusal::Name | Refusal::Count | Refusal::Shape => "an event",
        };
        Self { reason: Skip::Refused(refusal), field: refusal.word().into(), found: "out of range".into(), expected }
    }

    /// The same as an error, for files in which every row counts.
    pub(super) fn at(self, path: &Path, line: u64) -> LogError {
        let Self { field, found, expected, .. } = self;
        LogError::Row { path: path.to_owned(), line, field, found, expected }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field {} is {}, expected {}", self.field, self.found, self.expected)
    }
}

/// The rows that were skipped, by reason.
#[derive(Clone, Debug, Default)]
pub struct Skipped([(u64, String); Skip::COUNT]);

impl Skipped {
    /// Counts a row.
    pub(super) fn add(&mut self, bad: &BadRow, path: &Path, line: u64) {
        let (count, first) = &mut self.0[bad.reason.index()];
        if *count == 0 {
            *first = format!("{}: line {line}: {bad}", path.display());
        }
        *count += 1;
    }

    /// Counts rows that only the whole log showed to be bad.
    pub(super) fn add_late(&mut self, reason: Skip, rows: u64, why: &str) {
        let (count, first) = &mut self.0[reason.index()];
        // What the whole log shows is worth more than one row that cannot be read, so both are told.
        if rows > 0 {
            *first = if first.is_empty() { why.to_owned() } else { format!("{first}; {why}") };
        }
        *count += rows;
    }

    /// Rows skipped for a reason.
    pub fn count(&self, reason: Skip) -> u64 {
        self.0[reason.index()].0
    }

    /// Rows skipped for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(count, _)| count).sum()
    }

    /// One line for each reason that occurred, with its first row.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let refused = Refusal::ALL.into_iter().map(|(word, _)| word);
        let words = refused.chain(Skip::OWN.into_iter().map(|(word, _)| word));
        let line = |(word, (count, first)): (&str, &(u64, String))| {
            (*count > 0).then(|| format!("{count} rows skipped, reason {word}; the first: {first}"))
        };
        words.zip(&self.0).filter_map(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_place_and_a_word_of_its_own() {
        let own = Skip::OWN.map(|(_, reason)| reason);
        let all: Vec<Skip> = Refusal::ALL.map(|(_, refusal)| Skip::Refused(refusal)).into_iter().chain(own).collect();
        assert!(all.iter().enumerate().all(|(at, reason)| reason.index() == at));
        let mut words: Vec<&str> = all.iter().map(|reason| reason.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Skip::COUNT);
    }
}
