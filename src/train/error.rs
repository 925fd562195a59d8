//! What can be wrong with a trainer's input: where, what was found, what was expected, what to do.

use std::path::PathBuf;
use thiserror::Error;

/// Why there is no snapshot.
#[derive(Debug, Error)]
pub enum TrainError {
    /// A file cannot be read.
    #[error("{}: {source}; give a file that exists and may be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// An event file without the columns an event needs.
    #[error(
        "{}: no column for {missing}; found the columns {found}; rename one to {expected}, or say which it is with \
         --map {missing}=COLUMN", path.display()
    )]
    Column {
        /// Which file.
        path: PathBuf,
        /// The field without a column.
        missing: &'static str,
        /// The file's columns.
        found: String,
        /// Names that are understood.
        expected: String,
    },
    /// A row that cannot be read.
    #[error("{}: line {line}: field {field} is {found}, expected {expected}; mend the line or leave it out", path.display())]
    Row {
        /// Which file.
        path: PathBuf,
        /// Line number, from 1.
        line: u64,
        /// Which field.
        field: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// Prices in two currencies.
    #[error(
        "{}: line {line}: field currency is {found}, expected {expected} as in the lines before; train each currency on \
         its own, or convert the prices", path.display()
    )]
    Currency {
        /// Which file.
        path: PathBuf,
        /// Line number, from 1.
        line: u64,
        /// The second currency.
        found: String,
        /// The first.
        expected: String,
    },
    /// A table that does not hold what was asked for.
    #[error("{}: found {found}, expected {expected}", path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A peer that could not be run.
    #[error("{0}")]
    Peer(String),
    /// A log in which nothing can be learned.
    #[error("the log has no session with a product event ({read} rows read); check --map and the event names")]
    Empty {
        /// Rows read.
        read: u64,
    },
    /// A session file from which nothing follows.
    #[error(
        "{}: {sessions} sessions and none with two items; give a file with a session a line, item ids in click order",
        path.display()
    )]
    Single {
        /// Which file.
        path: PathBuf,
        /// Sessions of one item.
        sessions: u64,
    },
    /// More items than a snapshot can number.
    #[error("the log names {found} products, expected at most {expected}; leave out those nobody looks at any more")]
    Items {
        /// Products of the log.
        found: usize,
        /// The most a snapshot holds.
        expected: usize,
    },
    /// A file that is not the state of a search.
    #[error("{}: not the state of a search: {why}; give another file for it, or remove this one", path.display())]
    Search {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A snapshot just trained that is not one: a fault of the trainer.
    #[error("the trained snapshot is refused: {0}; please report it with the log")]
    Snapshot(#[from] crate::snapshot::SnapshotError),
    /// A plan with mistakes.
    #[error("{}: {} in the plan:\n{}", path.display(), if problems.len() == 1 { "a mistake" } else { "mistakes" }, problems.join("\n"))]
    Plan {
        /// Which file.
        path: PathBuf,
        /// Each with its path, what was found and what was expected.
        problems: Vec<String>,
    },
}
