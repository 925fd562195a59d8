//! What reading a log kept and what it dropped: printed by the trainer, so that nothing is lost silently.

/// What was read, and what was dropped and why.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    /// Rows read.
    pub rows: u64,
    /// Rows whose event name the engine does not use.
    pub unknown_names: u64,
    /// Rows with an `event_id` seen before.
    pub repeated: u64,
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
    /// Anything else worth saying.
    pub notes: Vec<String>,
}
