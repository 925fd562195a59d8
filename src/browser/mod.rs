//! The engine in the shopper's browser, in two sizes from the same code.
//!
//! The *page engine* (feature `page`) answers what a page asks: token, intent, decisions, order, relevance,
//! exposures. It is a Wasm module without imports: a question and its answer are two lists, whole numbers and
//! texts, in one buffer ([`Question`], [`Answer`]; `js/src/engine.ts` is the other side). Words are not compiled
//! in. The *full engine* (feature `full`) is fetched when somebody opens a panel; it takes over from token and
//! snapshot bytes, decides the same bits, and says why.
//!
//! DOM, cookies, fetch and WebCrypto are the package's TypeScript, which is the only caller.

mod buffer;
mod engine;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod entry;
#[cfg(all(target_arch = "wasm32", feature = "full"))]
mod full;

pub use buffer::{Answer, Question};
pub use engine::Engine;
