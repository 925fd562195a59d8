//! A streaming HTML scanner that changes nothing but the elements its host rewrites.
//!
//! [`Scanner`] reads a page in chunks and tells a [`Sink`] of its tags, by the tokenizer states of the WHATWG
//! standard. The open elements decide how a tag is read (raw text, foreign content) and where an element ends
//! whose end tag is left out, so `tree.rs` keeps them, as far as a page's source shows them. [`Fitter`] copies the
//! page through, holds each slot that is to change until it ends, and hands it to a [`Host`]. It has tags read only as
//! far as slots reach: behind the last one, and on a page without any, it looks for nothing but the next slot's name.
//!
//! Three rules hold whatever the input is. Bytes outside the slots that the host rewrites come out as they went
//! in. Time is linear in the length of the page, and memory is bounded ([`MAX_HELD`], [`MAX_DEPTH`]). In doubt a
//! slot stays as it is: a construct whose effect on the document the source does not show makes the slot around
//! it pass unchanged.
//!
//! Nothing here knows what a slot shows. The package has no dependency and no `std`, and its hot loops are not
//! generic towards the outside, so that they are compiled here, for speed.
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
pub use held::{Child, Element, First, MAX_CHILDREN, Why};
pub use mark::{BECAUSE, CARD, FIELD, ITEM, KEY, Mark, SLOT, VARIANT, decoded};
pub use name::Name;
pub use pass::{Host, Say, Slot, write_html};
pub use scanner::{MAX_HELD, Scanner, Sink};
pub use tag::{Attribute, Attributes, Tag};
pub use tree::{MAX_DEPTH, Step};
