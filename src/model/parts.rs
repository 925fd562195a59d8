//! The cards and rows of some products: what a page has of a snapshot so far.
//!
//! A page begins with the snapshot's root and is handed packs, each with the data of some items. A pack's arrays are taken
//! apart when it comes, into one record for each card and one for each item's rows, and the pack is forgotten. So a page
//! looks a card up with one step, however many packs there were, and the order in which they came makes no difference.
//!
//! Record of a card: key, category, brand and price (8 bytes each); where in the record the texts begin, and where each of
//! the four ends (4 bytes each); the texts. Record of rows: scale and length of the next-item
//! row, scale and length of the row of what is bought together (1 byte each); both rows, packed as they were.
//!
//! Invariants: a record is complete before an item refers to it, so a pack that is refused changes nothing. Place 0 holds a
//! record of zeros, which is that of every item without a card or without rows: an empty card, and rows without entries.

use crate::event::ItemKey;
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::CodeTable;
use crate::snapshot::column::TextColumn;
use crate::snapshot::directory::Directory;
use crate::snapshot::held::Held;
use crate::snapshot::layout::{Sections, Tag, chunk};
use crate::snapshot::rows::{Entries, PackedRows, scale};
use crate::snapshot::tree::{NAME, Shape, Tree};
use crate::snapshot::{ItemIndex, SnapshotError};
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes of a card's record before its texts.
const CARD: usize = 52;
/// The number of 4 bytes in it that says where the texts begin.
const TEXTS: usize = 8;
/// Bytes of a card's record in another language before its texts: price, where the texts begin, where each of the two ends.
const LOCALISED: usize = 16;
/// Bytes of a rows' record before the rows.
const ROWS: usize = 4;
/// The largest catalogue: rows cannot name more items.
const MOST: u32 = 1 << 24;

/// What arrived.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Numbers and names of the shards.
    pub(super) shape: Shape,
    /// Records, directories and trees, one behind the other.
    bytes: Vec<u8>,
    /// Where the record of each item's card begins, of its rows, and of its card in each other language; 0 if it has not
    /// come. Empty for a language of which nothing has come.
    pub(super) places: Vec<Vec<u32>>,
    /// The tree of the root, and those of branches.
    trees: Vec<Range<usize>>,
    directories: Vec<Range<usize>>,
    /// The sets of the page's languages.
    sets: Vec<usize>,
}

/// Cards, in [`Parts::places`].
pub(super) const CARDS: usize = 0;
/// Rows, in [`Parts::places`].
pub(super) const OF_ROWS: usize = 1;

/// Cards in another language, in [`Parts::places`], by the set of columns that `localised` knows. Nothing is in set 0.
#[inline(always)]
fn of_set(set: usize) -> usize {
    if set > 0 { OF_ROWS + set } else { usize::MAX }
}

/// What a record is of, its item, and where it begins.
type Found = (usize, ItemIndex, u32);

/// The bytes of a section; `None` if there is none.
#[inline(never)]
fn part<'f>(frame: &'f [u8], sections: &Sections, tag: Tag) -> Option<&'f [u8]> {
    frame.get(sections.range(tag, "").ok()?)
}

fn malformed(why: &'static str) -> SnapshotError {
    SnapshotError::malformed("PACK", why)
}

impl Parts {
    /// Reads the tree and the packs of a root.
    pub(super) fn open(root: &[u8], sections: &Sections) -> Result<Self, SnapshotError> {
        let mut parts = Self::default();
        let tree = &root[sections.range(Tag::TREE, "TREE")?];
        parts.shape = Tree::open(tree)?.shape;
        if parts.shape.items > MOST {
            return Err(malformed("there are more items than rows can name"));
        }
        for of in 0..2 + usize::from(parts.shape.sets) {
            let len = if of > OF_ROWS { 0 } else { parts.shape.items };
            parts.places.push(alloc::vec![0; len as usize]);
        }
        parts.bytes.resize(CARD, 0);
        let tree = parts.keep(tree);
        parts.trees.push(tree);
        let mut found = Vec::new();
        parts.packs(root, sections, &mut found)?;
        parts.refer(&found);
        Ok(parts)
    }

    /// Takes a pack, a frame of several packs, a directory or a branch of the tree. One that is refused changes nothing.
    ///
    /// # Errors
    /// [`SnapshotError`] if the bytes are no frame, contradict themselves, or belong to another catalogue.
    pub(super) fn extend(&mut self, frame: &[u8]) -> Result<(), SnapshotError> {
        let sections = Sections::open_signed(frame)?;
        let (end, trees, directories) = (self.bytes.len(), self.trees.len(), self.directories.len());
        let mut found = Vec::new();
        let taken = self
            .packs(frame, &sections, &mut found)
            .and_then(|packs| if packs == 0 { self.take(frame, &sections, &mut found) } else { Ok(()) });
        if taken.is_ok() {
            self.refer(&found);
        } else {
            self.bytes.truncate(end);
            self.trees.truncate(trees);
            self.directories.truncate(directories);
        }
        taken
    }

    /// Takes the packs in a frame; returns how many there are.
    fn packs(&mut self, frame: &[u8], sections: &Sections, found: &mut Vec<Found>) -> Result<usize, SnapshotError> {
        let mut packs = 0;
        for (tag, range) in sections.iter() {
            if tag == Tag::PACK {
                let pack = &frame[range];
                self.take(pack, &Sections::open_signed(pack)?, found)?;
                packs += 1;
            }
        }
        Ok(packs)
    }

    fn take(&mut self, frame: &[u8], sections: &Sections, found: &mut Vec<Found>) -> Result<(), SnapshotError> {
        let part = |tag| part(frame, sections, tag);
        if let Some(section) = part(Tag::TREE) {
            let Shape { first, span, .. } = self.shape;
            let shape = Tree::open(section)?.shape;
            // A branch says the same as the root, but for what it names.
            if shape.span != 1 || (Shape { first, span, ..shape }) != self.shape {
                return Err(malformed("it is a branch of another tree"));
            }
            let range = self.keep(section);
            self.trees.push(range);
            return Ok(());
        }
        if let Some(section) = part(Tag::DIRECTORY) {
            Directory::open(section)?;
            let range = self.keep(section);
            self.directories.push(range);
            return Ok(());
        }
        let held = Held::open(part(Tag::HELD).unwrap_or_default())?;
        // Every item takes bytes, so a pack that claims more items than it has bytes is forged.
        if held.items() != self.shape.items || held.len() > frame.len() {
            return Err(malformed("it belongs to another catalogue"));
        }
        // Without its other sections what follows finds too few entries.
        if let Some(keys) = part(Tag::KEYS) {
            let [items, texts] = [Tag::ITEMS, Tag::TEXTS].map(|tag| part(tag).unwrap_or_default());
            self.cards(&held, keys, items, texts, found)?;
        }
        if let Some(rows) = part(Tag::ROWS) {
            self.rows(&held, rows, part(Tag::TOGETHER).unwrap_or_default(), found)?;
        }
        if let Some(section) = part(Tag::LOCALES) {
            self.translate(&held, section, found)?;
        }
        Ok(())
    }

    /// Lets items refer to their records.
    fn refer(&mut self, found: &[Found]) {
        for (of, item, at) in found {
            if let Some(places) = self.places.get_mut(*of) {
                places.resize(self.shape.items as usize, 0);
                if let Some(place) = places.get_mut(item.place()) {
                    *place = *at;
                }
            }
        }
    }

    /// Copies the cards of a pack.
    fn cards(
        &mut self,
        held: &Held<'_>,
        keys: &[u8],
        items: &[u8],
        texts: &[u8],
        found: &mut Vec<Found>,
    ) -> Result<(), SnapshotError> {
        let cut = || malformed("an array of its cards is cut or too long");
        let most = self.bytes.len() + held.len() * CARD + texts.len();
        let mut arrays = [BitArray::default(); 4];
        let mut rest = keys;
        for (at, array) in arrays.iter_mut().enumerate() {
            // The keys have a section of their own; the other three arrays share one.
            if at == 1 {
                rest = items;
            }
            (*array, rest) = BitArray::open(rest).filter(|(array, _)| array.len() == held.len()).ok_or_else(cut)?;
        }
        let mut columns = [texts; 4];
        rest = texts;
        for column in &mut columns {
            *column = rest;
            let (open, more) = TextColumn::frame(rest).ok_or_else(cut)?;
            if !open.is_empty() && open.len() != held.len() {
                return Err(cut());
            }
            rest = more;
        }
        for place in 0..held.len() {
            let at = self.bytes.len();
            found.push((CARDS, held.item(place), at as u32));
            for array in &arrays {
                self.bytes.extend_from_slice(&array.get(place).to_le_bytes());
            }
            let mut end = CARD;
            self.bytes.extend_from_slice(&(end as u32).to_le_bytes());
            for column in &columns {
                end += TextColumn::text_at(column, place).len();
                self.bytes.extend_from_slice(&(end as u32).to_le_bytes());
            }
            for column in &columns {
                self.bytes.extend_from_slice(TextColumn::text_at(column, place).as_bytes());
            }
            // Texts that overlap would make more of a pack than it is.
            if self.bytes.len() > most {
                return Err(cut());
            }
        }
        Ok(())
    }

    /// Copies the rows of a pack.
    fn rows(
        &mut self,
        held: &Held<'_>,
        next: &[u8],
        together: &[u8],
        found: &mut Vec<Found>,
    ) -> Result<(), SnapshotError> {
        let cut = || malformed("there are fewer rows than items");
        let mut next = PackedRows::open(next, held.len()).ok_or_else(cut)?;
        // A log with too few carts has no rows of what is bought together.
        let of_together = if together.is_empty() { 0 } else { held.len() };
        let mut together = PackedRows::open(together, of_together).unwrap_or_default();
        for place in 0..held.len() {
            found.push((OF_ROWS, held.item(place), self.bytes.len() as u32));
            let rows = [next.next_row().ok_or_else(cut)?, together.next_row().ok_or_else(cut)?];
            for (scale, row) in rows {
                self.bytes.extend_from_slice(&[scale, row.len() as u8]);
            }
            for (_, row) in rows {
                self.bytes.extend_from_slice(row);
            }
        }
        Ok(())
    }

    /// Copies the cards of a pack in another language: the number of their set (4 bytes), titles, URLs and prices.
    fn translate(&mut self, held: &Held<'_>, section: &[u8], found: &mut Vec<Found>) -> Result<(), SnapshotError> {
        let cut = || malformed("a column of another language is cut or too long");
        let set = chunk(section, 0).map_or(0, u32::from_le_bytes);
        if set == 0 || set > u32::from(self.shape.sets) {
            return Err(cut());
        }
        let titles = &section[4..];
        let (_, urls) = TextColumn::frame(titles).ok_or_else(cut)?;
        let (_, prices) = TextColumn::frame(urls).ok_or_else(cut)?;
        let (prices, _) = BitArray::open(prices).ok_or_else(cut)?;
        let most = self.bytes.len() + held.len() * LOCALISED + section.len();
        for place in 0..held.len() {
            found.push((of_set(set as usize), held.item(place), self.bytes.len() as u32));
            let texts = [titles, urls].map(|column| TextColumn::text_at(column, place));
            let title = LOCALISED + texts[0].len();
            for number in [prices.get(place) as usize, LOCALISED, title, title + texts[1].len()] {
                self.bytes.extend_from_slice(&(number as u32).to_le_bytes());
            }
            for text in texts {
                self.bytes.extend_from_slice(text.as_bytes());
            }
            // Texts that overlap would make more of a pack than it is.
            if self.bytes.len() > most {
                return Err(cut());
            }
        }
        Ok(())
    }

    /// Copies bytes as they are.
    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Where the record of an item begins.
    #[inline(always)]
    fn place(&self, of: usize, item: ItemIndex) -> usize {
        let places = self.places.get(of).map(|places| &places[..]).unwrap_or_default();
        places.get(item.place()).copied().unwrap_or_default() as usize
    }

    /// Whether the item's card, or its rows, have come.
    #[inline(never)]
    pub(super) fn has(&self, of: usize, item: ItemIndex) -> bool {
        self.place(of, item) > 0
    }

    /// Whether an item's card in another language has come.
    pub(super) fn is_translated(&self, set: usize, item: ItemIndex) -> bool {
        self.has(of_set(set), item)
    }

    /// A number of an item's card in another language: its price (0), or where a text begins.
    pub(super) fn localised_number(&self, set: usize, item: ItemIndex, number: usize) -> u32 {
        chunk(&self.bytes, self.place(of_set(set), item) + number * 4).map_or(0, u32::from_le_bytes)
    }

    /// The title (0) or the URL (1) of an item's card in another language.
    pub(super) fn localised_text(&self, set: usize, column: usize, item: ItemIndex) -> &str {
        let record = self.bytes.get(self.place(of_set(set), item)..).unwrap_or_default();
        let [start, end] = [1, 2].map(|number| self.localised_number(set, item, number + column) as usize);
        record.get(start..end).and_then(crate::text::utf8).unwrap_or_default()
    }

    /// Sets the languages of the page, as sets of columns.
    pub(super) fn speak(&mut self, sets: Vec<usize>) {
        self.sets = sets;
    }

    /// Whether nothing has come in a language yet.
    pub(super) fn lacks_language(&self, set: usize) -> bool {
        self.places.get(of_set(set)).is_some_and(Vec::is_empty)
    }

    /// The sets of the page's languages.
    pub(super) fn sets(&self) -> &[usize] {
        &self.sets
    }

    /// Whether an item's card has come in every language of the page.
    #[inline(always)]
    pub(super) fn can_show(&self, item: ItemIndex) -> bool {
        self.has(CARDS, item) && self.sets.iter().all(|set| self.is_translated(*set, item))
    }

    /// A number of an item's card.
    #[inline(never)]
    pub(super) fn number(&self, item: ItemIndex, number: usize) -> u32 {
        chunk(&self.bytes, self.place(CARDS, item) + number * 4).map_or(0, u32::from_le_bytes)
    }

    /// The key of an item; 0 without a card.
    #[inline(never)]
    pub(super) fn key(&self, item: ItemIndex) -> u64 {
        chunk(&self.bytes, self.place(CARDS, item)).map_or(0, u64::from_le_bytes)
    }

    /// The text of an item in a column; empty if it has none.
    pub(super) fn text(&self, column: usize, item: ItemIndex) -> &str {
        let record = self.bytes.get(self.place(CARDS, item)..).unwrap_or_default();
        let [start, end] = [TEXTS, TEXTS + 1].map(|number| self.number(item, number + column) as usize);
        record.get(start..end).and_then(crate::text::utf8).unwrap_or_default()
    }

    /// The scale and the entries of an item's row in one of the two tables.
    #[inline(always)]
    pub(super) fn row<'a>(&'a self, table: usize, item: ItemIndex, code: &'a CodeTable) -> (u32, Entries<'a>) {
        let at = self.place(OF_ROWS, item);
        let [next, of_next, together, of_together] = chunk(&self.bytes, at).unwrap_or_default();
        let start = at + ROWS;
        let (packed, start, len) =
            if table == 0 { (next, start, of_next) } else { (together, start + usize::from(of_next), of_together) };
        (scale(packed), Entries::of(&self.bytes, start, len.into(), item, code))
    }

    /// The name of a shard, or of the branch that names it.
    pub(super) fn name(&self, shard: u32) -> Option<&[u8; NAME]> {
        let tree = |range: &Range<usize>| Tree::open(&self.bytes[range.clone()]).ok()?.name(shard);
        // Branches came after the root's tree, and know better.
        self.trees.iter().rev().find_map(tree)
    }

    /// An item in the same shards as the product with a key, by its directory; `None` if that has not come.
    pub(super) fn near(&self, key: ItemKey) -> Option<Option<ItemIndex>> {
        let number = self.shape.directory(key);
        let mut held = self.directories.iter().filter_map(|range| Directory::open(&self.bytes[range.clone()]).ok());
        held.find(|directory| Some(directory.number()) == number).map(|directory| directory.find(key))
    }
}
