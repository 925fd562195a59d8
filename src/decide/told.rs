//! Where reasons go while a decision is made: kept if somebody asked for them, else never even written.

use super::{Explanation, Reason};

/// The explanation of the decision that is being made, if somebody asked for one.
#[derive(Default)]
pub(super) struct Told(Option<Explanation>);

impl Told {
    /// Begins to listen.
    pub(super) fn listen(&mut self) {
        self.0 = Some(Explanation::default());
    }

    /// What was told since.
    pub(super) fn take(&mut self) -> Explanation {
        self.0.take().unwrap_or_default()
    }

    /// Whether anybody asked.
    pub(super) fn is_asked(&self) -> bool {
        self.0.is_some()
    }

    /// Gives a reason.
    pub(super) fn reason(&mut self, reason: impl FnOnce() -> Reason) {
        if let Some(told) = &mut self.0 {
            told.reasons.push(reason());
        }
    }

    /// Says what a guardrail did.
    pub(super) fn guard(&mut self, reason: impl FnOnce() -> Reason) {
        if let Some(told) = &mut self.0 {
            told.guards.push(reason());
        }
    }
}
