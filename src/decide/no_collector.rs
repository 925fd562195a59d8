//! Stands in for `collector.rs` where words are not compiled in: nobody can ask, so nothing is written.
//!
//! The calls are the same and inlined to nothing, so the closures with their texts never reach the page engine.

use crate::explanation::Reason;

/// Collects nothing.
#[derive(Default)]
pub(super) struct Collector(());

#[allow(clippy::unused_self, reason = "the same calls as where words are compiled in")]
impl Collector {
    #[inline(always)]
    pub(super) fn is_asked(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(super) fn reason(&mut self, _: impl FnOnce() -> Reason) {}

    #[inline(always)]
    pub(super) fn guard(&mut self, _: impl FnOnce() -> Reason) {}
}
