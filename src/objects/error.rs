//! Why an object store did not do what it was asked.

use thiserror::Error;

/// An object or a store, and what is wrong with it.
#[derive(Debug, Error)]
#[error("{place}: {why}")]
pub struct ObjectsError {
    /// Address of the object.
    pub place: String,
    /// The store's error, or what was expected.
    pub why: String,
}

impl ObjectsError {
    /// Says that this program reads no lakes in stores.
    #[cfg(not(all(feature = "lake", feature = "store")))]
    pub(crate) fn without(place: &std::path::Path) -> Self {
        let why = "this program was built without object stores for lakes, expected a file or folder; build it with \
                   `cargo build --release --features lake,store`";
        Self { place: place.display().to_string(), why: why.into() }
    }
}
