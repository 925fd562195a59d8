//! Parquet files of events: tables as other programs write them, and the parts of our own lake.
//!
//! A table goes through the reader of CSV files, row by row, so that `--map` and the usual names of columns mean the same.
//! A file with the columns `time_ms`, `name` and `items`, such as a part of a lake, has whole events: it goes through the
//! reader of JSON lines. Columns that nobody knows are left alone, and so are lists.
//!
//! - `refused`: why a file is not read; `thrift`, `guard`, `pages`: what it is checked for, before and while it is read
//! - `cells`: values as texts; `file`: a file and its rows; `events`: rows as events; `rows`: rows of a lake, faster;
//!   `kept`: what a lake keeps of one; `flat`: rows for engines
//! - `parts`: which files of a lake are read; `store`: those of a lake in an object store, with the feature `store`; `lines`: any of it, for the log's reader

mod cells;
mod events;
mod file;
mod flat;
mod guard;
mod kept;
mod lines;
mod pages;
mod parts;
mod refused;
mod rows;
#[cfg(feature = "store")]
mod store;
#[cfg(not(feature = "store"))]
#[path = "no_store.rs"]
mod store;
mod thrift;

pub(crate) use events::for_each as for_each_event;
pub(crate) use file::ParquetFile;
pub(crate) use flat::{FlatEvent, FlatRow, for_each_flat, for_each_link};
pub(crate) use kept::Kept;
pub(super) use lines::{for_each_line, lake_files};
#[cfg(feature = "store")]
pub(crate) use parts::is_part;
pub(crate) use parts::{Part, day_folders, parts_of};
pub(super) use store::for_each_part;
pub(crate) use store::store_days;
