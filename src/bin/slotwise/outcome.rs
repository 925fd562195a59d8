//! How a subcommand ends.

use thiserror::Error;

/// Success, or an error whose message is all that the user sees. The library's errors are precise; here they only need to
/// be printed.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The subcommand did its work and found something wrong. The exit code is then 1 and not 2.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Found(pub(crate) String);
