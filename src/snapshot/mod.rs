//! The snapshot: a trained model as immutable bytes named by their hash.
//!
//! One module writes the format and reads it, so the two cannot drift apart. [`layout`] is the frame
//! (header, section table, checksums), [`bits`] the packed arrays, [`mod@code`] the code of a row's entries,
//! [`rows`] the next-item rows, [`mod@column`] text by item, [`section`] the small structures, [`plan`] the compiled plan,
//! [`locale`] the shop's languages and price formats, `patch` the difference between two snapshots, [`manifest`] the
//! signed file that names the current snapshot, and [`overlay`] the live prices and stock that are laid over it. Sections
//! name products by [`ItemIndex`].
//!
//! Format 3, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SLOTWISE` |
//! | 2 | format number, 3 |
//! | 2 | number of sections |
//! | 4 | length of the whole file |
//! | 24 each | section table: tag (4 letters), offset (4), length (4), zero (4), xxh64 of the section (8) |
//! | 8 | xxh64 of everything above |
//! | … | the sections in the table's order, each beginning at a multiple of 8, zeros between |
//!
//! Checksums find damage. They do not protect against a forged file, whose checksums may be right. The manifest does: it
//! signs the SHA-256 of the whole file, which is also the snapshot's name.

pub mod additive;
pub mod bits;
pub mod code;
pub mod column;
mod condition;
pub mod directory;
#[cfg(feature = "names")]
mod error;
#[cfg(not(feature = "names"))]
#[path = "no_error.rs"]
mod error;
pub mod held;
mod id;
mod item;
pub mod layout;
pub mod locale;
#[cfg(feature = "names")]
pub mod manifest;
pub mod overlay;
#[cfg(feature = "names")]
pub mod patch;
pub mod plan;
pub mod rows;
pub mod section;
mod strategy;
pub mod tree;

pub use error::SnapshotError;
pub use id::SnapshotId;
pub use item::ItemIndex;
#[cfg(feature = "names")]
pub use manifest::{Canary, Manifest, ManifestError, PatchName, Release};
