//! How a subcommand ends.

/// Success, or an error whose message is all that the user sees. The library's errors are precise; here they only need to
/// be printed.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;
