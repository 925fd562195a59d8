//! Numbers computed from a session: one definition for training and for scoring.
//!
//! Every feature is a whole number that exists at each moment of a running session and depends on the past only, so
//! training on moments cannot leak what came after them. A feature that is not known is [`MISSING`].
//!
//! One definition, because a feature that training and scoring compute differently (training-serving skew) ruins a model
//! without any error.
//!
//! `definition` lists the features with their names; `shop` says what a catalogue must answer; `features`
//! computes them in one pass over the session.

mod definition;
mod features;
mod shop;

pub use definition::{COUNT, DEFINITIONS, Definition, Feature, MISSING, Values};
pub use features::Features;
pub use shop::{About, Shop, USUAL};
