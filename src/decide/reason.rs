//! Why a decision is what it is.

use alloc::string::String;
use serde::Serialize;

/// One part of an explanation. Its unit depends on the code: thousandths of the session's attention
/// for `category_affinity`, parts of a score for `next_item`, milli-logits for features of intent,
/// products for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable name, for programs.
    pub code: &'static str,
    /// In words, for people.
    pub text: String,
    /// How much it moved the decision.
    pub weight: i32,
}
