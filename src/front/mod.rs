//! What stands in front of a shop: who asks for a page, and what becomes of it.
//!
//! The Worker (`edge`) and the trainer's proxy (`origin`) both stand there. They fetch and send by themselves, each in the way of
//! its platform, and ask this room for everything that a visitor can notice. So a page is the same behind both.
//!
//! - `visitor`: the visitor behind a request, and the session cookie
//! - `page`: which pages are personalised, for whom, and with which headers

mod page;
mod visitor;

pub(crate) use page::{Page, Snapshots};
pub(crate) use visitor::{Asks, Visitor};
