//! What features ask of a catalogue.
//!
//! A trait, because the model's catalogue answers where sessions are scored and the log's where a model is
//! trained.

use crate::context::Context;
use crate::session::Interaction;

/// What a catalogue says of the product of an interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Number of its category.
    pub category: Option<u16>,
    /// Its price in percent of its category's median price.
    pub price_percent: Option<u16>,
}

/// A catalogue: the model's where sessions are scored, the log's where a model is trained.
pub trait Shop {
    /// What it says of the product of an interaction.
    fn about(&self, interaction: &Interaction) -> About;

    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    fn context_shift(&self, context: &Context) -> i32;
}
