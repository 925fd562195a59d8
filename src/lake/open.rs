//! A lake by its name on the command line: a path, or the address of a store.

use super::error::LakeError;
use super::folder::Folder;
use super::place::Place;
use super::store;
use crate::objects::is_address;
use std::path::Path;

/// Opens a lake for writing.
pub(super) fn open(lake: &Path) -> Result<Box<dyn Place>, LakeError> {
    let name = lake.to_string_lossy();
    if is_address(&name) { store::open(&name) } else { Ok(Box::new(Folder::open(lake)?)) }
}
