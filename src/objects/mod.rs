//! Object stores by their address, such as `s3://bucket/prefix`.
//!
//! - `error`: why a store did not do what it was asked
//! - `client`: a store, opened by its address (feature `store`)
//! - `parts`: what a lake asks of it; `temporary`: a folder for what was fetched, gone when nobody needs it (features `lake` and `store`)

#[cfg(feature = "store")]
mod client;
mod error;
#[cfg(all(feature = "lake", feature = "store"))]
mod parts;
#[cfg(feature = "train")]
mod temporary;

#[cfg(feature = "store")]
pub(crate) use client::Objects;
pub use error::ObjectsError;
#[cfg(all(feature = "lake", feature = "store"))]
pub(crate) use parts::Object;
#[cfg(feature = "train")]
pub(crate) use temporary::Temporary;

/// Whether this is the address of a store and not a path.
pub(crate) fn is_address(place: &str) -> bool {
    place.contains("://")
}
