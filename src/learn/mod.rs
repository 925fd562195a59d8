//! The closed loop: the origin's log becomes a new snapshot, which is published only if it is not worse than the one in use.
//!
//! In reading order:
//!
//! - [`journal`]: what was begun and what came of it, one synced line a step
//! - [`window`]: the newest part of the log, which neither of two snapshots was trained on
//! - [`gate`]: compares two snapshots on it, pair by pair
//! - [`drift`]: whether visits, products and predictions are still those that the snapshot in use was trained on
//! - `season`: trained visits of the same hours of the week
//! - [`arms`]: the shares that arms have earned between two trainings
//! - [`webhook`]: tells another program of it
//! - `days`: the days of a log that are read, and those before; `history`: what these have counted; [`cycle`]: one turn of the loop; `error`: why it failed
//!
//! Invariants: what is published is what was judged, byte for byte, but for the shares of arms that explore; the manifest is replaced last and at once, so that a stop at
//! any moment leaves a whole snapshot in use; a step that was begun and not ended is told when the journal is opened again.

pub mod arms;
pub mod cycle;
mod days;
pub mod drift;
mod error;
pub mod gate;
mod history;
pub mod journal;
mod season;
pub mod webhook;
pub mod window;

pub use error::LearnError;
