//! The store's own side: keys, published snapshots, the durable event log, and the HTTP server.

pub mod key;
pub mod log;
pub mod publish;
pub mod report;
pub mod route;
pub mod serve;

pub use publish::PublishError;
