//! Collects the explanation of the decision that is being made, if somebody asked for one.
//!
//! Every step hands its reasons over as closures, so a decision nobody asks about writes no text. Builds without
//! words (feature `words`) have `no_collector.rs` in place of this file: the same calls, all of them empty.

use crate::explanation::{Explanation, Reason};

/// The explanation so far; `None` while nobody asks.
#[derive(Default)]
pub(super) struct Collector(Option<Explanation>);

impl Collector {
    /// Begins an explanation.
    pub(super) fn begin(&mut self) {
        self.0 = Some(Explanation::default());
    }

    /// Ends the explanation and returns it.
    pub(super) fn take(&mut self) -> Explanation {
        self.0.take().unwrap_or_default()
    }

    /// Whether anybody asks. Callers look before they do work that only an explanation needs.
    pub(super) fn is_asked(&self) -> bool {
        self.0.is_some()
    }

    /// Adds a part of the score, or what kept the shop's own content.
    pub(super) fn reason(&mut self, reason: impl FnOnce() -> Reason) {
        if let Some(explanation) = &mut self.0 {
            explanation.reasons.push(reason());
        }
    }

    /// Adds what a guardrail did.
    pub(super) fn guard(&mut self, reason: impl FnOnce() -> Reason) {
        if let Some(explanation) = &mut self.0 {
            explanation.guards.push(reason());
        }
    }
}
