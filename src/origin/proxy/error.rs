//! Why the proxy does not start.

use thiserror::Error;

/// Why the proxy does not start.
#[derive(Debug, Error)]
pub enum ProxyError {
    /// The address is none, or this program cannot reach it.
    #[error("--proxy {found}: {why}")]
    Address {
        /// What was given.
        found: String,
        /// What is wrong, and what is expected.
        why: &'static str,
    },
    /// The file of slots cannot be used.
    #[error("{file}: {why}")]
    Slots {
        /// Its path.
        file: String,
        /// What is wrong, and what is expected.
        why: String,
    },
    /// No thread can be started.
    #[error("the engine's thread does not start: {0}")]
    Thread(std::io::Error),
}
