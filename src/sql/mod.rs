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
//! - [`Dialect`]: where the engines' SQL differs; `source`: the shop's columns, and `ga4` those of GA4's export; [`Script`]: the statements in their
//!   order, and `blanks`, what fills them; [`Pairs`]: those that count pairs
//! - [`Engine`]: programs that run them; `tables`: their results; [`Warehouse`]: all of it, as the trainer asks for it
//!
//! Invariants: results are checked like any input; the folder of an exchange is removed at the end, whatever happens.

mod blanks;
mod dialect;
mod engine;
mod error;
mod ga4;
mod pairs;
mod script;
mod source;
mod tables;
mod terms;
mod warehouse;

pub use dialect::Dialect;
pub use engine::Engine;
pub use error::SqlError;
pub use pairs::Pairs;
pub use source::Source;
pub use terms::{Listed, Script};
pub use warehouse::{NEVER_MS, Warehouse};

/// The columns of Parquet files as a person names them, where no engine is there to describe them.
///
/// # Errors
/// [`SqlError::File`] if none are named.
pub fn named(files: &[std::path::PathBuf], columns: &[String]) -> Result<Vec<String>, SqlError> {
    let what = "found no names of its columns, expected them in --columns".to_owned();
    let path = files.first().cloned().unwrap_or_default();
    if columns.is_empty() { Err(SqlError::File { path, what }) } else { Ok(columns.to_vec()) }
}

/// The most events of a sample, if nothing else is asked for.
pub const SAMPLE: u64 = 5_000_000;
