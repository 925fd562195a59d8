//! Parquet files, to a program that was built without the feature `lake`: they are recognised, and nothing else.

use super::columns::Columns;
#[cfg(feature = "train")]
use super::day::Day;
use super::error::LogError;
use super::row::Line;
use super::skip::BadRow;
use crate::objects::ObjectsError;
use indicatif::ProgressBar;
use std::fs;
use std::path::{Path, PathBuf};

/// Says that a lake cannot be read; `None` if a folder is no lake.
pub(super) fn lake_files(folder: &Path) -> Result<Option<Vec<PathBuf>>, LogError> {
    for entry in fs::read_dir(folder).map_err(LogError::file(folder))? {
        let path = entry.map_err(LogError::file(folder))?.path();
        let is_day = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("day="));
        if is_day && path.is_dir() {
            return Err(LogError::NoParquet { path: folder.to_owned() });
        }
    }
    Ok(None)
}

/// Says that a file cannot be read.
pub(super) fn for_each_line(
    _: &Path,
    path: &Path,
    _: &Columns,
    _: &[String],
    _: &ProgressBar,
    _: &mut dyn FnMut(Result<Line, BadRow>, u64) -> Result<(), LogError>,
) -> Result<(Vec<String>, &'static str), LogError> {
    Err(LogError::NoParquet { path: path.to_owned() })
}

/// Says that a store cannot be read.
pub(super) fn for_each_part(
    address: &Path,
    _: &mut dyn FnMut(&Path, &Path) -> Result<(), LogError>,
) -> Result<(), LogError> {
    Err(ObjectsError::without(address).into())
}

/// Says that a store cannot be read.
#[cfg(feature = "train")]
pub(crate) fn store_days(address: &Path) -> Result<Vec<(Day, PathBuf)>, LogError> {
    Err(ObjectsError::without(address).into())
}
