//! The models fitted to a log, and the snapshot that carries them.
//!
//! Everything here is counted or fitted on one machine, from a log in memory. Next-item rows are counts with a
//! few searched numbers (the kernels) rather than a neural network, because a table of small numbers scores in
//! microseconds on every host; intent is additive tables for the same reason, and because they explain
//! themselves.
//!
//! In reading order:
//!
//! - `options`: what to train from; `run`: the steps from a log to a snapshot; `error`: what can go wrong
//! - [`kernel`]: the numbers that say how pairs are counted; [`weights`]: what each pair weighs, in whole
//!   numbers; [`index`]: where items stand in sessions; [`table`]: rows in memory, [`sums`]: what a row is taken from;
//!   [`count`]: sessions into next-item rows; [`trails`]: rows of two items
//! - [`counted`]: what another engine has counted; [`day_sums`]: what a closed day has counted, in a file; [`older`]: such days
//!   added up
//! - [`example`]: a session so far and the item that came next; [`search`]: the best kernels for these
//! - [`backoff`]: rows for products few have seen; [`renumber`]: an order of the items in which rows pack well
//! - [`base`]: the snapshot that hosts have now; [`steady`]: rows and [`places`]: numbers that stay as they are there
//! - [`demand`]: what visits did with each product, newer ones counting more; [`trend`] and [`arrivals`]: what grew, what is
//!   new; [`worth`]: which entries are read most; [`budget`]: how many a snapshot of so many bytes has room for; [`together`]: what goes together; [`lists`]: all of these as ranked lists, usual prices
//! - [`prior`]: what visits want before their first event
//! - [`ended`]: sessions whose end is known; [`conversion`]: how often visits that saw a product buy; [`shop`]:
//!   a log's products as features ask for them
//! - [`boost`]: additive models fitted to any table; [`intent`]: the tables of intent
//! - [`group`]: what sister shops know
//! - [`assemble`]: the sections of the snapshot
//!
//! Invariants: the same log, trials, options and base give the same bytes, since nothing depends on a clock, on randomness or
//! on the order of a hash map; items have the log's numbers until [`assemble`] gives them those of the snapshot.

pub mod arrivals;
pub mod assemble;
pub mod backoff;
pub mod base;
pub mod boost;
pub mod budget;
pub mod conversion;
pub mod count;
pub mod counted;
pub mod day_sums;
pub mod demand;
pub mod ended;
mod error;
pub mod example;
pub mod group;
pub mod index;
pub mod intent;
pub mod kernel;
pub mod lists;
pub mod older;
mod options;
pub mod places;
pub mod prior;
pub mod renumber;
mod run;
pub mod search;
pub mod shop;
pub mod steady;
pub mod sums;
pub mod table;
pub mod together;
pub mod trails;
pub mod trend;
pub mod weights;
pub mod worth;

pub use error::TrainError;
pub use options::Options;
pub use run::{Trained, train};
