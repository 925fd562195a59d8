//! HELD: which items of the catalogue a pack holds.
//!
//! A pack has the data of some items only. Its arrays have one entry for each item it holds, so this section says which
//! entry belongs to which item. A shard holds a run of items. The pack in a root or in a page holds any, in ascending
//! order.
//!
//! Section: items of the whole catalogue (4 bytes), the first item held (4), number of items held (4), zeros (4); their
//! numbers as a [`BitArray`], which is empty for a run.
//!
//! Invariant: the numbers ascend, and all are items of the catalogue.

use super::bits::BitArray;
use super::layout::{CHECKED, chunk};
use super::{ItemIndex, SnapshotError};
#[cfg(feature = "names")]
use alloc::vec::Vec;

/// Bytes before the numbers.
const HEAD: usize = 16;

/// The items of a pack, read in place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held<'a> {
    items: u32,
    first: u32,
    len: u32,
    /// Empty if the items are a run.
    numbers: BitArray<'a>,
}

impl<'a> Held<'a> {
    /// Writes the section for items in ascending order, out of a catalogue of `items`.
    #[cfg(feature = "names")]
    pub fn encode(items: usize, held: &[ItemIndex]) -> Vec<u8> {
        let first = held.first().map_or(0, |item| item.get());
        let is_run = held.iter().zip(first..).all(|(item, at)| item.get() == at);
        let numbers: Vec<u64> = held.iter().filter(|_| !is_run).map(|item| u64::from(item.get())).collect();
        let mut out = Vec::new();
        for word in [items as u32, first, held.len() as u32, 0] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend(BitArray::encode(&numbers));
        out
    }

    /// Opens the section and checks every number.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] with the first contradiction.
    pub fn open(section: &'a [u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::malformed("HELD", why);
        let word = |at| chunk(section, at).map_or(0, u32::from_le_bytes);
        let (numbers, rest) = section.get(HEAD..).and_then(BitArray::open).ok_or_else(|| malformed("it is cut"))?;
        let held = Self { items: word(0), first: word(4), len: word(8), numbers };
        if !CHECKED {
            return Ok(held);
        }
        if !rest.is_empty() || word(12) != 0 {
            return Err(malformed("bytes follow the numbers"));
        }
        let mut end = held.first;
        if numbers.is_empty() {
            end = end.saturating_add(held.len);
        } else if numbers.len() != held.len() || numbers.get(0) != u64::from(held.first) {
            return Err(malformed("its head does not fit its numbers"));
        }
        for number in numbers.iter() {
            if number < u64::from(end) || number >= u64::from(held.items) {
                return Err(malformed("the items do not ascend"));
            }
            end = number as u32 + 1;
        }
        if end > held.items && held.len > 0 { Err(malformed("an item does not exist")) } else { Ok(held) }
    }

    /// Number of items in the whole catalogue.
    pub fn items(&self) -> u32 {
        self.items
    }

    /// Number of items held.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item at a place of the pack's arrays; some number if there is no such place.
    #[inline(always)]
    pub fn item(&self, place: usize) -> ItemIndex {
        let number = if self.numbers.is_empty() {
            self.first.wrapping_add(place as u32)
        } else {
            self.numbers.get(place) as u32
        };
        ItemIndex::new(number)
    }

    /// The place of an item in the pack's arrays; `None` if it is not held.
    #[inline(always)]
    pub fn place(&self, item: ItemIndex) -> Option<usize> {
        if self.numbers.is_empty() {
            let place = item.get().wrapping_sub(self.first);
            return (place < self.len).then_some(place as usize);
        }
        let (mut from, mut to) = (0, self.numbers.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if self.numbers.get(middle) < u64::from(item.get()) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        (from < self.len() && self.numbers.get(from) == u64::from(item.get())).then_some(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(numbers: &[u32]) -> Vec<ItemIndex> {
        numbers.iter().copied().map(ItemIndex::new).collect()
    }

    #[test]
    fn every_item_has_its_place_and_no_other_has_one() {
        for numbers in [&[][..], &[0], &[5, 6, 7], &[0, 2, 9], &[3, 9]] {
            let held = items(numbers);
            let section = Held::encode(10, &held);
            let open = Held::open(&section).unwrap();
            assert_eq!((open.items(), open.len()), (10, held.len()));
            assert_eq!((0..open.len()).map(|place| open.item(place)).collect::<Vec<_>>(), held);
            for number in (0..12).chain([u32::MAX]) {
                let item = ItemIndex::new(number);
                assert_eq!(open.place(item), held.iter().position(|known| *known == item), "{numbers:?} {number}");
            }
        }
    }

    #[test]
    fn items_out_of_order_or_out_of_the_catalogue_are_refused() {
        for (count, numbers) in [(10, &[5, 3][..]), (10, &[1, 1]), (10, &[10]), (10, &[8, 11]), (0, &[0])] {
            assert!(Held::open(&Held::encode(count, &items(numbers))).is_err(), "{numbers:?}");
        }
    }

    #[test]
    fn what_is_cut_or_flipped_is_refused_or_keeps_the_order() {
        for numbers in [&[5, 6, 7][..], &[0, 2, 9]] {
            let section = Held::encode(10, &items(numbers));
            assert!((0..section.len()).all(|cut| Held::open(&section[..cut]).is_err()));
            for bit in 0..section.len() * 8 {
                let mut bad = section.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                let Ok(held) = Held::open(&bad) else { continue };
                // A run may be forged to be as long as the catalogue says, which is no more than a number.
                for place in 0..held.len().min(100) {
                    assert!(held.item(place).get() < held.items());
                    assert_eq!(held.place(held.item(place)), Some(place));
                }
            }
        }
    }
}
