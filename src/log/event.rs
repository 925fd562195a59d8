//! One event of a log, in sixteen bytes.
//!
//! Logs of ten million events are held in memory as a whole, so an event packs what it says: the number of its
//! product takes four bytes, "no product" included, and what else it carries two.

use crate::event::EventKind;
use std::num::NonZeroU32;

/// Number of a product in a log: its place in [`Log::items`](super::Log::items). A snapshot numbers its
/// products in another order.
///
/// Held as one more than the number, so that an `Option` of it takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemNumber(NonZeroU32);

impl ItemNumber {
    /// The product at a place below 4,294,967,295.
    pub fn new(place: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(place))
    }

    /// The place as a number.
    pub fn get(self) -> u32 {
        self.0.get() - 1
    }

    /// The place as an index.
    pub fn index(self) -> usize {
        self.get() as usize
    }
}

/// What an event says besides its product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// Number of the category that a step without a product is about, such as a look at a list.
    Category(u16),
    /// How far a scroll went in percent, or how long an engagement took in seconds.
    Amount(u16),
}

/// One event of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// The product; `None` if the event names none.
    pub item: Option<ItemNumber>,
    /// The number of a category plus one, 0 for none, or an amount: the kind tells which. Read by
    /// [`LogEvent::detail`]. While a log is gathered, the event of a product holds here what it said of the product.
    packed: u16,
    /// What was done.
    pub kind: EventKind,
    /// Whether the product was offered below its usual price.
    pub on_sale: bool,
}

impl LogEvent {
    /// An event about a product.
    pub fn of_item(time_ms: u64, item: ItemNumber, kind: EventKind) -> Self {
        Self { time_ms, item: Some(item), packed: 0, kind, on_sale: false }
    }

    /// An event without a product. A detail that its kind cannot have is left out.
    pub fn without_item(time_ms: u64, kind: EventKind, detail: Detail) -> Self {
        let packed = match detail {
            Detail::Category(number) if Self::has_category(kind) => number.checked_add(1).unwrap_or_default(),
            Detail::Amount(amount) if !kind.is_step() => amount,
            _ => 0,
        };
        Self { time_ms, item: None, packed, kind, on_sale: false }
    }

    /// What the event says besides its product.
    pub fn detail(&self) -> Detail {
        if Self::has_category(self.kind) {
            self.packed.checked_sub(1).map_or(Detail::None, Detail::Category)
        } else if self.kind.is_step() {
            Detail::None
        } else {
            Detail::Amount(self.packed)
        }
    }

    /// An event about a product, with the number of what it said of the product.
    pub(super) fn with_statement(self, statement: u16) -> Self {
        Self { packed: statement, ..self }
    }

    /// The same event without what it said of its product.
    pub(super) fn with_statement_dropped(&self) -> Self {
        if self.item.is_some() { self.with_statement(0) } else { *self }
    }

    /// The number of what the event said of its product; 0 if it said nothing.
    pub(super) fn statement(&self) -> u16 {
        if self.item.is_some() { self.packed } else { 0 }
    }

    /// Whether events of a kind may be about a category.
    pub(super) fn has_category(kind: EventKind) -> bool {
        kind.is_step() && !kind.names_items()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_takes_sixteen_bytes() {
        assert_eq!(size_of::<LogEvent>(), 16);
        assert_eq!(ItemNumber::new(0).get(), 0);
        assert_eq!(ItemNumber::new(u32::MAX - 1).get(), u32::MAX - 1);
    }

    #[test]
    fn a_detail_comes_back_where_its_kind_can_have_it() {
        let kept = |kind, detail| LogEvent::without_item(1, kind, detail).detail();
        assert_eq!(kept(EventKind::ViewItemList, Detail::Category(0)), Detail::Category(0));
        assert_eq!(kept(EventKind::ViewItemList, Detail::None), Detail::None);
        assert_eq!(kept(EventKind::Scroll, Detail::Amount(40)), Detail::Amount(40));
        assert_eq!(kept(EventKind::Scroll, Detail::Category(4)), Detail::Amount(0));
        assert_eq!(kept(EventKind::Purchase, Detail::Category(4)), Detail::None);
    }
}
