//! The event lake: the origin's daily files as Parquet, in a folder that warehouses read, too.
//!
//! A day of the log becomes a folder `day=2026-11-21` with one part or more, `part-….parquet`. A day is one of UTC by the
//! event's arrival, as in the origin's log, so that events keep their order and a lake trains the same snapshot as the
//! files it was made of.
//!
//! - `error`: what can be wrong
//! - `schema`: the columns; `part`: one part, written
//! - `day`: a day's parts and rows, and a day rewritten
//! - `compact`: files of a log into days; `keep`: days that are too old; `erase`: events taken out by rule
//! - `journal`: what was dropped and erased, without a name
//!
//! Invariants:
//!
//! - A part is whole: it is written under a name that ends in `.tmp`, synced and renamed. It names the parts it replaces,
//!   and from then on readers leave those out. So a crash shows a day as it was or as it is, and never half of it.
//! - An event is in a day once, by its id; one without an id is as often there as in the file that has it most often.
//! - What was erased does not come back when its file is compacted again: the day remembers a digest of each such event.
//! - One process writes: it holds a lock.

mod compact;
mod day;
mod erase;
mod error;
mod journal;
mod keep;
mod part;
mod schema;

pub use compact::{CompactedDay, compact};
pub use erase::{Rule, erase};
pub use error::LakeError;
pub use keep::keep;
