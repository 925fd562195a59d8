//! What the features need to know about a catalogue.
//!
//! A trait, because there are two catalogues: the model's when a session is scored, the log's when a model is trained.

use crate::context::Context;
use crate::session::Interaction;

/// What a catalogue knows about the product of an interaction; all `None` if it does not know the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Number of its category.
    pub category: Option<u16>,
    /// Its price in percent of its category's median price.
    pub price_percent: Option<u16>,
}

/// A catalogue: the model's when a session is scored, the log's when a model is trained.
pub trait Shop {
    /// What it knows about the product of an interaction.
    fn about(&self, interaction: &Interaction) -> About;

    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    fn context_shift(&self, context: &Context) -> i32;
}
