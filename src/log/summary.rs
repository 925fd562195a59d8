//! What reading a log kept and what it dropped: printed by the trainer, so that nothing is lost silently.

use super::error::LogError;
use super::names::UnknownNames;
use super::skip::{Skip, Skipped};
use crate::event::Refusal;
use std::collections::BTreeSet;

/// What was read, and what was dropped and why.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    /// Rows read.
    pub rows: u64,
    /// Rows that could not be used, by reason.
    pub skipped: Skipped,
    /// Rows whose event name the engine does not use, by name.
    pub unknown_names: UnknownNames,
    /// The formats that were recognised.
    pub formats: BTreeSet<&'static str>,
    /// Rows of orders that were cancelled, refunded or failed, and hits that the shop's analytics leave out.
    pub undone: u64,
    /// Rows with an `event_id` seen before.
    pub repeated: u64,
    /// Rows with a text that was cut to its longest length.
    pub cut_texts: u64,
    /// Events in the sessions kept.
    pub events: u64,
    /// Sessions kept.
    pub sessions: u64,
    /// Products.
    pub items: u64,
    /// Sessions dropped as a machine's.
    pub machine_sessions: u64,
    /// Events of the sessions dropped as a machine's.
    pub machine_events: u64,
    /// Sessions dropped because they name no product.
    pub without_product: u64,
    /// Purchases of strangers without an earlier step in their visit: they count for nothing.
    pub lone_purchases: u64,
    /// Products that too few visits named.
    pub unsupported_items: u64,
    /// Visits of strangers that count for less than half, because their traffic source looked at the same products
    /// far more often than other sources do.
    pub flood_visits: u64,
    /// Visits with an event of `slotwise simulate`.
    pub simulated_visits: u64,
    /// Anything else worth saying.
    pub notes: Vec<String>,
}

impl LogSummary {
    /// The error of a log in which nothing can be learned, with what became of its rows.
    pub(crate) fn empty(&self) -> LogError {
        // The notes of a log that was read to its end hold all of it.
        let names = Some(self.unknown_names.told()).filter(|names| !names.is_empty());
        let names = names.map(|names| format!("rows of names that are not used: {names}"));
        let lines: Vec<String> =
            if self.notes.is_empty() { self.skipped.lines().chain(names).collect() } else { self.notes.clone() };
        let why = lines.iter().fold(String::new(), |why, line| why + "; " + line);
        LogError::Empty { read: self.rows, why }
    }

    /// Checks that no more than a share of the rows, in percent, was skipped as broken. A row in another currency is sound.
    ///
    /// # Errors
    /// [`LogError::Broken`] with every reason and its first row.
    pub(super) fn check_broken(&self, allowed: f64) -> Result<(), LogError> {
        let broken = self.skipped.total() - self.skipped.count(Skip::Refused(Refusal::Currency));
        if broken as f64 * 100.0 <= self.rows as f64 * allowed {
            return Ok(());
        }
        let reasons = self.skipped.lines().collect::<Vec<_>>().join("; ");
        Err(LogError::Broken { broken, rows: self.rows, allowed, reasons })
    }

    /// Puts the counts of rows and visits that were left out into words, before the notes.
    pub(super) fn put_into_words(&mut self) {
        let counted = [
            (self.undone, "rows of orders that were cancelled, refunded or failed, or of excluded hits: left out"),
            (self.cut_texts, "rows with a text that was too long: it was cut"),
            (self.lone_purchases, "purchases of strangers without an earlier step in their visit: not counted"),
            (self.unsupported_items, "products that fewer than 3 visits named, and no list of the shop's: left out"),
            (
                self.flood_visits,
                "visits look like a flood: their traffic source looked at the same products far more often than others \
                 do. They count for less than half",
            ),
            (self.simulated_visits, "simulated visits, of `slotwise simulate`: no people"),
        ];
        let counted =
            counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let names = Some(self.unknown_names.told()).filter(|told| !told.is_empty());
        let names = names.map(|told| format!("rows of names that are not used: {told}"));
        let formats: Vec<&str> = self.formats.iter().copied().collect();
        let formats = Some(formats.join(", ")).filter(|formats| !formats.is_empty());
        let formats = formats.map(|formats| format!("read as {formats}"));
        let lines: Vec<String> = formats.into_iter().chain(self.skipped.lines()).chain(names).chain(counted).collect();
        self.notes.splice(0..0, lines);
    }
}
