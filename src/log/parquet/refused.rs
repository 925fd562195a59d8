//! Why a Parquet file is not read, before anybody knows which file it is.

use crate::log::error::LogError;
use parquet::errors::ParquetError;
use std::io;
use std::path::Path;

/// Why a file is not read: what was found, and what was expected.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The system's word.
    File(io::Error),
    /// The file's own fault.
    Content(String, &'static str),
}

impl Refused {
    pub(super) fn new(found: impl Into<String>, expected: &'static str) -> Self {
        Self::Content(found.into(), expected)
    }

    pub(super) fn of_column(self, name: &str) -> Self {
        match self {
            Self::Content(found, expected) => Self::Content(format!("column {name}: {found}"), expected),
            file @ Self::File(_) => file,
        }
    }

    pub(crate) fn at(self, path: &Path) -> LogError {
        let path = path.to_owned();
        match self {
            Self::File(source) => LogError::File { path, source },
            Self::Content(found, expected) => LogError::Parquet { path, found, expected },
        }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<ParquetError> for Refused {
    fn from(error: ParquetError) -> Self {
        Self::new(
            error.to_string(),
            "a whole Parquet file packed with snappy, gzip, zstd or not at all: export it again",
        )
    }
}
