//! TREE: the names of all shards.
//!
//! A signed manifest names the root, and the root's tree names every shard by its hash. So whoever trusts the manifest's
//! key can check each shard alone. Shards are numbered: directories first, then those with cards, those with rows, and those
//! with cards in other languages.
//! Which shard holds an item follows from its number.
//!
//! Sixteen bytes of SHA-256 name a shard. A forger needs a second shard with the same name, which takes 2^128 trials.
//!
//! A root has no room for the names of a large catalogue. Its tree then names branches, which are shards too: the tree of
//! a branch names the shards from `first` on.
//!
//! Section: items of the whole catalogue, directories, card shards, row shards, the first number that is named here, and
//! how many numbers a name stands for (4 bytes each); shift of card shards and of row shards, number of other languages (1 each), zeros (5); the
//! names.

use super::layout::{CHECKED, chunk};
use super::{ItemIndex, SnapshotError};
use crate::event::ItemKey;
#[cfg(feature = "names")]
use alloc::vec::Vec;

/// Bytes before the names.
const HEAD: usize = 32;
/// Bytes of a name.
pub const NAME: usize = 16;

/// What a tree says of its shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Number of items in the whole catalogue.
    pub items: u32,
    /// Number of directories.
    pub directories: u32,
    /// Number of shards with cards.
    pub cards: u32,
    /// Number of shards with rows; 0 if rows stay at the edge.
    pub rows: u32,
    /// The first shard that is named here.
    pub first: u32,
    /// How many shards a name stands for: 1 where it is the shard's own; more where it is that of a branch.
    pub span: u32,
    /// A shard of cards holds `2^card_shift` items.
    pub card_shift: u8,
    /// A shard of rows holds `2^row_shift` items.
    pub row_shift: u8,
    /// Number of languages with columns of their own. Each has one shard with the most important items, and as many more as
    /// there are shards of cards.
    pub sets: u8,
}

/// A tree, read in place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tree<'a> {
    /// What it says of its shards.
    pub shape: Shape,
    names: &'a [u8],
}

impl Shape {
    /// Number of all shards; branches do not count.
    pub fn len(&self) -> u32 {
        let localised = u32::from(self.sets) * (self.cards + 1);
        self.directories.wrapping_add(self.cards).wrapping_add(self.rows).wrapping_add(localised)
    }

    /// Whether there are no shards.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The directory that knows an item's key, if anything does.
    #[inline(always)]
    pub fn directory(&self, key: ItemKey) -> Option<u32> {
        (self.directories > 0).then(|| super::directory::directory_of(key, self.directories))
    }

    /// The shard with an item's card.
    #[inline(always)]
    pub fn card(&self, item: ItemIndex) -> Option<u32> {
        let shard = item.get() >> self.card_shift;
        (shard < self.cards).then_some(self.directories + shard)
    }

    /// The shard with an item's rows; `None` if rows stay at the edge.
    #[inline(always)]
    pub fn row(&self, item: ItemIndex) -> Option<u32> {
        let shard = item.get() >> self.row_shift;
        (shard < self.rows).then_some(self.directories + self.cards + shard)
    }
}

impl Shape {
    /// The shard with what a language has of the most important items; sets of languages count from 1.
    pub fn first_of_set(&self, set: usize) -> u32 {
        self.directories + self.cards + self.rows + (set as u32).wrapping_sub(1).wrapping_mul(self.cards + 1)
    }

    /// The shard with what a language has of an item.
    pub fn localised(&self, set: usize, item: ItemIndex) -> Option<u32> {
        let shard = item.get() >> self.card_shift;
        (shard < self.cards).then_some(self.first_of_set(set).wrapping_add(1 + shard))
    }
}

impl<'a> Tree<'a> {
    /// Writes the section.
    #[cfg(feature = "names")]
    pub fn encode(shape: &Shape, names: &[[u8; NAME]]) -> Vec<u8> {
        let Shape { items, directories, cards, rows, first, span, card_shift, row_shift, sets } = *shape;
        let mut out = Vec::new();
        for word in [items, directories, cards, rows, first, span] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&[card_shift, row_shift, sets, 0, 0, 0, 0, 0]);
        out.extend(names.concat());
        out
    }

    /// Opens the section and checks that its numbers fit each other.
    ///
    /// # Errors
    /// [`SnapshotError::Malformed`] if they do not.
    pub fn open(section: &'a [u8]) -> Result<Self, SnapshotError> {
        let malformed = |why| SnapshotError::malformed("TREE", why);
        let names = section.get(HEAD..).ok_or_else(|| malformed("it is cut"))?;
        let word = |at: usize| chunk(section, at * 4).map_or(0, u32::from_le_bytes);
        let [card_shift, row_shift, sets, zeros @ ..] = chunk::<8>(section, 24).unwrap_or_default();
        let [items, directories, cards, rows, first, span] = core::array::from_fn(word);
        let shape = Shape { items, directories, cards, rows, first, span, card_shift, row_shift, sets };
        // Small enough for sums of three. An item takes more than a bit, so no catalogue comes near.
        let sound = !CHECKED
            || [items, directories, cards, rows].into_iter().all(|number| number < 1 << 29)
                && (sets == 0 || cards < 1 << 20)
                && card_shift < 32
                && row_shift < 32
                && zeros == [0; 5]
                && span > 0
                && names.len().is_multiple_of(NAME)
                && shape.len() >= first
                && (names.len() / NAME) as u32 <= (shape.len() - first).div_ceil(span);
        if sound { Ok(Self { shape, names }) } else { Err(malformed("its numbers do not fit each other")) }
    }

    /// The name that leads to a shard, which is the shard's own if a name stands for one shard, and otherwise that of a
    /// branch. `None` if it is not named here.
    pub fn name(&self, shard: u32) -> Option<&'a [u8; NAME]> {
        let at = (shard.checked_sub(self.shape.first)? / self.shape.span) as usize;
        self.names.get(at * NAME..)?.first_chunk()
    }

    /// Number of names.
    pub fn names(&self) -> usize {
        self.names.len() / NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape =
        Shape { items: 10, directories: 2, cards: 3, rows: 5, first: 0, span: 1, card_shift: 2, row_shift: 1, sets: 0 };

    fn names(count: u8) -> Vec<[u8; NAME]> {
        (0..count).map(|at| [at; NAME]).collect()
    }

    #[test]
    fn every_item_has_its_shards() {
        let section = Tree::encode(&SHAPE, &names(10));
        let tree = Tree::open(&section).unwrap();
        assert_eq!((tree.shape, tree.names()), (SHAPE, 10));
        let of = |item| (SHAPE.card(ItemIndex::new(item)), SHAPE.row(ItemIndex::new(item)));
        assert_eq!([0, 4, 9].map(of), [(Some(2), Some(5)), (Some(3), Some(7)), (Some(4), Some(9))]);
        assert_eq!(of(u32::MAX), (None, None));
        assert_eq!(Shape { rows: 0, ..SHAPE }.row(ItemIndex::new(0)), None);
        assert!(SHAPE.directory(ItemKey::from_id("7")).unwrap() < 2);
        assert_eq!(Shape { directories: 0, ..SHAPE }.directory(ItemKey::from_id("7")), None);
        assert_eq!((tree.name(9), tree.name(10)), (Some(&[9; NAME]), None));
    }

    #[test]
    fn every_language_has_its_shards() {
        let shape = Shape { sets: 2, ..SHAPE };
        assert_eq!(shape.len(), 18);
        let of = |set| (shape.first_of_set(set), shape.localised(set, ItemIndex::new(9)));
        assert_eq!([1, 2].map(of), [(10, Some(13)), (14, Some(17))]);
        assert_eq!(shape.localised(1, ItemIndex::new(u32::MAX)), None);
    }

    #[test]
    fn a_large_tree_has_branches() {
        let root = Tree::encode(&Shape { span: 4, ..SHAPE }, &names(3));
        let root = Tree::open(&root).unwrap();
        assert_eq!([0, 3, 4, 9].map(|shard| root.name(shard).unwrap()[0]), [0, 0, 1, 2]);
        let branch = Tree::encode(&Shape { first: 4, ..SHAPE }, &names(4));
        let branch = Tree::open(&branch).unwrap();
        assert_eq!([3, 4, 7, 8].map(|shard| branch.name(shard).map(|name| name[0])), [None, Some(0), Some(3), None]);
    }

    #[test]
    fn what_is_cut_or_flipped_is_refused_or_harmless() {
        let section = Tree::encode(&SHAPE, &names(10));
        for cut in 0..section.len() {
            // A tree may name some shards only, as branches do.
            assert_eq!(Tree::open(&section[..cut]).is_ok(), cut >= HEAD && cut % NAME == 0, "cut at {cut}");
        }
        for bit in 0..section.len() * 8 {
            let mut bad = section.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let Ok(tree) = Tree::open(&bad) else { continue };
            let shape = tree.shape;
            for item in [0, 9, 1 << 20, u32::MAX].map(ItemIndex::new) {
                assert!(shape.card(item).into_iter().chain(shape.row(item)).all(|shard| shard < shape.len()));
            }
            assert!([0, 9, u32::MAX].iter().filter_map(|shard| tree.name(*shard)).count() <= 3);
        }
    }
}
