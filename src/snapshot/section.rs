//! The small structures of a snapshot, each one section in postcard.

use super::{SnapshotError, rows};
use crate::event::EventKind;
use crate::session::MAX_TOUCHES;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Who trained, from what, and the numbers scoring needs besides the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the program that trained.
    pub trainer: String,
    /// Time of the newest event in the log, in milliseconds since 1970. The log decides, not the
    /// clock, so that the same log gives the same bytes.
    pub newest_ms: u64,
    /// Events the model was counted from.
    pub events: u64,
    /// Sessions the model was counted from.
    pub sessions: u64,
    /// ISO 4217 code of every price; empty if the log names none.
    pub currency: String,
    /// Link of a product that has none of its own: `{id}` stands for its id.
    pub url_pattern: String,
    /// Picture of a product that has none of its own: `{id}`, `{category}`, and `{n}` for its key
    /// modulo 12.
    pub image_pattern: String,
    /// How a session's events are weighed.
    pub kernel: Kernel,
}

/// How a session's events are weighed when rows are added up. Factors have the unit 1024, which is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kernel {
    /// Factor of an event's row, by steps back from the newest.
    pub recency: [u16; MAX_TOUCHES],
    /// Factor of a repeated event's row.
    pub repeated: u16,
    /// What an item already seen gets, by steps back, in the unit of scores: one table for a visitor who
    /// goes on to something new, one for a visitor whose newest event is itself about an item seen before.
    pub returning: [[u32; MAX_TOUCHES]; 2],
    /// What the newest item gets on top if its event was repeated, in the unit of scores.
    pub again: u32,
    /// Factor of the three above, by number of events less one.
    pub length: [u16; MAX_TOUCHES],
    /// Weight of an event for category affinity, by steps back.
    pub affinity: [u16; MAX_TOUCHES],
    /// Factor by kind of event; 0 where a kind says nothing about what is wanted.
    pub kinds: [u16; EventKind::COUNT],
}

impl Meta {
    /// The program and version that trains.
    pub const TRAINER: &str = concat!("slotwise ", env!("CARGO_PKG_VERSION"));
}

impl Kernel {
    /// One, in the unit of factors.
    pub const ONE: u16 = 1024;
    /// The score of the heaviest neighbour in a usual row, by the newest event alone.
    pub const SCORE: u32 = (rows::ONE >> 3) * rows::LEVELS * rows::LEVELS;
}

/// Names of categories and brands, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Category paths (`apparel.shoes.keds`), in alphabetical order.
    pub categories: Vec<String>,
    /// Brands, in alphabetical order; number 0 is "no brand".
    pub brands: Vec<String>,
}

/// Items in order of merit, by item number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Of the whole store, the most wanted first.
    pub bestsellers: Vec<u32>,
    /// Of each category, by category number.
    pub category_bestsellers: Vec<Vec<u32>>,
    /// Those whose share of attention grew most in the newest part of the log.
    pub trending: Vec<u32>,
    /// Those first seen last.
    pub new_arrivals: Vec<u32>,
}

/// An additive model over binned features: the score is `base` plus one table entry per feature.
/// (Lou, Caruana, Gehrke: Intelligible models for classification and regression, KDD 2012.)
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Milli-logits before any feature is read.
    pub base: i32,
    /// One table a feature.
    pub tables: Vec<IntentTable>,
    /// Moments of running sessions the tables were fitted to.
    pub moments: u64,
    /// Share of those moments after which a purchase followed, in parts per million.
    pub rate_ppm: u32,
}

/// The scores of one feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentTable {
    /// Number of the feature, an index into [`crate::feature::NAMES`].
    pub feature: u8,
    /// Ascending upper bounds: bin `b` holds values `<= edges[b]`, the last bin all others.
    pub edges: Vec<i32>,
    /// Milli-logits by bin; one more than there are edges.
    pub scores: Vec<i32>,
}

/// Writes a section.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

/// Reads a section and refuses bytes behind its end.
///
/// # Errors
/// [`SnapshotError::Malformed`] if the bytes are no such structure.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], section: &'static str) -> Result<T, SnapshotError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(SnapshotError::Malformed { section, why: "its structure cannot be read" }),
    }
}
