//! In place of `store`, in a program that was built without it.

use super::error::PublishError;
use super::target::Target;

/// Says that this program knows no object stores.
///
/// # Errors
/// Always [`PublishError::Store`].
pub(super) fn open(address: &str) -> Result<Box<dyn Target>, PublishError> {
    let why = "this program was built without object stores, expected a folder; build it with `cargo build --release --features store`";
    Err(PublishError::Store { place: address.to_owned(), why: why.into() })
}
