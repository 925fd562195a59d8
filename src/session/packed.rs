//! A remembered event as the token stores it.

use super::Touch;
use crate::event::{CategoryKey, EventKind, ItemKey};
use crate::wire::{Read, Reader, put};
use alloc::vec::Vec;

/// A touch as the token stores it: kind and flags in one byte, then only the fields that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedTouch(u8, u64, u32, u16);

const KIND: u8 = 0x0f;
const ON_SALE: u8 = 0x10;
const HAS_ITEM: u8 = 0x20;
const HAS_CATEGORY: u8 = 0x40;
const REPEATED: u8 = 0x80;

impl PackedTouch {
    /// What was done, and with which product.
    pub(super) fn about(&self) -> (u8, u64) {
        (self.0 & (KIND | HAS_ITEM), self.1)
    }

    pub(super) fn unpack(&self) -> Touch {
        Touch {
            // Checked when the token was read; a kind that slipped through counts as a look at a list.
            kind: EventKind::from_number(self.0 & KIND).unwrap_or(EventKind::ViewItemList),
            item: (self.0 & HAS_ITEM != 0).then(|| ItemKey::from_bits(self.1)).flatten(),
            category: (self.0 & HAS_CATEGORY != 0).then(|| CategoryKey::from_bits(self.2)),
            gap_secs: self.3,
            repeated: self.0 & REPEATED != 0,
            on_sale: self.0 & ON_SALE != 0,
        }
    }
}

impl PackedTouch {
    /// Notes that it was done again at once.
    pub(super) fn repeat(&mut self) {
        self.0 |= REPEATED;
    }

    /// Whether its kind is one the engine knows.
    pub(super) fn is_sound(&self) -> bool {
        EventKind::from_number(self.0 & KIND).is_some()
    }
}

impl From<Touch> for PackedTouch {
    fn from(touch: Touch) -> Self {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(touch.item.is_some(), HAS_ITEM)
            | flag(touch.category.is_some(), HAS_CATEGORY)
            | flag(touch.repeated, REPEATED)
            | flag(touch.on_sale, ON_SALE);
        Self(
            touch.kind as u8 | flags,
            touch.item.map_or(0, ItemKey::bits),
            touch.category.map_or(0, CategoryKey::bits),
            touch.gap_secs,
        )
    }
}

impl PackedTouch {
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.push(self.0);
        for (there, field) in [(HAS_ITEM, self.1), (HAS_CATEGORY, u64::from(self.2))] {
            if self.0 & there != 0 {
                put(field, to);
            }
        }
        put(self.3.into(), to);
    }
}

impl Read for PackedTouch {
    fn read(from: &mut Reader<'_>) -> Self {
        let kind = from.byte();
        let item = if kind & HAS_ITEM == 0 { 0 } else { u64::read(from) };
        let category = if kind & HAS_CATEGORY == 0 { 0 } else { u32::read(from) };
        Self(kind, item, category, u16::read(from))
    }
}
