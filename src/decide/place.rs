//! The place a decision is for: a slot on a page, as the host sees it.

use crate::event::ItemKey;

/// Where on a page a slot is, and what it shows now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The product the page is about, if it is about one.
    pub anchor: Option<ItemKey>,
    /// What the page is about besides: the path of its category, or the words of a search; empty for nothing.
    pub about: &'a str,
    /// What the slot shows: keys of what is to be put in order; products of a row; the variant.
    pub keys: &'a [&'a str],
    /// Whether the engine has put there what it shows.
    pub personalised: bool,
    /// Whether the page is being fitted before the visitor has done anything on it. A slot that waits for a sign of leaving
    /// then stays closed.
    pub ahead: bool,
    /// Language of what it says to the shopper: the number of a locale of the plan. It decides nothing.
    pub locale: usize,
}
