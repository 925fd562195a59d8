//! What the hosts share: the bridge of both Wasm modules to JavaScript, and the contract with TypeScript.
//!
//! Rust and TypeScript know the same attributes, cookies, events, decisions and codes. They are written once, in
//! Rust, each where it belongs; this room only describes them (`contract`, `asked`, `explained`, `answer`). The
//! bridge is what the engines need below that: memory (`heap`) and plain JS objects (`js`).
//!
//! Invariant: nothing here decides anything, and neither `browser` nor `edge` is known here.

#[cfg(any(feature = "edge", feature = "train"))]
mod answer;
#[cfg(any(feature = "page", feature = "full", feature = "learn"))]
mod asked;
#[cfg(feature = "contract")]
mod contract;
#[cfg(feature = "contract")]
mod declare;
#[cfg(any(feature = "full", feature = "contract"))]
mod explained;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "edge")))]
mod heap;
#[cfg(all(target_arch = "wasm32", any(feature = "full", feature = "edge")))]
pub(crate) mod js;

#[cfg(feature = "contract")]
pub use answer::{EdgeHealth, EventCounts, PageCounts};
#[cfg(any(feature = "edge", feature = "train"))]
pub use answer::{EventsAnswer, Refused};
#[cfg(any(feature = "page", feature = "full", feature = "learn"))]
pub use asked::{Asked, Flag};
#[cfg(feature = "contract")]
pub use contract::contract;
#[cfg(any(feature = "full", feature = "contract"))]
pub use explained::{Explained, InteractionReport, SessionReport, SnapshotReport};

/// Where the engine's own addresses begin, at the edge and at the origin.
pub const BASE: &str = "/_slotwise";
/// Longest body of a beacon or a question, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
