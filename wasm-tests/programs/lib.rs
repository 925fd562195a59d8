//! What tests and benchmarks run as a Wasm module, a module of the library for each.

#[cfg(feature = "rank")]
pub mod rank;
#[cfg(feature = "triples")]
#[path = "../triples.rs"]
pub mod triples;
