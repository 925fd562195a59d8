//! What a store has that a plan may name.

use crate::snapshot::ItemIndex;

/// Names of a store, and the numbers a snapshot has for them.
pub struct Known<'a> {
    /// Category paths, by number.
    pub categories: &'a [String],
    /// Brands, by number.
    pub brands: &'a [String],
    /// The number of a product in the snapshot, by its id.
    pub item: &'a dyn Fn(&str) -> Option<ItemIndex>,
}
