//! A streaming HTML scanner that changes nothing but the elements its host rewrites.
//!
//! [`Scanner`] reads a page in chunks and passes its tags to a [`Sink`]. It follows the tokenizer states of the WHATWG
//! standard. How a tag is read (raw text, foreign content) and where an element without an end tag ends depends on the
//! open elements, so `tree.rs` tracks them, as far as the source shows them. [`Fitter`] copies the page through, holds
//! each slot that will change until it ends, and hands it to a [`Host`]. It reads tags only as far as slots reach: after
//! the last slot, and on a page without any, it only searches for the name of the next slot's attribute.
//!
//! Three rules hold for any input:
//!
//! - Bytes outside the slots that the host rewrites do not change.
//! - Time is linear in the length of the page, and memory is bounded ([`MAX_HELD`], [`MAX_DEPTH`]).
//! - In doubt a slot does not change. If a construct's effect on the document cannot be seen in the source, the slot
//!   around it passes unchanged.
//!
//! Nothing here knows what a slot shows. The package has no dependencies and no `std`. Its hot loops are not generic over
//! types of other crates, so they are compiled here, with this package's optimisation level.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod charset;
mod fitter;
mod held;
mod mark;
mod name;
mod pass;
mod scanner;
mod skim;
mod tag;
mod tree;
mod word;

pub use charset::Charset;
pub use fitter::Fitter;
pub use held::{Child, Element, MAX_CHILDREN, Why};
pub use mark::{ABOUT, BECAUSE, CARD, FIELD, ITEM, KEY, LANG, Mark, SLOT, VARIANT, decoded};
pub use name::Name;
pub use pass::{Host, Slot, write_html};
pub use scanner::{MAX_HELD, Scanner, Sink};
pub use skim::may_hold_slots;
pub use tag::{Attribute, Attributes, Tag};
pub use tree::{MAX_DEPTH, Step};
