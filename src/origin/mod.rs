//! The store's own side: keys, published snapshots, the durable event log, and the HTTP server.
//!
//! In reading order:
//!
//! - [`publish`]: snapshots in a folder or store; `signature`: the edge's signature of a post; [`key`]: keys as files
//! - [`log`]: the event log; `sender`: who may post; `tally`: what became of events; `answer`: how the origin answers
//! - [`facts`]: prices and stock as shops write them; [`overlay`]: the same as published; `facts_intake`: takes them in
//! - [`client`]: asks other servers, with bounds
//! - `files`: published files over HTTP; `intake`: takes events in; [`route`]: the addresses; [`serve`]: the server
//! - [`proxy`]: the shop with its pages fitted, in front of all this

mod answer;
pub mod client;
pub mod facts;
mod facts_intake;
mod files;
mod intake;
pub mod key;
pub mod log;
pub mod overlay;
pub mod proxy;
pub mod publish;
pub mod route;
mod sender;
pub mod serve;
pub mod signature;
mod tally;

pub use publish::PublishError;
pub use sender::Accept;
