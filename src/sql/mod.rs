//! The relational work of training, on the engine where the log is.
//!
//! A log of a billion events need not come to the trainer. Its sessions, clicks, pairs and trails are counted by plain SQL, one
//! file a step in `statements`, by `DuckDB` on one machine, by Spark on a cluster, or by the shop's warehouse, which is handed the
//! statements as text. What comes back does not grow with the log: sums with at most [`MOST`](crate::train::sums::MOST) neighbours
//! a product, the catalogue, and a sample of whole visits. The trainer finishes from these.
//!
//! All sums are of whole numbers, ties are parted by numbers, and no statement depends on the order of rows, so every engine
//! comes to the same snapshot, bit by bit, and the trainer alone does, too, where the sample is the whole log.
//!
//! - [`Dialect`]: where the engines' SQL differs; `source`: the shop's columns; [`Script`]: the statements in their order
//! - [`Engine`]: programs that run them; `tables`: their results; [`Warehouse`]: all of it, as the trainer asks for it
//!
//! Invariants: results are checked like any input; the folder of an exchange is removed at the end, whatever happens.

mod dialect;
mod engine;
mod error;
mod script;
mod source;
mod tables;
mod warehouse;

pub use dialect::Dialect;
pub use engine::Engine;
pub use error::SqlError;
pub use script::{PairTerms, Script};
pub use source::Source;
pub use warehouse::{NEVER_MS, Warehouse};

/// The most events of a sample, if nothing else is asked for.
pub const SAMPLE: u64 = 5_000_000;
