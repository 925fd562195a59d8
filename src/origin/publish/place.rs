//! A target by its name on the command line: a path, or the address of a store.

use super::error::PublishError;
use super::folder::Folder;
use super::store;
use super::target::Target;
use crate::objects::is_address;

/// Opens a folder or store to read from.
///
/// # Errors
/// [`PublishError::Store`] if the address or its settings are wrong.
pub fn to_read(place: &str) -> Result<Box<dyn Target>, PublishError> {
    if is_address(place) { store::open(place) } else { Ok(Box::new(Folder::to_read(place.as_ref()))) }
}

/// Opens a folder or store to write to. A folder is created and locked.
///
/// # Errors
/// [`PublishError::Busy`] if another publisher is at work, or why it cannot be written to.
pub fn to_write(place: &str) -> Result<Box<dyn Target>, PublishError> {
    if is_address(place) { store::open(place) } else { Ok(Box::new(Folder::to_write(place.as_ref())?)) }
}
