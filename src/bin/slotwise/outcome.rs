//! How a subcommand ends.

use thiserror::Error;

/// Whatever can go wrong, in one clear message.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The subcommand did its work and found something wrong. The exit code is then 1 and not 2.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Found(pub(crate) String);
