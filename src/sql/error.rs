//! What can go wrong when another engine counts.

use std::path::PathBuf;
use thiserror::Error;

/// Why an engine's counts cannot be had or used.
#[derive(Debug, Error)]
pub enum SqlError {
    /// A dialect nobody knows.
    #[error("found the dialect {found:?}, expected duckdb, spark, bigquery or snowflake")]
    Dialect {
        /// What was given.
        found: String,
    },
    /// An engine nobody knows.
    #[error(
        "found the engine {found:?}, expected duckdb, spark (on this machine), or a cluster's address such as \
         spark://host:7077, yarn or k8s://https://host"
    )]
    Engine {
        /// What was given.
        found: String,
    },
    /// A column that the statements need.
    #[error("{place}: no column for {missing}; found {found}, expected one, or FIELD=COLUMN in --map")]
    Column {
        /// The table or file.
        place: String,
        /// The field.
        missing: &'static str,
        /// The columns there are.
        found: String,
    },
    /// Files that the engine does not read as they are.
    #[error("{}: {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The engine's program cannot be started.
    #[error("{program}: {source}; install it, or name its folder in PATH")]
    Program {
        /// Its name.
        program: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// The engine gave up.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: String,
        /// The end of what it wrote.
        said: String,
    },
    /// A row of an engine's results that is none.
    #[error("{}: {found}, expected {expected}; let the engine count again", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Results by other kernels.
    #[error(
        "{}: pairs were counted by other kernels than these; print the statements with the same --search file, and let the engine \
         count again", path.display()
    )]
    Kernels {
        /// The folder.
        path: PathBuf,
    },
    /// There is no folder for what the engine writes.
    #[error(transparent)]
    Temporary(crate::objects::ObjectsError),
    /// The sample cannot be read as a log.
    #[error(transparent)]
    Log(#[from] crate::log::LogError),
}

impl SqlError {
    /// The error of a file that the system does not read or write.
    pub(super) fn file(path: &std::path::Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), what: source.to_string() }
    }
}
