//! A remembered event, as the engine asks for it.

use crate::event::{CategoryKey, EventKind, ItemKey};

/// One remembered event, about at most one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// What was done.
    pub kind: EventKind,
    /// With which product.
    pub item: Option<ItemKey>,
    /// In which category, as the event stated it.
    pub category: Option<CategoryKey>,
    /// Seconds since the interaction before it.
    pub gap_secs: u16,
    /// Whether it was done again at once: the same page opened anew, a second after it or later.
    pub repeated: bool,
    /// Whether the product was offered below its usual price.
    pub on_sale: bool,
}
