//! Slotwise fits a shop's pages to visitors nobody knows yet.
//!
//! A trainer learns a small model from the shop's own click log; the same code scores it in the CDN's
//! edge Worker and in the browser, and fills the marked places of a page ("slots") from the session so
//! far, without identifying anyone.
//!
//! The rooms, in the order in which knowledge flows; a room knows only those above it:
//!
//! - [`base64`], `text`, [`wire`]: bytes as text, text cut, numbers and texts as bytes
//! - [`context`], [`event`], [`consent`], [`session`], [`feature`]: what a visitor did, and numbers from it
//! - [`snapshot`]: the trained bytes; [`model`]: a snapshot that passed every check, ready to score
//! - [`explanation`], [`intent`], [`preview`]: reasons, what a visit is after, what a signed link forces
//! - [`decide`]: what goes into a slot, and why; `json`: how it is told; [`page`]: the slot contract of the HTML
//! - `heap` and `js`, and the hosts `browser` and `edge` (wasm32); `train`, `evaluate` and `origin` (native)
//!
//! The core (everything up to `page`) reads no clock, no randomness and no environment: they are
//! arguments, so that every host decides the same to the bit.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "edge")))]
mod heap;

pub mod base64;

mod text;

pub mod wire;

pub mod context;

pub mod event;

pub mod consent;

pub mod session;

pub mod feature;

pub mod snapshot;

pub mod model;

pub mod explanation;

pub mod intent;

pub mod preview;

pub mod decide;

#[cfg(feature = "names")]
mod json;

pub mod page;

#[cfg(all(target_arch = "wasm32", any(feature = "full", feature = "edge")))]
mod js;

#[cfg(any(feature = "page", feature = "full", feature = "train"))]
pub mod browser;

#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub mod edge;

#[cfg(feature = "train")]
pub mod train;

#[cfg(feature = "train")]
pub mod evaluate;

#[cfg(feature = "train")]
pub mod origin;
