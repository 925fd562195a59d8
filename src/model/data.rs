//! Where a model has its products from: a whole snapshot, or the packs that a page has so far.
//!
//! Hosts that hold a whole snapshot read its arrays in place and pay for nothing else. A page has some products only. Both
//! answer the same questions here, so all that decides is the same code. The page engine and the Worker are compiled with
//! one of the two each, so that a question costs them nothing; other programs can have both.

#[cfg(not(feature = "edge"))]
use super::parts::{CARDS, Parts};
#[cfg(feature = "names")]
use super::whole::Whole;
use crate::snapshot::ItemIndex;
use crate::snapshot::code::CodeTable;
use crate::snapshot::rows::Entries;
use alloc::vec::Vec;

/// The texts of a product.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    /// Product ids that are no decimal numbers. The others follow from the key, which holds the number itself.
    Ids,
    Titles,
    Urls,
    Images,
}

/// The products of a model.
#[derive(Debug)]
#[cfg_attr(feature = "names", allow(clippy::large_enum_variant, reason = "a program holds a model or two"))]
pub(super) enum Data {
    #[cfg(feature = "names")]
    Whole(Whole),
    #[cfg(not(feature = "edge"))]
    Parts(Parts),
}

/// Asks the one that is there.
macro_rules! ask {
    ($data:expr, $whole:ident => $of_whole:expr, $parts:ident => $of_parts:expr) => {
        match $data {
            #[cfg(feature = "names")]
            Data::Whole($whole) => $of_whole,
            #[cfg(not(feature = "edge"))]
            Data::Parts($parts) => $of_parts,
        }
    };
}

/// `all` are the bytes of the snapshot or root.
#[cfg_attr(
    any(not(feature = "names"), feature = "edge"),
    allow(unused_variables, reason = "one of the two is not there")
)]
impl Data {
    /// Number of products in the whole catalogue.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        ask!(self, whole => whole.len(), parts => parts.places[CARDS].len())
    }

    /// Whether anything may be missing.
    #[inline(always)]
    pub(super) fn is_partial(&self) -> bool {
        ask!(self, _whole => false, _parts => true)
    }

    /// Whether the card of an item is there. What is known of an item without one is nothing.
    #[inline(always)]
    pub(super) fn has_card(&self, item: ItemIndex) -> bool {
        ask!(self, _whole => true, parts => parts.has(CARDS, item))
    }

    #[inline(always)]
    pub(super) fn key(&self, all: &[u8], item: ItemIndex) -> u64 {
        ask!(self, whole => whole.keys.get(all, item), parts => parts.key(item))
    }

    #[inline(always)]
    pub(super) fn category(&self, all: &[u8], item: ItemIndex) -> u16 {
        ask!(self, whole => whole.categories.get(all, item) as u16, parts => parts.number(item, 2) as u16)
    }

    #[inline(always)]
    pub(super) fn brand(&self, all: &[u8], item: ItemIndex) -> u32 {
        ask!(self, whole => whole.brands.get(all, item) as u32, parts => parts.number(item, 4))
    }

    #[inline(always)]
    pub(super) fn price(&self, all: &[u8], item: ItemIndex) -> u32 {
        ask!(self, whole => whole.prices.get(all, item) as u32, parts => parts.number(item, 6))
    }

    /// The level of conversion of an item; 0 is unknown.
    #[inline(always)]
    pub(super) fn conversion(&self, all: &[u8], item: ItemIndex) -> u32 {
        ask!(self, whole => whole.conversion.get(all, item) as u32, parts => parts.number(item, 8))
    }

    pub(super) fn text<'a>(&'a self, all: &'a [u8], column: Column, item: ItemIndex) -> &'a str {
        ask!(self, whole => whole.text(all, column as usize, item), parts => parts.text(column as usize, item))
    }

    /// The title (column 0) or the URL (1) that a set of columns has of an item; empty if it has none.
    #[inline(always)]
    pub(super) fn localised_text<'a>(&'a self, all: &'a [u8], set: usize, column: usize, item: ItemIndex) -> &'a str {
        ask!(
            self,
            whole => whole.localised(set).map_or("", |own| own.text(all, column, item)),
            parts => parts.localised_text(set, column, item)
        )
    }

    /// The price that a set of columns has of an item; 0 if it has none.
    #[inline(always)]
    pub(super) fn localised_price(&self, all: &[u8], set: usize, item: ItemIndex) -> u32 {
        ask!(
            self,
            whole => whole.localised(set).map_or(0, |own| own.price(all, item)),
            parts => parts.localised_price(set, item)
        )
    }

    /// Whether an item's card is there in every language of the page.
    #[inline(always)]
    pub(super) fn can_show(&self, item: ItemIndex) -> bool {
        ask!(self, _whole => true, parts => parts.can_show(item))
    }

    /// The scale and the entries of an item's row: in the table of next items (0), of what is bought together (1), or of trails
    /// (2).
    #[inline(always)]
    pub(super) fn row<'a>(
        &'a self,
        all: &'a [u8],
        table: usize,
        item: ItemIndex,
        code: &'a CodeTable,
    ) -> (u32, Entries<'a>) {
        ask!(self, whole => whole.row(all, table, item, code), parts => parts.row(table, item, code))
    }

    /// The packed scale and the bytes of an item's row; 0 and none where only parts are here.
    #[cfg(feature = "names")]
    pub(super) fn raw<'a>(&self, all: &'a [u8], table: usize, item: ItemIndex) -> (u8, &'a [u8]) {
        ask!(self, whole => whole.raw(all, table, item), _parts => (0, &[]))
    }

    /// A hash table with open addressing: item number + 1 by key, 0 if free. Its length is a power of two, and at most half
    /// of its places are taken.
    ///
    /// It is not part of the snapshot: one pass over the keys builds it, and on the way to the shopper it would take about as
    /// many bytes as the keys themselves.
    pub(super) fn index(&self, all: &[u8]) -> Vec<u32> {
        let held = ask!(self, whole => whole.len(), parts => {
            let mut held = 0;
            for item in 0..parts.places[CARDS].len() as u32 {
                held += usize::from(parts.has(CARDS, ItemIndex::new(item)));
            }
            held
        });
        // Not `vec!`, whose function nothing else in a page engine needs.
        // As all tables of numbers grow: `vec!` would be a function of its own in the page engine.
        #[allow(clippy::slow_vector_initialization, reason = "it is smaller")]
        let mut index = Vec::new();
        index.resize((held * 2 + 1).next_power_of_two(), 0_u32);
        let mask = index.len() - 1;
        for item in 0..self.len() as u32 {
            if self.has_card(ItemIndex::new(item)) {
                let mut at = place(self.key(all, ItemIndex::new(item)), index.len());
                while index[at] != 0 {
                    at = (at + 1) & mask;
                }
                index[at] = item + 1;
            }
        }
        index
    }
}

/// The first place where an index of this length may hold a key: the highest bits of a product (Knuth, The Art of Computer
/// Programming, 6.4: Fibonacci hashing). Numbers in a row, as product ids often are, spread evenly. With a good mixer an
/// index takes twice the time to build, and a Worker builds one for each snapshot.
#[inline(always)]
pub(super) fn place(key: u64, len: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1 >> (63 - len.trailing_zeros())) as usize
}
