//! Working memory that a caller keeps between questions.
//!
//! Dense arrays over items and sessions beat hash maps by a wide margin here, but only if they need not be allocated
//! and cleared for each question. So they live outside the methods, one set per thread, and whoever writes to an entry
//! notes it and clears it again: between two calls every array is zero.

use super::neighbours::Neighbours;
use super::sums::Sums;

/// Reusable working memory of [`recommend`](super::interface::Peer::recommend): one for each thread, for any method and any log.
pub struct Scratch {
    /// One score for each item.
    pub(super) sums: Sums,
    /// The search for neighbouring sessions; grows to the size of the log on first use.
    pub(super) neighbours: Neighbours,
}

impl Scratch {
    /// Memory for item numbers below `items`.
    pub fn new(items: usize) -> Self {
        Self { sums: Sums::new(items), neighbours: Neighbours::default() }
    }
}
