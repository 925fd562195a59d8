//! Why a patch is of no use. Each says what to do: fetch the whole snapshot.

use thiserror::Error;

/// The reason why a patch was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PatchError {
    /// These bytes are no patch, or one of another version.
    #[error("this is no patch of this version; fetch the whole snapshot")]
    Magic,
    /// The patch was made for another base.
    #[error("the patch was made for another snapshot than this one; fetch the whole snapshot")]
    Base,
    /// The target would be longer than [`MOST`](super::MOST).
    #[error("the patch makes a snapshot of more than 64 MiB; fetch the whole snapshot")]
    Length,
    /// The patch contradicts itself, or what it makes is not what it states.
    #[error("the patch is damaged; fetch the whole snapshot")]
    Damaged,
}
