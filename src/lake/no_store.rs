//! In place of `store`, in a program that was built without object stores.

use super::error::LakeError;
use super::place::Place;
use crate::objects::ObjectsError;

/// Says that this program knows no object stores.
pub(super) fn open(address: &str) -> Result<Box<dyn Place>, LakeError> {
    Err(ObjectsError::without(address.as_ref()).into())
}
