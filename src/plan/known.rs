//! What a shop has that a plan may name.
//!
//! The trainer fills it from the log, `slotwise check --published` from a snapshot. The plan's reader depends on neither.

use crate::snapshot::ItemIndex;

/// Names of a shop, and their numbers in a snapshot.
pub struct Known<'a> {
    /// Category paths, by number.
    pub categories: &'a [String],
    /// Brands, by number.
    pub brands: &'a [String],
    /// The number of a product in the snapshot, by its id.
    pub item: &'a dyn Fn(&str) -> Option<ItemIndex>,
}
