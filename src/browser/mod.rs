//! The engine in the shopper's browser, in two sizes from the same code.
//!
//! The *page engine* (feature `page`) answers what a page asks: token, intent, decisions, order, relevance, exposures.
//! Every shopper downloads it, so bytes decide its shape: a Wasm module without imports and without generated glue. A
//! question and its answer are two lists, whole numbers and texts, in one buffer ([`Question`], [`Answer`];
//! `js/src/engine.ts` is the other side). Names and texts for people are not compiled in.
//!
//! The *full engine* (feature `full`) is fetched when somebody asks for explanations. It starts from the page's token and
//! snapshot bytes, makes the same decisions bit for bit, and adds the reasons. On a page that was opened with a preview link it
//! also takes the page engine's place, which knows nothing of previews.
//!
//! The DOM, cookies, fetch and WebCrypto are left to the package's TypeScript, which is the only caller.

mod buffer;
mod engine;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "full")))]
mod entry;
#[cfg(all(target_arch = "wasm32", feature = "full"))]
mod full;

pub use buffer::{Answer, Question};
pub use engine::Engine;
