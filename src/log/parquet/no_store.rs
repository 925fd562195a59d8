//! In place of `store`, in a program that was built without object stores.

use crate::log::day::Day;
use crate::log::error::LogError;
use crate::objects::ObjectsError;
use std::path::{Path, PathBuf};

/// Says that a store cannot be read.
pub(in crate::log) fn for_each_part(
    address: &Path,
    _: &mut dyn FnMut(&Path, &Path) -> Result<(), LogError>,
) -> Result<(), LogError> {
    Err(ObjectsError::without(address).into())
}

/// Says that a store cannot be read.
pub(crate) fn store_days(address: &Path) -> Result<Vec<(Day, PathBuf)>, LogError> {
    Err(ObjectsError::without(address).into())
}
