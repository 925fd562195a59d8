//! A snapshot in parts: what a browser fetches at first, what it fetches when it needs it, and what a page brings along.
//!
//! A visitor needs the model's small structures, and the cards and rows of a few products. So a browser begins with a
//! *root*, and fetches *shards* later, as the visit goes on. The edge has the whole snapshot. It can put a *pack* into a
//! page: the cards and rows that this page's products need.
//!
//! [`pack`] copies cards and rows of chosen items into frames. The publisher cuts a snapshot into shards of equal runs of
//! items (`cut`) and makes the root (`root`) out of what is most important (`important`). The readers of all sections are
//! in [`snapshot`](crate::snapshot).
//!
//! Invariants: an item has the same number in every part as in the snapshot, and its row the same bytes. The same snapshot
//! gives the same parts, byte for byte.

#[cfg(feature = "train")]
mod cut;
#[cfg(feature = "train")]
mod important;
pub mod pack;
#[cfg(feature = "train")]
mod root;

#[cfg(feature = "train")]
pub use cut::{LARGEST, Shard, name_of};
#[cfg(feature = "train")]
pub use root::{AIM, MOST, Parts, Rows, gzip, make};
