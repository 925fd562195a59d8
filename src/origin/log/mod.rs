//! The event log: a folder with one file a day. An event is acknowledged only once it is on disk.
//!
//! A day is one of UTC, by the event's arrival. The open day is `2026-11-21.jsonl`, one JSON object a line. A day that is
//! over is closed: compressed to `2026-11-20.jsonl.gz`. `slotwise train --events DIR` reads the folder as it is.
//!
//! In reading order:
//!
//! - `error`: what can be wrong with a log
//! - `folder`: the files of a log, its locks, its lines
//! - `seen`: which event ids arrived, today and yesterday
//! - `close`: closes days, and removes those that are too old
//! - `writer`: the one thread that appends
//! - `list`, `verify`, `erase`: what `slotwise log` does
//!
//! Invariants:
//!
//! - An acknowledged event is on disk, whole, and exactly once among the events of its day and of the day before.
//! - A closed day is whole: it is written under a name that ends in `.tmp`, and then renamed.
//! - One process writes: it holds a lock.

mod close;
mod erase;
mod error;
mod folder;
mod list;
mod seen;
mod verify;
mod writer;

pub use crate::log::{Day, time_text};
pub use erase::{Erased, Rule, erase};
pub use error::EventLogError;
#[cfg(feature = "lake")]
pub(crate) use folder::{DayFile, for_each_line, lock, readable_files, sync};
pub use list::{ListedDay, list};
pub use verify::{Finding, Verified, verify};
pub use writer::{AppendError, Appended, Clock, EventLog, Line};
