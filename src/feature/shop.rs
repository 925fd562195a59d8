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
    /// How often visits that had seen it buy, and the same of its category: levels from 1 to 15, [`USUAL`] as often as all
    /// visits; 0 is unknown. A product without a level has that of its category.
    pub conversion: [u8; 2],
}

/// The level of conversion of the shop as a whole.
pub const USUAL: u8 = 8;

/// A catalogue: the model's when a session is scored, the log's when a model is trained.
pub trait Shop {
    /// What it knows about the product of an interaction.
    fn about(&self, interaction: &Interaction) -> About;

    /// Purchase log-odds of visits from the same traffic source relative to all visits, in thousandths.
    fn context_shift(&self, context: &Context) -> i32;
}
