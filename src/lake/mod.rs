//! The event lake: the origin's daily files as Parquet, in a folder or object store that warehouses read, too.
//!
//! A day of the log becomes a folder `day=2026-11-21` with one part or more, `part-….parquet`. A day is one of UTC by the
//! event's arrival, as in the origin's log, so that events keep their order and a lake trains the same snapshot as the
//! files it was made of.
//!
//! - `error`: what can be wrong
//! - `schema`: the columns; `part`: one part, written
//! - `place`: where a lake lies; `open`: by its name; `folder`, `store`: either kind
//! - `day`: a day's parts and rows, and a day rewritten
//! - `compact`: files of a log into days; `keep`: days that are too old; `erase`: events taken out by rule
//! - `flat`: the same events as flat rows for engines
//! - `journal`: what was dropped and erased, without a name
//!
//! Invariants:
//!
//! - A part is whole: in a folder it is written under a name that ends in `.tmp`, synced and renamed, and in a store it is one
//!   put. It names the parts it replaces, and from then on readers leave those out. So a crash shows a day as it was or as it is, and never half of it.
//! - An event is in a day once, by its id; one without an id is as often there as in the file that has it most often.
//! - What was erased does not come back when its file is compacted again: the day remembers a digest of each such event.
//! - One process writes: in a folder it holds a lock, and in a store a part is put only where there is none of its number.

mod compact;
mod day;
mod erase;
mod error;
mod flat;
mod folder;
mod journal;
mod keep;
mod open;
mod part;
mod place;
mod schema;
#[cfg(feature = "store")]
mod store;
#[cfg(not(feature = "store"))]
#[path = "no_store.rs"]
mod store;

pub use compact::{CompactedDay, compact};
pub use erase::{Rule, erase};
pub use error::LakeError;
pub use flat::{flatten, keep_flat};
pub use keep::keep;
