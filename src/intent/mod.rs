//! Intent: what an anonymous visit seems to be after, in numbers (`scores`) and by name with reasons (`report`).
//!
//! The room stands between model and decisions: scores follow from a session and a model alone, and decisions only read
//! them. Reports need names and texts, which the page engine does not have.

#[cfg(feature = "names")]
mod report;
mod scores;

#[cfg(feature = "names")]
pub use report::{CategoryShare, IntentReport, explain_intent, intent};
pub(crate) use scores::incentive_permille;
pub use scores::{IntentScores, PriceBand, Stage, intent_scores, price_band, price_sensitivity};
