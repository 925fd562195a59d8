//! The overlay: live prices and stock, laid over a snapshot.
//!
//! A model changes by the day, prices and stock by the minute. So they travel on their own, in a small file with a number
//! of its own. The file begins with an ed25519 signature of 64 bytes over [`Overlay::PREFIX`] and the body; its key is
//! named by the signed manifest. The host checks the signature, and [`Overlay::read`] gets the body:
//!
//! | what | how |
//! |---|---|
//! | version | one byte, 1 |
//! | sequence, time of publishing in milliseconds since 1970, number of entries | numbers of [`wire`](crate::wire) |
//! | each entry, by ascending key | a number: keys left out since the last one, above five bits that say what follows |
//! | | the price, if bit 0 is set; the usual price, if bit 1 is set |
//!
//! Bits 2 and 3 are the stock, bit 4 is set for a hidden product. A product whose id is a number takes two to seven bytes.
//!
//! Invariants: keys ascend, so a reader may bisect. Nothing here panics or allocates more than the bytes allow. The
//! overlay says nothing about products that it does not list: for them the snapshot holds.

use super::layout::CHECKED;
use crate::event::ItemKey;
#[cfg(feature = "std")]
use crate::wire::put;
use crate::wire::{Read, Reader};
use alloc::vec::Vec;

/// Whether a product can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Stock {
    /// The overlay does not say.
    #[default]
    Unknown,
    /// It is in stock.
    In,
    /// It is sold out.
    Out,
}

/// What the overlay says about a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The product.
    pub key: ItemKey,
    /// Price in hundredths of the currency unit. 0: it has none that may be shown. `None`: that of the snapshot holds.
    pub price: Option<u32>,
    /// Usual price in hundredths, which a card crosses out. `None`: there is none.
    pub usual: Option<u32>,
    /// Stock.
    pub stock: Stock,
    /// Whether the shop hides it.
    pub hidden: bool,
}

impl Entry {
    /// Whether the product must not be shown.
    pub fn is_off(&self) -> bool {
        self.hidden || self.stock == Stock::Out
    }
}

/// Live prices and stock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Number of this overlay. Hosts refuse a lower one than they have.
    pub sequence: u64,
    /// When it was published, in milliseconds since 1970.
    pub published_ms: u64,
    /// The products, by ascending key.
    pub entries: Vec<Entry>,
}

impl Overlay {
    /// What the signed bytes begin with.
    pub const PREFIX: &str = "slotwise overlay 1\n";
    /// Most entries.
    pub const MAX_ENTRIES: usize = 20_000;
    /// Longest file in bytes, with its signature: more than so many entries take, unless nearly all ids are texts.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// Length of the signature in front of the body, in bytes.
    pub const SIGNATURE: usize = 64;

    /// Reads a body whose signature was checked. `None` if it is malformed or too long; a page engine
    /// leaves all but the version to the signature.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut from = Reader::new(body);
        let is_known = from.byte() == 1;
        let mut good = body.len() <= Self::MAX_BYTES;
        let mut overlay = Self { sequence: from.number(), published_ms: from.number(), entries: Vec::new() };
        let mut next = 0_u64;
        from.each(&mut |from| {
            let head = from.number();
            let part = |from: &mut Reader<'_>, bit: u64| (head & bit != 0).then(|| u32::read(from));
            let bits = (head >> 5).wrapping_add(next);
            let key = ItemKey::from_bits(bits);
            next = bits.wrapping_add(1);
            let (price, usual) = (part(from, 1), part(from, 2));
            let stock = [Stock::Unknown, Stock::In, Stock::Out].get((head >> 2 & 3) as usize).copied();
            good &= key.is_some() && stock.is_some();
            if let Some(key) = key {
                let stock = stock.unwrap_or_default();
                overlay.entries.push(Entry { key, price, usual, stock, hidden: head & 16 != 0 });
            }
        });
        good &= from.is_done() && overlay.entries.len() <= Self::MAX_ENTRIES;
        (is_known && (good || !CHECKED)).then_some(overlay)
    }
}

#[cfg(feature = "std")]
impl Overlay {
    /// Its body, for a signature in front of it.
    pub fn write(&self) -> Vec<u8> {
        let mut body = alloc::vec![1];
        for number in [self.sequence, self.published_ms, self.entries.len() as u64] {
            put(number, &mut body);
        }
        let mut next = 0;
        for entry in &self.entries {
            let Entry { key, price, usual, stock, hidden } = *entry;
            let bits = u64::from(price.is_some())
                | u64::from(usual.is_some()) << 1
                | (stock as u64) << 2
                | u64::from(hidden) << 4;
            put((key.bits() - next) << 5 | bits, &mut body);
            next = key.bits() + 1;
            for part in [price, usual].into_iter().flatten() {
                put(part.into(), &mut body);
            }
        }
        body
    }

    /// Puts entries in order, and of several about one product keeps the last.
    pub fn set(&mut self, entries: &[Entry]) {
        self.entries.clear();
        self.merge(entries);
    }

    /// Lays entries over those it has. Each replaces the one about its product as a whole; an entry that says nothing
    /// takes the product out, so that the snapshot holds for it again.
    pub fn merge(&mut self, entries: &[Entry]) {
        self.entries.extend_from_slice(entries);
        // A stable sort: of entries with the same key the newest comes last.
        self.entries.sort_by_key(|entry| entry.key.bits());
        let mut merged: Vec<Entry> = Vec::with_capacity(self.entries.len());
        for entry in self.entries.drain(..) {
            if merged.last().is_some_and(|last| last.key == entry.key) {
                merged.pop();
            }
            merged.push(entry);
        }
        merged.retain(|entry| {
            entry.price.is_some() || entry.usual.is_some() || entry.stock != Stock::Unknown || entry.hidden
        });
        self.entries = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> Entry {
        Entry { key: ItemKey::from_id(id), price: None, usual: None, stock: Stock::Unknown, hidden: false }
    }

    fn overlay() -> Overlay {
        let mut overlay = Overlay { sequence: 300, published_ms: 1_795_262_400_000, entries: Vec::new() };
        overlay.set(&[
            Entry { price: Some(129_900), usual: Some(149_900), ..entry("1004856") },
            Entry { hidden: true, ..entry("SKU-7") },
            Entry { price: Some(0), stock: Stock::In, ..entry("0") },
            Entry { price: Some(u32::MAX), stock: Stock::Out, hidden: true, ..entry("1004857") },
        ]);
        overlay
    }

    #[test]
    fn what_is_written_is_read_alike() {
        for overlay in [overlay(), Overlay::default()] {
            assert_eq!(Overlay::read(&overlay.write()), Some(overlay));
        }
    }

    #[test]
    fn every_cut_is_refused_and_every_flipped_bit_stays_in_bounds() {
        let body = overlay().write();
        for cut in 0..body.len() {
            assert_eq!(Overlay::read(&body[..cut]), None, "cut at {cut}");
        }
        assert_eq!(Overlay::read(&[&body[..], &[0]].concat()), None);
        let mut read = 0;
        for bit in 0..body.len() * 8 {
            let mut flipped = body.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Some(other) = Overlay::read(&flipped) {
                read += 1;
                // What is read is what was written: no flip is lost, and the order of the keys always holds.
                assert!(other.entries.is_sorted_by(|a, b| a.key.bits() < b.key.bits()), "bit {bit}");
                assert_ne!(other, overlay(), "bit {bit}");
            }
        }
        assert!(read > 0);
    }

    #[test]
    fn entries_beyond_the_bounds_are_refused() {
        let mut large = Overlay::default();
        let hide = |id: usize| Entry { hidden: true, ..entry(&id.to_string()) };
        large.set(&(0..=Overlay::MAX_ENTRIES).map(hide).collect::<Vec<_>>());
        assert_eq!(Overlay::read(&large.write()), None);
        large.entries.pop();
        assert_eq!(Overlay::read(&large.write()), Some(large));
        let last = Overlay { entries: vec![entry("x")], ..Overlay::default() };
        let mut body = last.write();
        // A key of 50 bits.
        let at = body.len() - 1;
        body[at] += 16;
        assert_eq!(Overlay::read(&body), None);
        // A stock that there is not.
        assert_eq!(Overlay::read(&[1, 0, 0, 1, 3 << 2]), None);
        assert!(Overlay::read(&[1, 0, 0, 1, 2 << 2]).is_some());
    }

    #[test]
    fn the_last_word_about_a_product_counts() {
        let mut overlay = overlay();
        overlay.merge(&[
            Entry { price: Some(5), ..entry("2") },
            Entry { price: Some(7), ..entry("1004856") },
            Entry { price: Some(6), ..entry("2") },
            entry("SKU-7"),
        ]);
        let found: Vec<_> = overlay.entries.iter().map(|entry| (entry.key.decimal(), entry.price)).collect();
        let expected = [(0, 0), (2, 6), (1_004_856, 7), (1_004_857, u32::MAX)];
        assert_eq!(found, expected.map(|(id, price)| (Some(id), Some(price))));
        assert_eq!(overlay.entries[2].usual, None);
    }

    #[test]
    fn a_thousand_products_take_a_few_kilobytes() {
        let mut overlay = Overlay { sequence: 9, published_ms: 1_795_262_400_000, entries: Vec::new() };
        let of = |at: u32| {
            let id = (1_000_000 + at * 97).to_string();
            if at.is_multiple_of(2) {
                Entry { stock: Stock::Out, ..entry(&id) }
            } else {
                Entry { price: Some(1999 + at * 13), usual: Some(2999 + at * 13), ..entry(&id) }
            }
        };
        overlay.set(&(0..1000).map(of).collect::<Vec<_>>());
        let bytes = overlay.write().len();
        assert!(bytes < 5000, "{bytes}");
    }
}
