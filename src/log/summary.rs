//! What reading a log kept and what it dropped: printed by the trainer, so that nothing is lost silently.

use super::skip::Skipped;

/// What was read, and what was dropped and why.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    /// Rows read.
    pub rows: u64,
    /// Rows that could not be used, by reason.
    pub skipped: Skipped,
    /// Rows whose event name the engine does not use.
    pub unknown_names: u64,
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
    /// Anything else worth saying.
    pub notes: Vec<String>,
}

impl LogSummary {
    /// Puts the counts of rows and visits that were left out into words, before the notes.
    pub(super) fn put_into_words(&mut self) {
        let counted = [
            (self.cut_texts, "rows with a text that was too long: it was cut"),
            (self.lone_purchases, "purchases of strangers without an earlier step in their visit: not counted"),
            (self.unsupported_items, "products that fewer than 3 visits named, and no list of the shop's: left out"),
            (
                self.flood_visits,
                "visits look like a flood: their traffic source looked at the same products far more often than others \
                 do. They count for less than half",
            ),
        ];
        let counted =
            counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let lines: Vec<String> = self.skipped.lines().chain(counted).collect();
        self.notes.splice(0..0, lines);
    }
}
