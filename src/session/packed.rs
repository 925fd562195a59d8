//! An interaction in the form that the token stores.
//!
//! Sixteen of these must fit a token of 512 characters with everything else, so kind and flags share a byte and absent
//! fields take no space. In memory the form is the same, so that writing a token (after every event) needs no conversion.

use super::interaction::Interaction;
use crate::event::{CategoryKey, EventKind, ItemKey};
use crate::wire::{Read, Reader, put};
use alloc::vec::Vec;

/// A packed interaction: kind and flags, bits of the item key, bits of the category key, gap in seconds. On the wire, key
/// and category follow only if their flags are set; in memory they are 0 otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedInteraction(u8, u64, u32, u16);

/// The lower four bits are the kind: at most sixteen kinds fit this version of the token.
const KIND: u8 = 0x0f;
const ON_SALE: u8 = 0x10;
const HAS_ITEM: u8 = 0x20;
const HAS_CATEGORY: u8 = 0x40;
const REPEATED: u8 = 0x80;

impl PackedInteraction {
    /// Kind and product: what two events must share to be a repetition. Category and sale may have changed in between.
    pub(super) fn about(&self) -> (u8, u64) {
        (self.0 & (KIND | HAS_ITEM), self.1)
    }

    pub(super) fn unpack(&self) -> Interaction {
        Interaction {
            // The token reader checks kinds (`is_sound`), so the default is never used; it only keeps this function total.
            kind: EventKind::from_number(self.0 & KIND).unwrap_or(EventKind::ViewItemList),
            item: (self.0 & HAS_ITEM != 0).then(|| ItemKey::from_bits(self.1)).flatten(),
            category: (self.0 & HAS_CATEGORY != 0).then(|| CategoryKey::from_bits(self.2)),
            gap_secs: self.3,
            repeated: self.0 & REPEATED != 0,
            on_sale: self.0 & ON_SALE != 0,
        }
    }
}

impl PackedInteraction {
    /// Marks it as repeated.
    pub(super) fn repeat(&mut self) {
        self.0 |= REPEATED;
    }

    /// Whether the kind is a known one. A newer engine may have written a kind that this one lacks.
    pub(super) fn is_sound(&self) -> bool {
        EventKind::from_number(self.0 & KIND).is_some()
    }
}

impl From<Interaction> for PackedInteraction {
    fn from(interaction: Interaction) -> Self {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(interaction.item.is_some(), HAS_ITEM)
            | flag(interaction.category.is_some(), HAS_CATEGORY)
            | flag(interaction.repeated, REPEATED)
            | flag(interaction.on_sale, ON_SALE);
        Self(
            interaction.kind as u8 | flags,
            interaction.item.map_or(0, ItemKey::bits),
            interaction.category.map_or(0, CategoryKey::bits),
            interaction.gap_secs,
        )
    }
}

impl PackedInteraction {
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

impl Read for PackedInteraction {
    fn read(from: &mut Reader<'_>) -> Self {
        let kind = from.byte();
        let item = if kind & HAS_ITEM == 0 { 0 } else { u64::read(from) };
        let category = if kind & HAS_CATEGORY == 0 { 0 } else { u32::read(from) };
        Self(kind, item, category, u16::read(from))
    }
}
