//! A remembered event, unpacked for the engine.

use crate::event::{CategoryKey, EventKind, ItemKey};

/// One remembered event, with at most one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Kind of the event.
    pub kind: EventKind,
    /// The product.
    pub item: Option<ItemKey>,
    /// The category stated by the event.
    pub category: Option<CategoryKey>,
    /// Seconds since the previous event. Saturates at 65,535, which no session reaches: it ends after thirty minutes of
    /// silence.
    pub gap_secs: u16,
    /// Whether it was repeated immediately: the same page was opened again, at least a second later.
    pub repeated: bool,
    /// Whether the price was reduced.
    pub on_sale: bool,
}
