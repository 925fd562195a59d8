//! How a subcommand ends.

/// Whatever can go wrong, in one clear message.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;
