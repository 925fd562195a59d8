//! The shop's click log, read: files in, sessions and a catalogue out.
//!
//! The trainer, the evaluation and the reports all read a log through this room, so that an event means the
//! same to each of them. A bad row is skipped, counted by reason and told with its line, because anybody can post an
//! event, and because a log that silently loses rows trains a model that is silently wrong. Rows that name a session or
//! a user are the shop's own. Rows that only digests link are a stranger's word, and count only as far as many
//! strangers from many places say the same.
//!
//! In reading order:
//!
//! - `files`: which files to read, and the whole way from files to a [`Log`]
//! - `file`: a file opened, plain or gzipped; `progress`: the bar on the terminal
//! - `columns`: the fields of an event and the CSV columns that hold them; `names`: the names of events; `time`: times as
//!   logs write them
//! - `parquet`: files in Parquet, with the feature `lake`
//! - `row`: one row of a log; `csv` and `json`: how either format writes one; `skip`: why a row is skipped
//! - `table`: which kind of table a CSV file is; `orders`, `ga4` and `adobe`: exports of other systems
//! - `feed`: lines and CSV rows in bounded memory; `read`: a file's rows in order
//! - `event`: one event in sixteen bytes; `visit`: which session a row belongs to
//! - `outlier`: which times cannot be right, with `day`: a day of UTC; `machine`: which sessions are no person's;
//!   `stranger`: which purchases of strangers cannot be believed;
//!   `influence`: how much a stranger's visit counts
//! - `statement`: what strangers say of a product; `picture`: pictures with tags; `localised`: columns in other languages; `catalogue`: what is known of each
//!   product; `category`: their categories
//! - `exposure`: the slots that visits saw; `revenue`: what the orders after them were worth; `gather`: rows into a log
//! - `sessions`: the finished [`Log`]; `summary`: what was read and what was dropped; `error`: what can be wrong
//! - [`lines`]: files that are sessions already; [`replay`]: a log's sessions as hosts had them
//!
//! Invariants: sessions are in order of their beginning, events of a session in order of time; every item
//! number of an event is a place in [`Log::items`]; the same files give the same log, since nothing depends on
//! the order of a hash map.

mod adobe;
mod catalogue;
mod category;
mod columns;
mod csv;
mod day;
mod error;
mod event;
mod exposure;
mod feed;
mod file;
mod files;
#[cfg(feature = "train")]
pub(crate) mod flat;
mod ga4;
mod gather;
mod influence;
mod json;
pub mod lines;
mod localised;
mod machine;
mod names;
mod orders;
mod outlier;
#[cfg(feature = "lake")]
pub(crate) mod parquet;
#[cfg(not(feature = "lake"))]
#[path = "no_parquet.rs"]
pub(crate) mod parquet;
mod picture;
mod progress;
mod read;
pub mod replay;
mod revenue;
mod row;
mod sessions;
mod skip;
mod statement;
mod stranger;
mod summary;
mod table;
pub(crate) mod time;
mod visit;
mod weighed;

#[cfg(feature = "train")]
pub(crate) use catalogue::most_new;
pub use catalogue::{Item, UNCATEGORISED};
pub(crate) use category::lineage;
pub use columns::{Columns, Field};
pub use day::{Day, time_text};
pub use error::LogError;
pub use event::{Detail, ItemNumber, LogEvent};
pub use exposure::LogExposure;
#[cfg(feature = "train")]
pub(crate) use file::open;
#[cfg(feature = "train")]
pub(crate) use files::files_under;
pub use files::{LogFiles, percentage};
pub(crate) use ga4::{NOT_SET, is_export};
pub use gather::SIMULATED;
#[cfg(feature = "train")]
pub(crate) use influence::way_of;
pub use localised::Localised;
pub use names::UnknownNames;
pub(crate) use names::nearest;
#[cfg(feature = "train")]
pub(crate) use outlier::believed;
pub use picture::Picture;
pub(crate) use progress::bar;
#[cfg(feature = "train")]
pub(crate) use row::RowItem;
pub use sessions::Log;
pub use skip::{Skip, Skipped};
pub use summary::LogSummary;
pub use visit::Visit;
