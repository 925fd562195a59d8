//! What can be wrong with a log: where, what was found, what was expected, what to do.
//!
//! Every variant names the file, and the line where there is one, because files are large and are mended by
//! hand. A bad row of an event log is no error: it is skipped and counted (see `skip`).

use crate::objects::ObjectsError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a log cannot be read.
#[derive(Debug, Error)]
pub enum LogError {
    /// A file cannot be read.
    #[error("{}: {source}; give a file that exists and may be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder without event files.
    #[error("{}: no event file in this folder, expected *.jsonl, *.jsonl.gz, *.csv, *.csv.gz, *.parquet or folders day=DATE", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// An object store that cannot be read.
    #[error(transparent)]
    Store(#[from] ObjectsError),
    /// An object store without a lake.
    #[error("{}: no day=DATE below this address, expected a lake of `slotwise compact`; check the address", path.display())]
    EmptyStore {
        /// Its address.
        path: PathBuf,
    },
    /// A Parquet file that cannot be read, or could not be without endless memory.
    #[error("{}: {found}; expected {expected}", path.display())]
    Parquet {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        found: String,
        /// What should be, and what to do.
        expected: &'static str,
    },
    /// A Parquet file, to a program that was built without Parquet.
    #[error(
        "{}: is Parquet, which this program was built without; build it with `cargo build --release --features lake`, or \
         export JSON lines or CSV", path.display()
    )]
    NoParquet {
        /// Which.
        path: PathBuf,
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
    /// A column named by `--map` that a file does not have.
    #[error(
        "{}: no column \"{column}\", which --map names for {field}; found the columns {found}{hint}", path.display()
    )]
    Mapped {
        /// Which file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// The column that is not there.
        column: String,
        /// The file's columns.
        found: String,
        /// The nearest one, as a question; may be empty.
        hint: String,
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
    /// A file of which most rows are no events.
    #[error(
        "{}: {broken} of its first {rows} rows are no events, the first: {first}; give a file of events, or say with \
         --map which column is which", path.display()
    )]
    NoLog {
        /// Which file.
        path: PathBuf,
        /// Rows that are no events.
        broken: u64,
        /// Rows looked at.
        rows: u64,
        /// The first such row, in words.
        first: String,
    },
    /// More rows than `--skip-broken` allows.
    #[error(
        "{broken} of {rows} rows cannot be used, more than the {allowed} % of --skip-broken: {reasons}; mend the rows, or \
         allow more"
    )]
    Broken {
        /// Rows that cannot be used.
        broken: u64,
        /// Rows read.
        rows: u64,
        /// The share that is allowed, in percent.
        allowed: f64,
        /// Each reason, with its count and first row.
        reasons: String,
    },
    /// A log in which nothing can be learned.
    #[error("the log has no session with a product event ({read} rows read){why}; check --map and the event names")]
    Empty {
        /// Rows read.
        read: u64,
        /// What became of the rows, as far as it is known.
        why: String,
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
}

impl LogError {
    /// A file that cannot be read, and what the system says of it.
    pub(crate) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// A field whose value is not what it should be. The value is quoted.
    pub(super) fn value(path: &Path, line: u64, field: &str, found: &str, expected: &'static str) -> Self {
        Self::Row { path: path.to_owned(), line, field: field.into(), found: format!("\"{found}\""), expected }
    }
}
