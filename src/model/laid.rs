//! An overlay as a model holds it.

use crate::snapshot::overlay::Entry;
use alloc::vec::Vec;

/// An overlay, by item number.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// When it was published; `None` without an overlay.
    pub(super) published_ms: Option<u64>,
    pub(super) known: Vec<Entry>,
    /// For each item the number of its entry + 1; 0 for none. Empty without an overlay.
    pub(super) entries: Vec<u32>,
}
