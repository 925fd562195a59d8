//! What became of the events since the origin began, for `/_slotwise/health`.

use crate::event::Refusal;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts of events by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    /// On disk.
    pub(super) accepted: u64,
    /// Dropped, because their ids were on disk already.
    pub(super) repeated: u64,
    /// With a name that the engine does not use.
    pub(super) ignored: u64,
    /// Refused, by [`Refusal::word`].
    pub(super) refused: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts an event that was not accepted.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Name => self.ignored += 1,
            _ => *self.refused.entry(refusal.word()).or_default() += 1,
        }
    }

    /// Adds the counts of another tally.
    pub(super) fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.repeated += other.repeated;
        self.ignored += other.ignored;
        for (word, count) in &other.refused {
            *self.refused.entry(word).or_default() += count;
        }
    }
}
