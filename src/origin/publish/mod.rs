//! Publishing: snapshots, shards, patches and the signed manifest that names them, in a folder or an object store.
//!
//! In reading order:
//!
//! - `target`: where a publisher writes; `folder`: a folder; `store`: an object store
//! - `signed`: the manifest with its signatures
//! - `release`: the files of a snapshot; `record`: its plan, kept for longer
//! - `publication`: one act of publishing
//! - `read`: published files, read with a host's checks
//! - [`change`]: what can be published; `retention`: what is removed; `audit`: everything checked
//!
//! Invariants: every file but manifest and overlay is immutable and named by its hash; the manifest is written last; what
//! a manifest of the last day names is not removed.

mod audit;
pub mod change;
mod error;
mod folder;
mod place;
mod publication;
mod read;
mod record;
mod release;
mod retention;
mod signed;
#[cfg(feature = "store")]
mod store;
#[cfg(not(feature = "store"))]
#[path = "no_store.rs"]
mod store;
mod target;

pub use audit::{Audit, audit, time};
pub use error::PublishError;
pub use folder::Folder;
pub use place::{to_read, to_write};
pub use publication::{Draft, MAX_AGE_S, Publication};
pub use read::{manifest, named, open, open_id, open_release, past, plans, since};
pub use release::{Prepared, id_of, name_of, prepare};
pub use retention::{KEEP, prune};
pub use signed::{Signed, key_id};
pub use target::{Listed, MANIFEST, NamedFile, PAST, PATCHES, PLANS, SHARDS, SNAPSHOTS, Target, Version};
