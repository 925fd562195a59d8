//! What the first part of the statements is about.

use super::dialect::Dialect;
use super::source::Source;
use std::ops::RangeInclusive;

/// Every name of a table begins so.
pub(super) const PREFIX: &str = "slotwise_";

/// Products that the shop lists.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// CSV file with their ids in a column `item`.
    pub path: &'a str,
    /// Products beside them that may exist because visits name them.
    pub most_new: usize,
}

/// What is counted.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// Whose words.
    pub dialect: Dialect,
    /// The shop's table.
    pub source: &'a Source,
    /// Where results go: a folder, or what the warehouse calls one.
    pub place: &'a str,
    /// The latest time an event may have, in milliseconds since 1970.
    pub latest_ms: u64,
    /// The times that can be believed: in the shop's own rows, and in those of strangers.
    pub times_ms: [RangeInclusive<u64>; 2],
    /// The currency of the log; `None` for that of every row.
    pub currency: Option<&'a str>,
    /// Currencies of the shop's other locales: rows in one of them count, without their prices and titles.
    pub others: &'a [String],
    /// The most events of a sample.
    pub sample: u64,
    /// What the shop lists; `None` without a catalogue, or if nothing is to be taken out.
    pub listed: Option<Listed<'a>>,
}

impl Script<'_> {
    /// Whether events are taken out that name no product which exists.
    pub(super) fn is_sifted(&self) -> bool {
        self.source.has_strangers() || self.listed.is_some()
    }

    /// Whether strangers may describe products: not where the shop does so itself.
    pub(super) fn are_strangers_heard(&self) -> bool {
        self.source.has_strangers() && self.listed.is_none()
    }
}
